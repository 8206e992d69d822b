-- Invoices over an amount that were made from the order $1, and what of each is settled.
SELECT
    (SELECT min(l.id) FROM wvl.document_lines l WHERE l.document_id = d.id) AS line_id,
    d.number, d.document_date AS date, coalesce(d.net_amount, 0) AS net,
    -- taken back by credit notes
    coalesce((
        SELECT sum(abs(c.net_amount)) FROM wvl.document_details y JOIN wvl.documents c ON c.id = y.document_id
        WHERE y.predecessor_id = d.id AND c.kind = 'credit_note' AND c.status <> 'void'), 0)
    -- taken off by other invoices
    + coalesce((
        SELECT sum(abs(n.quantity * n.unit_price))
        FROM wvl.document_lines l
            JOIN wvl.document_lines n ON n.predecessor_line_id = l.id
            JOIN wvl.documents k ON k.id = n.document_id
        WHERE l.document_id = d.id AND k.kind = 'invoice' AND k.status <> 'void'), 0) AS settled
FROM wvl.document_details x
    JOIN wvl.documents d ON d.id = x.document_id
WHERE x.predecessor_id = $1 AND d.kind = 'invoice' AND d.status <> 'void' AND x.invoice_kind IN ('advance', 'partial')
    -- one that takes quantities is no advance
    AND NOT EXISTS (SELECT FROM wvl.document_lines l WHERE l.document_id = d.id AND l.predecessor_line_id IS NOT NULL)
    AND EXISTS (SELECT FROM wvl.document_lines l WHERE l.document_id = $1)
ORDER BY d.document_date, d.id
