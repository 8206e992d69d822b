SELECT
    d.id, 'contract' AS kind, d.number, d.name AS title, d.partner_id, d.department_id, d.company_id, d.currency, d.amount,
    (d.next_billing_at AT TIME ZONE $2)::date AS day
FROM wvl.contracts d
WHERE d.status = 'active' AND d.next_billing_at < $1 AND {scope}
