-- Who asks, the first thing of ours that he may not read, and the groups that may read everything.
WITH ours AS (
    SELECT c.oid, c.relname
    FROM pg_catalog.pg_class c
    WHERE c.relnamespace = 'wvl'::regnamespace AND c.relkind IN ('r', 'p', 'S')
),
groups AS (
    SELECT g.oid, substr(g.rolname, 5) AS name,
           array_position(ARRAY['wvl_cron', 'wvl_admin'], g.rolname::text) AS rank
    FROM pg_catalog.pg_roles g
    WHERE g.rolname IN ('wvl_cron', 'wvl_admin')
        AND NOT EXISTS (SELECT FROM ours WHERE NOT has_table_privilege(g.oid, ours.oid, 'SELECT'))
)
SELECT quote_ident(current_user) AS role,
       coalesce((SELECT array_agg(name::text ORDER BY rank) FROM groups), '{}') AS helping,
       (SELECT nspowner::regrole::text FROM pg_catalog.pg_namespace WHERE nspname = 'wvl') AS owner,
       (SELECT relname::text FROM ours WHERE NOT has_table_privilege(oid, 'SELECT') ORDER BY relname LIMIT 1) AS unreadable
