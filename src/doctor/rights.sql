-- Tables and views on which our role lacks what jobs need, each with the missing right. $1 tables that jobs write.
SELECT c.relname::text AS relation, wanted.privilege
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'wvl'
CROSS JOIN LATERAL (
    SELECT 'SELECT' AS privilege
    UNION ALL
    SELECT unnest(ARRAY['INSERT', 'UPDATE', 'DELETE']) WHERE c.relname = ANY ($1)
) AS wanted
WHERE c.relkind IN ('r', 'v', 'p') AND NOT has_table_privilege(c.oid, wanted.privilege)
ORDER BY 1, 2
