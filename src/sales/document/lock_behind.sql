-- The documents that the document $1 was made from, by itself or by its lines, and those that these came from.
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
WHERE d.id IN (SELECT b.id FROM behind b) AND d.id <> $1
ORDER BY d.id
FOR NO KEY UPDATE
