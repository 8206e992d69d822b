-- Functions for the statements that follow. demo_days (n, day) is there: the working days around the demo's day, which is
-- n = 0.

CREATE OR REPLACE FUNCTION pg_temp.morning(day date) RETURNS timestamptz LANGUAGE sql STABLE
    RETURN day::timestamp AT TIME ZONE wvl.zone();

CREATE OR REPLACE FUNCTION pg_temp.evening(day date) RETURNS timestamptz LANGUAGE sql STABLE
    RETURN (day + 1)::timestamp AT TIME ZONE wvl.zone();

-- The demo's instant, also while wvl.as_of is set to earlier ones.
CREATE TEMP TABLE demo_instant ON COMMIT DROP AS SELECT wvl.as_of() AS at;
CREATE OR REPLACE FUNCTION pg_temp.instant() RETURNS timestamptz LANGUAGE sql STABLE AS 'SELECT at FROM pg_temp.demo_instant';

CREATE OR REPLACE FUNCTION pg_temp.discount(quantity numeric) RETURNS numeric LANGUAGE sql IMMUTABLE
    RETURN CASE WHEN quantity >= 20 THEN 5 ELSE 0 END;

CREATE OR REPLACE FUNCTION pg_temp.spelled_out(name text) RETURNS text LANGUAGE sql IMMUTABLE
    RETURN replace(replace(replace(replace(lower(name), 'ä', 'ae'), 'ö', 'oe'), 'ü', 'ue'), 'ß', 'ss');
