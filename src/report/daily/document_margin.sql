CROSS JOIN LATERAL (
    SELECT
        count(*) AS lines,
        coalesce(sum(v.net) FILTER (WHERE v.cost IS NOT NULL), 0) AS costed,
        coalesce(sum(v.cost) FILTER (WHERE v.net IS NOT NULL), 0) AS cost,
        coalesce(sum(v.net) FILTER (WHERE v.cost IS NULL), 0) AS uncosted,
        count(*) FILTER (WHERE v.net IS NULL AND t.quantity <> 0) AS unpriced,
        sum(v.net) AS net,
        sum(v.cost) AS all_cost,
        bool_and(v.net IS NOT NULL) AS is_priced
    FROM wvl.document_lines t
        CROSS JOIN LATERAL (
            SELECT
                CASE WHEN abs(t.quantity * t.unit_price * (1 - t.discount_percent / 100)) < 1e15
                    THEN round(t.quantity * t.unit_price * (1 - t.discount_percent / 100), 2) END AS net,
                CASE WHEN abs(t.quantity * t.unit_cost) < 1e15 THEN round(t.quantity * t.unit_cost, 2) END AS cost
            -- computed once a line, not once for each sum
            OFFSET 0
        ) v
    WHERE t.document_id = d.id
) l
CROSS JOIN LATERAL (
    SELECT
        CASE WHEN d.kind = 'credit_note' AND coalesce(d.net_amount, 0) >= 0 THEN -1 ELSE 1 END AS sign,
        d.kind = 'invoice' AND coalesce(l.is_priced AND d.net_amount <> l.net, false)
            AND (SELECT y.invoice_kind FROM wvl.document_details y WHERE y.document_id = d.id) = 'final' AS takes_off
) f
CROSS JOIN LATERAL (
    SELECT
        f.sign * CASE
            WHEN l.lines = 0 THEN CASE WHEN d.cost_amount IS NOT NULL THEN coalesce(d.net_amount, 0) ELSE 0 END
            ELSE l.costed + CASE WHEN f.takes_off THEN d.net_amount - l.net ELSE 0 END
        END AS costed,
        f.sign * CASE
            WHEN l.lines = 0 THEN CASE WHEN d.net_amount IS NOT NULL THEN coalesce(d.cost_amount, 0) ELSE 0 END
            ELSE l.cost + CASE WHEN f.takes_off THEN coalesce(d.cost_amount - l.all_cost, 0) ELSE 0 END
        END AS cost,
        f.sign * CASE
            WHEN l.lines = 0 THEN CASE WHEN d.cost_amount IS NULL THEN coalesce(d.net_amount, 0) ELSE 0 END
            ELSE l.uncosted
        END AS uncosted,
        l.unpriced > 0 OR l.lines = 0 AND d.net_amount IS NULL AS is_unpriced
) m
