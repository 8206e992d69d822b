-- What a change of state of the document $1 depends on.
SELECT
    d.kind, d.number, d.status, d.net_amount, x.tax_rate,
    CASE WHEN d.kind = 'invoice' THEN wvl.credits_of(d.id) ELSE 0 END AS credited,
    coalesce((
        SELECT string_agg(replace(n.kind, '_', ' ') || ' ' || n.number, ', ' ORDER BY n.id)
        FROM wvl.documents n
        WHERE n.status <> 'void' AND n.id IN (
            SELECT y.document_id FROM wvl.document_details y WHERE y.predecessor_id = d.id
            UNION
            SELECT m.document_id FROM wvl.document_lines l JOIN wvl.document_lines m ON m.predecessor_line_id = l.id
            WHERE l.document_id = d.id)
    ), '') AS successors
FROM wvl.documents d
    LEFT JOIN wvl.document_details x ON x.document_id = d.id
WHERE d.id = $1
