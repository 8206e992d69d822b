-- Locks the document $1, those that it was made from by itself or by its lines, and the delivery notes of their orders, which
-- invoices of an order cover. Everybody locks in this direction, orders first: so nobody waits for one who waits for him.
WITH RECURSIVE behind (id) AS (
    SELECT $1
    UNION
    SELECT f.id
    FROM behind b
        CROSS JOIN LATERAL (
            SELECT x.predecessor_id AS id FROM wvl.document_details x WHERE x.document_id = b.id
            UNION
            SELECT v.document_id FROM wvl.document_lines l JOIN wvl.document_lines v ON v.id = l.predecessor_line_id
            WHERE l.document_id = b.id
        ) f
    WHERE f.id IS NOT NULL
)
SELECT d.id FROM wvl.documents d
WHERE d.id IN (
    SELECT b.id FROM behind b
    UNION
    SELECT k.id
    FROM behind b
        JOIN wvl.documents o ON o.id = b.id AND o.kind = 'order'
        JOIN wvl.document_lines l ON l.document_id = o.id
        JOIN wvl.document_lines n ON n.predecessor_line_id = l.id
        JOIN wvl.documents k ON k.id = n.document_id AND k.kind = 'delivery_note'
)
ORDER BY array_position(ARRAY['offer', 'order', 'delivery_note', 'invoice'], d.kind), d.id
FOR NO KEY UPDATE
