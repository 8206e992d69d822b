-- Who keeps the server from clearing up, the oldest first. What a session does only its own role and pg_read_all_stats see;
-- that it holds an old snapshot everybody does.
SELECT * FROM (
    SELECT a.pid, coalesce(a.usename, '')::text AS role, coalesce(a.application_name, '') AS application,
        extract(epoch FROM clock_timestamp() - a.xact_start)::bigint AS seconds,
        coalesce(age(coalesce(a.backend_xmin, a.backend_xid)), 0)::bigint AS transactions,
        'session' AS kind
    FROM pg_catalog.pg_stat_activity a
    WHERE a.pid <> pg_backend_pid() AND a.backend_type IS DISTINCT FROM 'autovacuum worker'
        AND (a.datname = current_database() OR a.datname IS NULL)
        AND (a.backend_xmin IS NOT NULL OR a.backend_xid IS NOT NULL OR a.xact_start IS NOT NULL)
    UNION ALL
    SELECT 0, p.owner::text, p.gid, extract(epoch FROM clock_timestamp() - p.prepared)::bigint,
        age(p.transaction)::bigint, 'prepared'
    FROM pg_catalog.pg_prepared_xacts p
    WHERE p.database = current_database()
    UNION ALL
    SELECT coalesce(s.active_pid, 0), '', s.slot_name::text, NULL, age(s.xmin)::bigint, 'slot'
    FROM pg_catalog.pg_replication_slots s
    WHERE s.xmin IS NOT NULL
) AS holders
ORDER BY seconds DESC NULLS LAST, transactions DESC
LIMIT 5
