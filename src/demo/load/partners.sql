-- What the documents need: dice, staff, partners. load_parameters (one row, see load.rs) is there.
--
-- Every value is a hash of (number of the row, seed, purpose): no order of rows and no server's random() decides, so the
-- same seed and the same day give the same rows.

CREATE OR REPLACE FUNCTION pg_temp.dice(row_number bigint, seed bigint, purpose bigint) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN hashint8extended(row_number, seed * 100 + purpose) & 9223372036854775807;

-- Who sells and works: the employees that are there, in a fixed order.
CREATE TEMP TABLE load_staff ON COMMIT DROP AS
SELECT
    array_agg(id ORDER BY number) AS everybody,
    array_length(array_agg(id), 1) AS count
FROM wvl.employees
WHERE active;

-- How they stand in the history of a step, and whom they have above them.
CREATE TEMP TABLE load_readers ON COMMIT DROP AS
SELECT e.id, name.of_reader AS reader, name.of_supervisor AS supervisor
FROM load_parameters p
    CROSS JOIN wvl.employees e
    LEFT JOIN LATERAL (
        SELECT supervisor_id
        FROM wvl.employee_assignments
        WHERE employee_id = e.id AND valid_from <= p.today
        ORDER BY valid_from DESC
        LIMIT 1
    ) a ON true
    LEFT JOIN wvl.employees s ON s.id = a.supervisor_id
    CROSS JOIN LATERAL (
        SELECT
            concat_ws(' ', e.first_name, e.last_name, '<' || e.email || '>') AS of_reader,
            CASE WHEN s.id IS NOT NULL THEN concat_ws(' ', s.first_name, s.last_name, '<' || s.email || '>') END
                AS of_supervisor
    ) name;

-- One partner for fifty documents.
INSERT INTO wvl.partners (number, kind, name, matchcode, street, postcode, city, phone, email, field_rep_id,
    inside_rep_id)
SELECT
    'LK-' || lpad(n::text, 7, '0'),
    'customer',
    (ARRAY['Autohaus', 'Bäckerei', 'Druckerei', 'Elektro', 'Feinmechanik', 'Gärtnerei', 'Holzbau', 'Ingenieurbüro',
        'Kanzlei', 'Logistik', 'Maschinenbau', 'Praxis', 'Schreinerei', 'Spedition', 'Steuerberatung',
        'Werkzeugbau'])[1 + pg_temp.dice(n, p.seed, 1) % 16]
        || ' ' || (ARRAY['Albrecht', 'Bühler', 'Conrad', 'Dietz', 'Eberle', 'Fink', 'Gruber', 'Haug', 'Jäger', 'Kolb',
        'Lutz', 'Mack', 'Nagel', 'Ott', 'Pfeifer', 'Rapp', 'Straub', 'Traub', 'Unger', 'Vogt', 'Wahl', 'Zeller'])
        [1 + pg_temp.dice(n, p.seed, 2) % 22] || ' ' || n,
    'LK' || n,
    (ARRAY['Bahnhofstraße', 'Gartenstraße', 'Hauptstraße', 'Industriestraße', 'Lindenweg', 'Mühlgasse', 'Schulstraße'])
        [1 + pg_temp.dice(n, p.seed, 3) % 7] || ' ' || 1 + pg_temp.dice(n, p.seed, 4) % 120,
    (ARRAY['89073', '73430', '89518', '88400', '72764', '70173', '86150', '87700'])[town],
    (ARRAY['Ulm', 'Aalen', 'Heidenheim', 'Biberach', 'Reutlingen', 'Stuttgart', 'Augsburg', 'Memmingen'])[town],
    '089 99998-' || lpad((n % 1000)::text, 3, '0'),
    'info@kunde-' || n || '.example.org',
    s.everybody[1 + pg_temp.dice(n, p.seed, 6) % s.count],
    s.everybody[1 + pg_temp.dice(n, p.seed, 7) % s.count]
FROM load_parameters p
    CROSS JOIN load_staff s
    CROSS JOIN LATERAL generate_series(1, greatest(200, p.size / 50)) AS n
    CROSS JOIN LATERAL (SELECT 1 + (pg_temp.dice(n, p.seed, 5) % 8)::integer AS town) AS place;

CREATE TEMP TABLE load_partners ON COMMIT DROP AS
SELECT id, row_number() OVER (ORDER BY number) - 1 AS position
FROM wvl.partners
WHERE number LIKE 'LK-%';
ANALYZE load_partners;
