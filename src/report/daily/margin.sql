-- The lines of the invoices and credit notes of some days, added up by day, currency and sign.
--
-- The lines of each document are read for themselves: joined, the server reads the lines of all years. Each is looked at in as
-- few expressions as possible, and the sign is a group, not a factor of every line. Documents that need a closer look
-- (exact.sql) are not added up but named.
SELECT
    g.day,
    g.currency,
    g.negated,
    g.documents,
    g.credit_notes,
    g.unpriced,
    g.uncosted_lines,
    trim_scale(round(CASE WHEN NOT g.special THEN g.costed END, 6)) AS costed,
    trim_scale(round(CASE WHEN NOT g.special THEN g.cost END, 6)) AS cost,
    trim_scale(round(CASE WHEN NOT g.special THEN g.uncosted END, 6)) AS uncosted,
    CASE WHEN g.special THEN g.ids END AS special
FROM (
    SELECT
        {day} AS day,
        d.currency,
        d.kind = 'credit_note' AND coalesce(d.net_amount, 0) >= 0 AS negated,
        -- a sum that only a slip of the pen can make; a final invoice that lists everything and bills the rest
        coalesce(abs(l.costed) >= 1e15 OR abs(l.cost) >= 1e15 OR abs(l.uncosted) >= 1e15, false) OR coalesce(
            d.kind = 'invoice' AND l.lines > 0 AND d.net_amount <> coalesce(l.costed, 0) + coalesce(l.uncosted, 0)
            AND (SELECT y.invoice_kind FROM wvl.document_details y WHERE y.document_id = d.id) = 'final', false) AS special,
        count(*) AS documents,
        count(*) FILTER (WHERE d.kind = 'credit_note') AS credit_notes,
        count(*) FILTER (WHERE l.unpriced > 0 OR l.lines = 0 AND d.net_amount IS NULL) AS unpriced,
        coalesce(sum(l.uncosted_lines), 0)::bigint
            + count(*) FILTER (WHERE l.lines = 0 AND d.cost_amount IS NULL AND d.net_amount <> 0) AS uncosted_lines,
        coalesce(sum(l.costed), 0)
            + coalesce(sum(d.net_amount) FILTER (WHERE l.lines = 0 AND d.cost_amount IS NOT NULL), 0) AS costed,
        coalesce(sum(l.cost), 0)
            + coalesce(sum(d.cost_amount) FILTER (WHERE l.lines = 0 AND d.net_amount IS NOT NULL), 0) AS cost,
        coalesce(sum(l.uncosted), 0)
            + coalesce(sum(d.net_amount) FILTER (WHERE l.lines = 0 AND d.cost_amount IS NULL), 0) AS uncosted,
        array_agg(d.id) AS ids
    FROM {documents}
        CROSS JOIN LATERAL (
            SELECT
                count(*) AS lines,
                count(*) FILTER (WHERE t.unit_price IS NULL AND t.quantity <> 0) AS unpriced,
                count(*) FILTER (WHERE t.unit_cost IS NULL AND t.quantity <> 0 AND t.unit_price <> 0) AS uncosted_lines,
                sum({net}) FILTER (WHERE t.unit_cost IS NOT NULL) AS costed,
                sum(round(t.quantity * t.unit_cost, 2)) FILTER (WHERE t.unit_price IS NOT NULL) AS cost,
                sum({net}) FILTER (WHERE t.unit_cost IS NULL) AS uncosted
            FROM wvl.document_lines t
            WHERE t.document_id = d.id
        ) l
    WHERE {picked} AND d.kind IN ('invoice', 'credit_note')
    GROUP BY 1, 2, 3, 4
) g
