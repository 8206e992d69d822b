SELECT
    d.id, d.kind, d.number, d.title, d.partner_id, d.department_id, d.company_id, d.document_date, d.currency,
    d.open_amount AS amount, d.payment_due_at,
    ((d.payment_due_at AT TIME ZONE $3) - interval '1 microsecond')::date AS day
FROM wvl.documents d
WHERE d.kind = 'invoice' AND d.status = 'open' AND d.open_amount > 0 AND d.payment_due_at <= $1 AND {scope}
