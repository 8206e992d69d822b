-- Supervisor and deputy are employees that are known already or stand in the same file, in any order.
INSERT INTO import_problems (file_line, column_key, message)
SELECT s.file_line, v.column_key, 'employee ' || v.number || ' is not known and not in this file'
FROM import_rows s
    CROSS JOIN LATERAL (VALUES ('supervisor', s.supervisor), ('deputy', s.deputy)) AS v (column_key, number)
WHERE v.number IS NOT NULL
    AND NOT EXISTS (SELECT FROM wvl.employees e WHERE e.number = v.number)
    AND NOT EXISTS (SELECT FROM import_rows o WHERE o.number = v.number);

-- Nobody stands in for himself.
INSERT INTO import_problems (file_line, column_key, message)
SELECT file_line, 'deputy', 'employee ' || number || ' cannot be the own deputy'
FROM import_rows
WHERE deputy = number;
