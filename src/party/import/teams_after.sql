-- Each team's members as the file says them.
CREATE TEMP TABLE import_members ON COMMIT DROP AS
SELECT DISTINCT t.id AS team_id, e.id AS employee_id
FROM import_rows s
    JOIN wvl.teams t ON t.name = s.name
    CROSS JOIN LATERAL regexp_split_to_table(s.members, '[,;/|]') AS part
    JOIN wvl.employees e ON e.number::text = regexp_replace(btrim(part), '^0+(?=.)', '');

-- Memberships that the file no longer has end, if the file says anything about members.
WITH ended AS (
    DELETE FROM wvl.team_members m
    USING wvl.teams t, import_rows s
    WHERE EXISTS (SELECT FROM import_columns WHERE key = 'members')
        AND m.team_id = t.id AND t.name = s.name
        AND NOT EXISTS (SELECT FROM import_members i WHERE i.team_id = m.team_id AND i.employee_id = m.employee_id)
    RETURNING m.team_id
)
INSERT INTO import_touched SELECT team_id FROM ended;

WITH joined AS (
    INSERT INTO wvl.team_members (team_id, employee_id)
    SELECT i.team_id, i.employee_id
    FROM import_members i
    WHERE NOT EXISTS (
        SELECT FROM wvl.team_members m WHERE m.team_id = i.team_id AND m.employee_id = i.employee_id
    )
    RETURNING team_id
)
INSERT INTO import_touched SELECT team_id FROM joined;
