-- What of an employee lies in tables of its own: departments and teams by name, and the dated assignment. Columns that
-- the file does not have stay as they are; import_columns says which it has.

INSERT INTO wvl.departments (name)
SELECT DISTINCT s.department
FROM import_rows s
WHERE s.department IS NOT NULL AND NOT EXISTS (SELECT FROM wvl.departments t WHERE t.name = s.department);

-- Each employee's teams as the file says them.
CREATE TEMP TABLE import_teams ON COMMIT DROP AS
SELECT DISTINCT e.id AS employee_id, team.name
FROM import_rows s
    JOIN wvl.employees e ON e.number = s.number
    CROSS JOIN LATERAL (
        -- a name that has one of the separators stands in quotes, and its own quotes are doubled
        SELECT btrim(coalesce(replace(part[1], '""', '"'), part[2])) AS name
        FROM regexp_matches(s.teams, '"((?:[^"]|"")*)"|([^,;/|"[:space:]][^,;/|]*)', 'g') AS part
    ) AS team
WHERE team.name <> '';

INSERT INTO wvl.teams (name)
SELECT DISTINCT s.name
FROM import_teams s
WHERE NOT EXISTS (SELECT FROM wvl.teams t WHERE t.name = s.name);

-- Memberships that the file no longer has end, if the file says anything about teams.
WITH ended AS (
    DELETE FROM wvl.team_members m
    USING wvl.employees e, import_rows s, wvl.teams t
    WHERE EXISTS (SELECT FROM import_columns WHERE key = 'teams')
        AND m.employee_id = e.id AND e.number = s.number AND t.id = m.team_id
        AND NOT EXISTS (SELECT FROM import_teams i WHERE i.employee_id = e.id AND i.name = t.name)
    RETURNING m.employee_id
)
INSERT INTO import_touched SELECT employee_id FROM ended;

WITH joined AS (
    INSERT INTO wvl.team_members (team_id, employee_id)
    SELECT t.id, i.employee_id
    FROM import_teams i JOIN wvl.teams t ON t.name = i.name
    WHERE NOT EXISTS (SELECT FROM wvl.team_members m WHERE m.team_id = t.id AND m.employee_id = i.employee_id)
    RETURNING employee_id
)
INSERT INTO import_touched SELECT employee_id FROM joined;

-- The assignment of each employee on the day from which the file's is to hold, and what it will be. The day is the
-- file's; else today; else, for an employee who has no assignment yet, the beginning of all time.
CREATE TEMP TABLE import_assignments ON COMMIT DROP AS
WITH present AS (
    SELECT
        coalesce(bool_or(key = 'supervisor'), false) AS supervisor,
        coalesce(bool_or(key = 'deputy'), false) AS deputy,
        coalesce(bool_or(key = 'department'), false) AS department
    FROM import_columns
), dated AS (
    SELECT s.*, e.id AS employee_id,
        coalesce(s.valid_from,
            CASE WHEN EXISTS (SELECT FROM wvl.employee_assignments a WHERE a.employee_id = e.id)
                THEN (wvl.as_of() AT TIME ZONE wvl.zone())::date ELSE DATE '1900-01-01' END) AS holds_from
    FROM import_rows s JOIN wvl.employees e ON e.number = s.number
)
SELECT d.employee_id, d.holds_from, a.id AS assignment_id,
    a.supervisor_id AS old_supervisor_id, a.deputy_id AS old_deputy_id, a.department_id AS old_department_id,
    CASE WHEN p.supervisor THEN supervisor.id ELSE a.supervisor_id END AS supervisor_id,
    CASE WHEN p.deputy THEN deputy.id ELSE a.deputy_id END AS deputy_id,
    CASE WHEN p.department THEN department.id ELSE a.department_id END AS department_id
FROM dated d
    CROSS JOIN present p
    LEFT JOIN wvl.employees supervisor ON supervisor.number = d.supervisor
    LEFT JOIN wvl.employees deputy ON deputy.number = d.deputy
    LEFT JOIN wvl.departments department ON department.name = d.department
    LEFT JOIN LATERAL (
        SELECT * FROM wvl.employee_assignments x
        WHERE x.employee_id = d.employee_id AND x.valid_from <= d.holds_from
        ORDER BY x.valid_from DESC LIMIT 1
    ) a ON true
WHERE p.supervisor OR p.deputy OR p.department;

WITH changed AS (
    INSERT INTO wvl.employee_assignments (employee_id, valid_from, supervisor_id, deputy_id, department_id)
    SELECT employee_id, holds_from, supervisor_id, deputy_id, department_id
    FROM import_assignments
    WHERE ROW(supervisor_id, deputy_id, department_id)
        IS DISTINCT FROM ROW(old_supervisor_id, old_deputy_id, old_department_id)
    ON CONFLICT (employee_id, valid_from) DO UPDATE SET
        supervisor_id = excluded.supervisor_id, deputy_id = excluded.deputy_id, department_id = excluded.department_id
    RETURNING employee_id
)
INSERT INTO import_touched SELECT employee_id FROM changed;

-- Supervisors in a circle, as of today. Accepted, since the escalation goes around it, but hardly meant. A circle is
-- told once, beginning with its smallest personnel number.
WITH RECURSIVE current AS (
    SELECT DISTINCT ON (a.employee_id) a.employee_id, a.supervisor_id
    FROM wvl.employee_assignments a
    WHERE a.valid_from <= (wvl.as_of() AT TIME ZONE wvl.zone())::date
    ORDER BY a.employee_id, a.valid_from DESC
), numbered AS (
    SELECT e.number, s.number AS supervisor
    FROM current c
        JOIN wvl.employees e ON e.id = c.employee_id
        JOIN wvl.employees s ON s.id = c.supervisor_id
), climbed AS (
    SELECT number AS start, supervisor AS here, ARRAY[number] AS way
    FROM numbered
    UNION ALL
    SELECT c.start, n.supervisor, c.way || c.here
    FROM climbed c JOIN numbered n ON n.number = c.here
    WHERE c.here <> ALL (c.way)
)
INSERT INTO import_warnings (message)
SELECT 'supervisors in a circle: ' || array_to_string(way || start, ' → ')
FROM climbed
WHERE here = start AND start = (SELECT min(number) FROM unnest(way) AS number);
