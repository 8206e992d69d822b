-- Lost is that jobs and administrators can dump.
REVOKE SELECT ON ALL SEQUENCES IN SCHEMA wvl FROM wvl_cron, wvl_admin;
