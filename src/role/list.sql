-- Roles with a right in wvl, the owner of its tables, and what employees have as their role.
WITH groups AS (
    SELECT oid, substr(rolname, 5) AS right_name,
           array_position(ARRAY['wvl_read', 'wvl_work', 'wvl_cron', 'wvl_admin'], rolname::text) AS rank
    FROM pg_catalog.pg_roles
    WHERE rolname IN ('wvl_read', 'wvl_work', 'wvl_cron', 'wvl_admin')
),
-- a superuser is a member of everything and would have to be listed on every server
members AS (
    SELECT r.oid, array_agg(g.right_name ORDER BY g.rank) AS rights
    FROM pg_catalog.pg_roles r JOIN groups g ON r.oid <> g.oid AND NOT r.rolsuper AND pg_has_role(r.oid, g.oid, 'usage')
    GROUP BY r.oid
),
owner AS (
    SELECT nspowner AS oid FROM pg_catalog.pg_namespace WHERE nspname = 'wvl'
)
SELECT coalesce(r.rolname::text, e.pg_role) AS name,
       coalesce(m.rights, '{}') AS rights,
       e.number AS employee_number,
       e.first_name || ' ' || e.last_name AS employee,
       r.oid IS NOT NULL AS exists,
       coalesce(r.rolcanlogin, false) AS login,
       r.oid IS NOT NULL AND o.oid IS NOT NULL AS owner,
       coalesce(r.rolsuper, false) AS superuser
FROM pg_catalog.pg_roles r
LEFT JOIN members m ON m.oid = r.oid
LEFT JOIN owner o ON o.oid = r.oid
FULL JOIN (SELECT id, number, first_name, last_name, pg_role FROM wvl.employees WHERE pg_role IS NOT NULL) e ON e.pg_role = r.rolname
WHERE (r.oid IS NULL OR r.rolname NOT IN ('wvl_read', 'wvl_work', 'wvl_cron', 'wvl_admin'))
  AND (m.oid IS NOT NULL OR o.oid IS NOT NULL OR e.id IS NOT NULL)
ORDER BY name
