-- What comes up for the employee $1 and the others around ($2) between the instants $3 and $4; who of them is away on the
-- days $5 and $6.

-- open tasks, overdue ones too
SELECT 'task' AS kind, t.number AS reference, t.title, p.name AS partner, t.due_at AS at,
    NULL::date AS first_day, NULL::date AS last_day
FROM wvl.tasks t
    LEFT JOIN wvl.partners p ON p.id = t.partner_id
WHERE t.status = 'open' AND t.handler_id = $1 AND t.due_at <= $4
UNION ALL
-- the dates of a contract
SELECT d.kind, c.number, c.name, p.name, d.at, NULL, NULL
FROM wvl.contracts c
    LEFT JOIN wvl.partners p ON p.id = c.partner_id
    CROSS JOIN LATERAL (VALUES
        ('contract-notice', c.notice_by), ('contract-end', c.ends_at), ('contract-billing', c.next_billing_at)
    ) AS d (kind, at)
WHERE c.status = 'active' AND $1 IN (c.handler_id, c.field_rep_id, c.inside_rep_id) AND d.at BETWEEN $3 AND $4
UNION ALL
-- birthdays at the employee's customers, and of the others if they agreed
SELECT 'birthday', b.reference, b.title, b.partner_name, b.due_at, NULL, NULL
FROM wvl.escalation_birthday b
WHERE b.due_at BETWEEN $3 AND $4
    AND ($1 IN (b.field_rep_id, b.inside_rep_id)
        OR b.item_id = ANY (SELECT 'employee-' || id FROM unnest($2) AS id))
UNION ALL
-- who is away; never why
SELECT 'absence', NULL, concat_ws(' ', e.first_name, e.last_name), NULL, NULL, x.first_day, x.last_day
FROM wvl.absences x
    JOIN wvl.employees e ON e.id = x.employee_id
WHERE x.employee_id = ANY ($2) AND x.first_day <= $6 AND x.last_day >= $5
    AND e.active AND (e.left_on IS NULL OR e.left_on >= $5)
