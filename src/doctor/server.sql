-- The server and what our role may do there.
SELECT split_part(current_setting('server_version'), ' ', 1) AS version,
    current_user::text AS role,
    (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user) AS is_superuser,
    coalesce(current_setting('fsync', true) = 'on', true) AS fsync,
    coalesce(current_setting('full_page_writes', true) = 'on', true) AS full_page_writes,
    coalesce(current_setting('synchronous_commit', true), 'on') AS synchronous_commit,
    pg_is_in_recovery() AS is_standby,
    has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE') AS knows_cluster,
    (pg_has_role(current_user, 'pg_read_all_stats', 'USAGE')) AS sees_sessions,
    current_setting('server_encoding') AS encoding
