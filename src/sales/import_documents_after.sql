-- An open invoice of which nobody knows what it owes is never reminded of; that is worth a word.
INSERT INTO import_warnings (message)
SELECT count(*) || ' open invoice(s) have neither an amount nor lines with prices; nobody is reminded of their payment'
FROM import_heads
WHERE n_kind = 'invoice' AND n_status = 'open' AND n_open_amount IS NULL
HAVING count(*) > 0;
-- Which document and line each row was made from, also where both are in this file. Empty cells unlink nothing: what was
-- made here has links that no file knows.
CREATE TEMP TABLE import_links ON COMMIT DROP AS
SELECT s.file_line, d.id AS document_id, l.id AS line_id, p.id AS predecessor_id, s.predecessor_line, v.id AS predecessor_line_id
FROM import_rows s
    JOIN wvl.documents d ON d.kind = s.kind AND d.number = s.number
    LEFT JOIN wvl.document_lines l ON l.document_id = d.id AND l.line = s.line
    CROSS JOIN LATERAL (
        SELECT
            CASE
                WHEN s.predecessor_kind IS NOT NULL THEN ARRAY[s.predecessor_kind]
                WHEN s.kind = 'order' THEN ARRAY['offer']
                WHEN s.kind = 'delivery_note' THEN ARRAY['order']
                WHEN s.kind = 'invoice' THEN ARRAY['delivery_note', 'order']
                WHEN s.kind = 'credit_note' THEN ARRAY['invoice']
            END AS kinds
    ) k
    LEFT JOIN LATERAL (
        SELECT p.id FROM wvl.documents p
        WHERE p.kind = ANY (k.kinds) AND p.number = s.predecessor AND p.id <> d.id
        ORDER BY array_position(k.kinds, p.kind)
        LIMIT 1
    ) p ON true
    LEFT JOIN wvl.document_lines v ON v.document_id = p.id AND v.line = s.predecessor_line
WHERE s.predecessor IS NOT NULL AND EXISTS (SELECT FROM import_columns WHERE key = 'predecessor');
ANALYZE import_links;
INSERT INTO import_warnings (message)
SELECT count(*) || ' row(s) name a predecessor that is not known; these documents were not linked'
FROM import_links
WHERE predecessor_id IS NULL
HAVING count(*) > 0;
INSERT INTO import_warnings (message)
SELECT count(*) || ' row(s) name a line that their predecessor does not have; these lines were not linked'
FROM import_links
WHERE predecessor_id IS NOT NULL AND predecessor_line IS NOT NULL AND predecessor_line_id IS NULL
HAVING count(*) > 0;
-- The document itself was made from the first that its rows name, unless it is linked to one of them.
WITH named AS (
    SELECT DISTINCT ON (i.document_id) i.document_id, i.predecessor_id
    FROM import_links i
    WHERE i.predecessor_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM wvl.document_details x JOIN import_links o ON o.document_id = x.document_id AND o.predecessor_id = x.predecessor_id
        WHERE x.document_id = i.document_id)
    ORDER BY i.document_id, i.file_line
),
changed AS (
    INSERT INTO wvl.document_details (document_id, predecessor_id)
    SELECT document_id, predecessor_id FROM named ORDER BY document_id
    ON CONFLICT (document_id) DO UPDATE SET predecessor_id = excluded.predecessor_id
    RETURNING document_id
)
INSERT INTO import_touched SELECT document_id FROM changed;
WITH changed AS (
    UPDATE wvl.document_lines l SET predecessor_line_id = i.predecessor_line_id
    FROM import_links i
    WHERE l.id = i.line_id AND i.predecessor_line_id IS NOT NULL
        AND l.predecessor_line_id IS DISTINCT FROM i.predecessor_line_id
    RETURNING l.document_id
)
INSERT INTO import_touched SELECT document_id FROM changed;
-- What follows from that and from lines gives way to what the file says.
UPDATE wvl.document_lines l
SET delivered_quantity = coalesce(s.delivered_quantity, l.delivered_quantity),
    invoiced_quantity = coalesce(s.invoiced_quantity, l.invoiced_quantity)
FROM import_rows s JOIN wvl.documents d ON d.kind = s.kind AND d.number = s.number
WHERE l.document_id = d.id AND l.line = s.line
    AND (l.delivered_quantity <> s.delivered_quantity OR l.invoiced_quantity <> s.invoiced_quantity)
    AND EXISTS (SELECT FROM import_columns WHERE key IN ('delivered_quantity', 'invoiced_quantity'));
UPDATE wvl.documents d
SET delivery_status = coalesce(s.delivery_status, d.delivery_status),
    invoicing_status = coalesce(s.invoicing_status, d.invoicing_status),
    open_amount = coalesce(s.open_amount, d.open_amount)
FROM (
    SELECT
        kind, number, min(delivery_status COLLATE "C") AS delivery_status, min(invoicing_status COLLATE "C") AS invoicing_status,
        min(open_amount) AS open_amount
    FROM import_rows
    WHERE num_nonnulls(delivery_status, invoicing_status, open_amount) > 0
    GROUP BY kind, number
) s
WHERE d.kind = s.kind AND d.number = s.number
    AND (d.delivery_status <> s.delivery_status OR d.invoicing_status <> s.invoicing_status OR d.open_amount <> s.open_amount)
    AND EXISTS (SELECT FROM import_columns WHERE key IN ('delivery_status', 'invoicing_status', 'open_amount'))
    AND EXISTS (SELECT FROM import_columns WHERE key IN ('line', 'predecessor'));
UPDATE wvl.documents d
SET status = h.n_status, closed_at = h.n_closed_at, paid_at = h.n_paid_at
FROM import_heads h
WHERE d.kind = h.n_kind AND d.number = h.n_number AND d.status <> h.n_status
    AND EXISTS (SELECT FROM import_columns WHERE key = 'status')
    AND EXISTS (SELECT FROM import_columns WHERE key IN ('line', 'predecessor'));
