-- Members are named by their personnel numbers, and known already.
INSERT INTO import_problems (file_line, column_key, message)
SELECT s.file_line, 'members',
    CASE
        WHEN m.number !~ '^[0-9]{1,18}$' THEN '"' || left(m.number, 40) || '" is no personnel number'
        ELSE 'employee ' || m.number || ' is not known'
    END
FROM import_rows s
    CROSS JOIN LATERAL (SELECT DISTINCT btrim(part) AS number FROM regexp_split_to_table(s.members, '[,;/|]') AS part) AS m
WHERE m.number <> ''
    AND NOT EXISTS (SELECT FROM wvl.employees e WHERE e.number::text = regexp_replace(m.number, '^0+(?=.)', ''));
