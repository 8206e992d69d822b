-- The server and the schema. Settings that a role may not see are empty.
SELECT split_part(current_setting('server_version'), ' ', 1) AS version,
    current_user::text AS role,
    current_setting('fsync', true) = 'on' AS fsync,
    current_setting('full_page_writes', true) = 'on' AS full_page_writes,
    (SELECT min(run_on) AT TIME ZONE 'UTC' FROM wvl.__diesel_schema_migrations) AS installed_at
