-- The order behind the delivery note $1 of which nothing is left to invoice once this delivery note is.
SELECT o.id, o.number
FROM wvl.documents o
WHERE o.kind = 'order' AND o.id IN (
        SELECT v.document_id FROM wvl.document_lines n JOIN wvl.document_lines v ON v.id = n.predecessor_line_id
        WHERE n.document_id = $1)
    AND NOT EXISTS (
        SELECT FROM wvl.document_lines l
        WHERE l.document_id = o.id AND l.quantity > l.invoiced_quantity + coalesce((
            SELECT sum(n.quantity - n.invoiced_quantity - n.covered_quantity) FROM wvl.document_lines n
            WHERE n.predecessor_line_id = l.id AND n.document_id = $1), 0))
ORDER BY o.id
LIMIT 1
