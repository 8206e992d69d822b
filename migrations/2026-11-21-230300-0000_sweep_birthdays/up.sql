-- A birthday comes without anybody changing a row: the view tells no changes, and every run looks at all of them.
DROP VIEW wvl.escalation_birthday;
CREATE VIEW wvl.escalation_birthday WITH (security_invoker = true) AS
SELECT
    'contact-person-' || c.id AS item_id,
    c.number AS reference,
    concat_ws(' ', c.first_name, c.last_name) AS title,
    wvl.nearest_birthday(c.birthday) AS due_at,
    NULL::bigint AS due_version,
    p.company_id,
    p.id AS partner_id,
    p.name AS partner_name,
    coalesce(c.phone, c.mobile, p.phone) AS phone,
    coalesce(c.email, p.email) AS email,
    concat_ws(', ', p.street, nullif(concat_ws(' ', p.postcode, p.city), '')) AS address,
    p.field_rep_id,
    p.inside_rep_id,
    NULL::bigint AS handler_id,
    NULL::bigint AS team_id,
    NULL::bigint AS department_id,
    NULL::numeric AS amount,
    NULL::text AS currency,
    NULL::text AS link,
    NULL::text AS calendar,
    NULL::tstzmultirange AS paused
FROM wvl.contact_persons c
    JOIN wvl.partners p ON p.id = c.partner_id
WHERE c.active AND p.active AND c.birthday IS NOT NULL
UNION ALL
SELECT
    'employee-' || e.id,
    'MA-' || e.number,
    concat_ws(' ', e.first_name, e.last_name),
    wvl.nearest_birthday(b.birthday),
    NULL,
    s.company_id,
    NULL,
    NULL,
    coalesce(e.phone, e.mobile),
    e.email,
    NULL,
    a.supervisor_id,
    NULL,
    NULL,
    NULL,
    a.department_id,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL
FROM wvl.employees e
    JOIN wvl.employee_birthdays b ON b.employee_id = e.id
    JOIN wvl.sites s ON s.id = e.site_id
    LEFT JOIN LATERAL (
        SELECT supervisor_id, department_id
        FROM wvl.employee_assignments
        WHERE employee_id = e.id AND valid_from <= (wvl.as_of() AT TIME ZONE wvl.zone())::date
        ORDER BY valid_from DESC
        LIMIT 1
    ) a ON true
WHERE e.active AND (e.left_on IS NULL OR e.left_on >= (wvl.as_of() AT TIME ZONE wvl.zone())::date);
COMMENT ON VIEW wvl.escalation_birthday IS 'Birthdays of contact persons, and of employees who agreed.';
GRANT SELECT ON wvl.escalation_birthday TO wvl_read, wvl_work, wvl_admin, wvl_cron;
