-- What is on the days after $1 up to $2, both told by the instant at which they end; of amounts only those from $3. Notices are
-- looked at from $4 up to $5.

-- orders promised for these days
SELECT 'delivery' AS kind, d.number AS reference,
    (SELECT p.name FROM wvl.partners p WHERE p.id = d.partner_id) AS partner,
    trim_scale(d.net_amount) AS amount, d.currency, d.delivery_due_at AS at
FROM wvl.documents d
WHERE d.kind = 'order' AND d.status = 'open' AND d.delivery_status <> 'complete'
    AND d.delivery_due_at > $1 AND d.delivery_due_at <= $2 AND d.net_amount >= $3 AND {documents}
UNION ALL
-- offers to be followed up
SELECT 'follow-up', d.number, (SELECT p.name FROM wvl.partners p WHERE p.id = d.partner_id),
    trim_scale(d.net_amount), d.currency, d.follow_up_at
FROM wvl.documents d
WHERE d.kind = 'offer' AND d.status = 'open' AND d.follow_up_at >= $1 AND d.follow_up_at < $2
    AND d.net_amount >= $3 AND {documents}
UNION ALL
-- contracts whose last day to give notice comes up
SELECT 'notice', d.number, (SELECT p.name FROM wvl.partners p WHERE p.id = d.partner_id),
    trim_scale(d.amount), d.currency, d.notice_by
FROM wvl.contracts d
WHERE d.status = 'active' AND d.notice_by > $4 AND d.notice_by <= $5 AND {contracts}
UNION ALL
-- birthdays of people who agreed, and of those at customers; $6 are their days in any year, because what a year makes of each
-- costs more than looking at all of them (wvl.escalation_birthday)
SELECT 'birthday', b.title, b.partner_name, NULL, NULL, b.due_at
FROM (
    SELECT
        concat_ws(' ', c.first_name, c.last_name) AS title, p.name AS partner_name, p.id AS partner_id, p.field_rep_id,
        p.inside_rep_id, NULL::bigint AS department_id, wvl.nearest_birthday(c.birthday) AS due_at
    FROM wvl.contact_persons c
        JOIN wvl.partners p ON p.id = c.partner_id
    WHERE c.active AND p.active
        AND (extract(month FROM c.birthday) * 100 + extract(day FROM c.birthday))::integer = ANY ($6)
    UNION ALL
    SELECT
        concat_ws(' ', e.first_name, e.last_name), NULL, NULL, NULL, NULL,
        (
            SELECT a.department_id FROM wvl.employee_assignments a
            WHERE a.employee_id = e.id AND a.valid_from <= (wvl.as_of() AT TIME ZONE wvl.zone())::date
            ORDER BY a.valid_from DESC LIMIT 1
        ),
        wvl.nearest_birthday(y.birthday)
    FROM wvl.employees e
        JOIN wvl.employee_birthdays y ON y.employee_id = e.id
    WHERE e.active AND (e.left_on IS NULL OR e.left_on >= (wvl.as_of() AT TIME ZONE wvl.zone())::date)
        AND (extract(month FROM y.birthday) * 100 + extract(day FROM y.birthday))::integer = ANY ($6)
) b
WHERE b.due_at >= $1 AND b.due_at < $2 AND {birthdays}
