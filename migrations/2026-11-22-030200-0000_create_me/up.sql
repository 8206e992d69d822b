-- Who asks: identity is the database role, and where an employee has one it is the employee. For --mine, and for views and
-- queries of other people's making.

CREATE FUNCTION wvl.me() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (SELECT id FROM wvl.employees WHERE pg_role = current_user);
COMMENT ON FUNCTION wvl.me() IS 'The employee whose database role this is; empty if nobody has it.';
GRANT EXECUTE ON FUNCTION wvl.me() TO wvl_read, wvl_work, wvl_admin, wvl_cron;
