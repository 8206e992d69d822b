-- Documents one by one, line by line, as v_margin counts them: what only a slip of the pen can make counts nowhere, and a final
-- invoice that lists everything takes off what was billed before.
SELECT
    d.id,
    trim_scale(f.sign * (l.costed + CASE WHEN f.takes_off THEN d.net_amount - l.net ELSE 0 END)) AS costed,
    trim_scale(f.sign * (l.cost + CASE WHEN f.takes_off THEN coalesce(d.cost_amount - l.all_cost, 0) ELSE 0 END)) AS cost,
    trim_scale(f.sign * l.uncosted) AS uncosted
FROM wvl.documents d
    CROSS JOIN LATERAL (
        SELECT
            coalesce(sum(v.net) FILTER (WHERE v.cost IS NOT NULL), 0) AS costed,
            coalesce(sum(v.cost) FILTER (WHERE v.net IS NOT NULL), 0) AS cost,
            coalesce(sum(v.net) FILTER (WHERE v.cost IS NULL), 0) AS uncosted,
            sum(v.net) AS net,
            sum(v.cost) AS all_cost,
            bool_and(v.net IS NOT NULL) AS is_priced
        FROM wvl.document_lines t
            CROSS JOIN LATERAL (
                SELECT
                    CASE WHEN abs(t.quantity * t.unit_price * (1 - t.discount_percent / 100)) < 1e15
                        THEN round(t.quantity * t.unit_price * (1 - t.discount_percent / 100), 2) END AS net,
                    CASE WHEN abs(t.quantity * t.unit_cost) < 1e15 THEN round(t.quantity * t.unit_cost, 2) END AS cost
            ) v
        WHERE t.document_id = d.id
    ) l
    CROSS JOIN LATERAL (
        SELECT
            CASE WHEN d.kind = 'credit_note' AND coalesce(d.net_amount, 0) >= 0 THEN -1 ELSE 1 END AS sign,
            d.kind = 'invoice' AND coalesce(l.is_priced AND d.net_amount <> l.net, false)
                AND (SELECT y.invoice_kind FROM wvl.document_details y WHERE y.document_id = d.id) = 'final' AS takes_off
    ) f
WHERE d.id = ANY ($1)
