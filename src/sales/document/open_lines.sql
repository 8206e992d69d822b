-- The lines of the document $1 with what of them documents of the kind $2 have taken.
SELECT
    l.id, l.line, l.product_id, l.product_group, l.description, l.quantity, l.unit, l.unit_price, l.discount_percent,
    l.unit_cost, l.licence_expires_at,
    CASE
        WHEN $2 = 'delivery_note' THEN l.delivered_quantity
        WHEN $2 = 'invoice' THEN l.invoiced_quantity + l.covered_quantity
        -- orders of an offer, credit notes of an invoice
        ELSE coalesce((
            SELECT sum(CASE WHEN $2 = 'credit_note' THEN sign(l.quantity) * abs(n.quantity) ELSE n.quantity END)
            FROM wvl.document_lines n JOIN wvl.documents k ON k.id = n.document_id
            WHERE n.predecessor_line_id = l.id AND k.kind = $2 AND k.status <> 'void'), 0)
    END AS taken
FROM wvl.document_lines l
WHERE l.document_id = $1
ORDER BY l.line
