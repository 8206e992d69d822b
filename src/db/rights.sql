-- Who asks, and which groups may do there ($1) the first thing that he may not, or what he wants ($2).
WITH verbs AS (
    SELECT verb, rank FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) WITH ORDINALITY AS v (verb, rank)
),
groups AS (
    SELECT oid, substr(rolname, 5) AS name,
           array_position(ARRAY['wvl_read', 'wvl_work', 'wvl_cron', 'wvl_admin'], rolname::text) AS rank
    FROM pg_catalog.pg_roles
    WHERE rolname IN ('wvl_read', 'wvl_work', 'wvl_cron', 'wvl_admin')
),
relation AS (
    SELECT c.oid
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname || '.' || c.relname = $1
),
first_wanting AS (
    SELECT v.verb, array_agg(g.name::text ORDER BY g.rank) AS helping
    FROM relation r CROSS JOIN verbs v JOIN groups g ON has_table_privilege(g.oid, r.oid, v.verb)
    WHERE NOT has_table_privilege(r.oid, v.verb) AND v.verb = coalesce($2, v.verb)
    GROUP BY v.verb, v.rank
    ORDER BY v.rank
    LIMIT 1
)
SELECT quote_ident(current_user) AS role,
       coalesce((SELECT helping FROM first_wanting), '{}') AS helping,
       (SELECT nspowner::regrole::text FROM pg_catalog.pg_namespace WHERE nspname = 'wvl') AS owner
