-- Orders and invoices of some days that bring too little: at least $4 net, less than $5 per cent. A line without cost or price
-- keeps a document out of it. A final invoice that lists everything is measured by what it bills.
SELECT
    d.kind,
    d.number,
    (SELECT p.name FROM wvl.partners p WHERE p.id = d.partner_id) AS partner,
    trim_scale(m.net) AS amount,
    d.currency,
    (SELECT y.link FROM wvl.document_details y WHERE y.document_id = d.id) AS link,
    trim_scale(round((m.net - m.cost) / m.net * 100, 1)) AS percent,
    count(*) OVER () AS found
FROM {documents}
    CROSS JOIN LATERAL (
        SELECT
            count(*) AS lines,
            coalesce(bool_and(t.unit_price IS NOT NULL
                AND (t.unit_cost IS NOT NULL OR t.quantity * t.unit_price = 0)), true) AS is_known,
            sum({net}) AS net,
            sum(round(t.quantity * t.unit_cost, 2)) AS cost
        FROM wvl.document_lines t
        WHERE t.document_id = d.id
    ) l
    CROSS JOIN LATERAL (
        SELECT
            CASE WHEN l.lines = 0 OR f.takes_off THEN d.net_amount ELSE l.net END AS net,
            CASE WHEN l.lines = 0 THEN d.cost_amount WHEN f.takes_off THEN coalesce(d.cost_amount, l.cost) ELSE l.cost END AS cost
        FROM (
            SELECT d.net_amount <> l.net
                AND (SELECT y.invoice_kind FROM wvl.document_details y WHERE y.document_id = d.id) = 'final' AS takes_off
        ) f
    ) m
WHERE {picked} AND d.kind IN ('order', 'invoice') AND d.net_amount >= $4 AND l.is_known
    AND m.net > 0 AND m.net < 1e15 AND abs(m.cost) < 1e15 AND (m.net - m.cost) * 100 < $5 * m.net
ORDER BY (m.net - m.cost) / m.net, d.number
LIMIT {most}
