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
-- birthdays of people who agreed, and of those at customers
SELECT 'birthday', b.title, b.partner_name, NULL, NULL, b.due_at
FROM wvl.escalation_birthday b
WHERE b.due_at >= $1 AND b.due_at < $2 AND {birthdays}
