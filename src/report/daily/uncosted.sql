-- The largest lines of the documents of some days whose cost nobody knows, in the currency $4.
SELECT
    concat_ws(' ', u.number, 'Pos. ' || u.line, coalesce(
        nullif(u.description, ''), (SELECT r.name FROM wvl.products r WHERE r.id = u.product_id), nullif(u.title, ''))) AS named
FROM (
    SELECT d.number, d.title, l.line, l.product_id, l.description, l.net
    FROM {documents}
        CROSS JOIN LATERAL (
            SELECT t.line, t.product_id, t.description, {net} AS net
            FROM wvl.document_lines t
            WHERE t.document_id = d.id AND t.unit_cost IS NULL AND t.quantity <> 0 AND t.unit_price <> 0
            UNION ALL
            -- a document without lines is one itself
            SELECT NULL, NULL, NULL, d.net_amount
            WHERE d.cost_amount IS NULL AND d.net_amount <> 0
                AND NOT EXISTS (SELECT FROM wvl.document_lines t WHERE t.document_id = d.id)
        ) l
    WHERE {picked} AND d.kind IN ('invoice', 'credit_note') AND d.currency = $4
    ORDER BY abs(l.net) DESC, d.number, l.line
    LIMIT 3
) u
ORDER BY abs(u.net) DESC, u.number, u.line
