-- How far the predecessor of the document $1 is delivered and invoiced, by amounts, if it has no lines.
UPDATE wvl.documents p
SET delivery_status = CASE WHEN p.kind = 'order' THEN f.delivery ELSE p.delivery_status END,
    invoicing_status = f.invoicing
FROM (
    SELECT
        k.id,
        CASE
            WHEN count(*) FILTER (WHERE n.kind = 'delivery_note') = 0 THEN 'none'
            WHEN sum(n.net_amount) FILTER (WHERE n.kind = 'delivery_note') < k.net_amount THEN 'partial'
            ELSE 'complete'
        END AS delivery,
        CASE
            WHEN count(*) FILTER (WHERE n.kind = 'invoice') = 0 THEN 'none'
            WHEN sum(n.net_amount) FILTER (WHERE n.kind = 'invoice') < k.net_amount THEN 'partial'
            ELSE 'complete'
        END AS invoicing
    FROM wvl.document_details x
        JOIN wvl.documents k ON k.id = x.predecessor_id AND k.kind IN ('order', 'delivery_note') AND k.status <> 'void'
        JOIN wvl.document_details y ON y.predecessor_id = k.id
        -- a void one is there and counts nothing
        LEFT JOIN wvl.documents n ON n.id = y.document_id AND n.status <> 'void'
    WHERE x.document_id = $1 AND NOT EXISTS (SELECT FROM wvl.document_lines l WHERE l.document_id = k.id)
    GROUP BY k.id
) f
WHERE p.id = f.id AND (p.delivery_status, p.invoicing_status) IS DISTINCT FROM (
    CASE WHEN p.kind = 'order' THEN f.delivery ELSE p.delivery_status END, f.invoicing)
