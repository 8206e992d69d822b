-- Tables and views on which our role lacks what jobs need, each with the missing right. What jobs write: $1 tables, $2 the right,
-- $3 the column, empty for the whole table.
SELECT DISTINCT c.relname::text AS relation, wanted.privilege
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'wvl'
CROSS JOIN LATERAL (
    SELECT 'SELECT' AS privilege, '' AS column_name
    UNION ALL
    SELECT w.privilege, w.column_name
    FROM unnest($1, $2, $3) AS w (relation, privilege, column_name)
    WHERE w.relation = c.relname
) AS wanted
WHERE c.relkind IN ('r', 'v', 'p')
    AND NOT CASE wanted.column_name
        WHEN '' THEN has_table_privilege(c.oid, wanted.privilege)
        ELSE has_column_privilege(c.oid, wanted.column_name, wanted.privilege)
    END
ORDER BY 1, 2
