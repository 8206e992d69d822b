-- What invoices have billed of the order $1, net, and the number of its final invoice.
SELECT
    CASE
        WHEN EXISTS (SELECT FROM wvl.document_lines l WHERE l.document_id = $1) THEN coalesce((
            SELECT sum(
                round(i.quantity * i.unit_price * (1 - i.discount_percent / 100), 2)
                -- credit notes have the same price
                - coalesce((
                    SELECT sum(abs(round(c.quantity * c.unit_price * (1 - c.discount_percent / 100), 2)))
                    FROM wvl.document_lines c JOIN wvl.documents g ON g.id = c.document_id
                    WHERE c.predecessor_line_id = i.id AND g.kind = 'credit_note' AND g.status <> 'void'), 0))
            FROM (
                -- of the order itself, and of its delivery notes
                SELECT l.id FROM wvl.document_lines l WHERE l.document_id = $1
                UNION ALL
                SELECT n.id FROM wvl.document_lines l
                    JOIN wvl.document_lines n ON n.predecessor_line_id = l.id
                    JOIN wvl.documents k ON k.id = n.document_id AND k.kind = 'delivery_note'
                WHERE l.document_id = $1
            ) o
                JOIN wvl.document_lines i ON i.predecessor_line_id = o.id
                JOIN wvl.documents d ON d.id = i.document_id
            WHERE d.kind = 'invoice' AND d.status <> 'void'), 0)
        ELSE coalesce((
            SELECT sum(coalesce(d.net_amount, 0) - coalesce((
                SELECT sum(abs(c.net_amount)) FROM wvl.document_details y JOIN wvl.documents c ON c.id = y.document_id
                WHERE y.predecessor_id = d.id AND c.kind = 'credit_note' AND c.status <> 'void'), 0))
            FROM wvl.document_details x JOIN wvl.documents d ON d.id = x.document_id
            WHERE x.predecessor_id = $1 AND d.kind = 'invoice' AND d.status <> 'void'), 0)
    END AS invoiced,
    (
        SELECT min(d.number) FROM wvl.document_details x JOIN wvl.documents d ON d.id = x.document_id
        WHERE x.predecessor_id = $1 AND x.invoice_kind = 'final' AND d.kind = 'invoice' AND d.status <> 'void'
            -- one that was credited in full is none
            AND (d.net_amount IS NULL OR d.net_amount > coalesce((
                SELECT sum(abs(c.net_amount)) FROM wvl.document_details y JOIN wvl.documents c ON c.id = y.document_id
                WHERE y.predecessor_id = d.id AND c.kind = 'credit_note' AND c.status <> 'void'), 0))
    ) AS final_invoice
