SELECT
    d.id, d.kind, d.number, d.title, d.partner_id, d.department_id, d.company_id, d.document_date, d.currency, f.day,
    CASE WHEN l.lines > 0 THEN l.unbilled ELSE d.net_amount END AS amount
FROM wvl.documents d
    CROSS JOIN LATERAL (
        SELECT coalesce((d.delivered_at AT TIME ZONE $2)::date, d.document_date) AS day
    ) f
    CROSS JOIN LATERAL (
        SELECT
            count(*) AS lines,
            sum(CASE
                WHEN l.quantity > l.invoiced_quantity + l.covered_quantity
                    AND abs(l.quantity * l.unit_price * (1 - l.discount_percent / 100)) < 1e15
                THEN round((l.quantity - l.invoiced_quantity - l.covered_quantity) * l.unit_price * (1 - l.discount_percent / 100), 2)
                ELSE 0
            END) AS unbilled
        FROM wvl.document_lines l
        WHERE l.document_id = d.id
    ) l
WHERE d.kind = 'delivery_note' AND d.status = 'open' AND d.invoicing_status <> 'complete' AND {scope}
