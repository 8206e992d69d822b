SELECT
    {day} AS day, d.kind, d.number, d.document_date, r.line,
    (SELECT p.number FROM wvl.products p WHERE p.id = r.product_id) AS product_number,
    coalesce(nullif(r.description, ''), (SELECT p.name FROM wvl.products p WHERE p.id = r.product_id), d.title) AS description,
    (SELECT p.name FROM wvl.partners p WHERE p.id = d.partner_id) AS customer,
    r.quantity, f.sign * r.net AS net, f.sign * r.cost AS cost, f.sign * (r.net - r.cost) AS margin, d.currency
FROM {documents}
    {margin}
    CROSS JOIN LATERAL (
        SELECT
            t.line, t.product_id, t.description, t.quantity,
            CASE WHEN abs(t.quantity * t.unit_price * (1 - t.discount_percent / 100)) < 1e15
                THEN round(t.quantity * t.unit_price * (1 - t.discount_percent / 100), 2) END AS net,
            CASE WHEN abs(t.quantity * t.unit_cost) < 1e15 THEN round(t.quantity * t.unit_cost, 2) END AS cost,
            t.unit_cost IS NULL AND t.quantity <> 0 AND t.unit_price <> 0 AS is_uncosted
        FROM wvl.document_lines t
        WHERE t.document_id = d.id
        UNION ALL
        SELECT NULL, NULL, NULL, NULL, d.net_amount, d.cost_amount, d.cost_amount IS NULL AND d.net_amount <> 0
        WHERE l.lines = 0
        UNION ALL
        SELECT NULL, NULL, 'bereits berechnet', NULL, d.net_amount - l.net, coalesce(d.cost_amount - l.all_cost, 0), false
        WHERE f.takes_off
    ) r
WHERE {picked} AND d.kind IN ('invoice', 'credit_note') AND {rows}
ORDER BY 1, d.kind DESC, d.number, r.line NULLS LAST
