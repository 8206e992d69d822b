-- Not every kind of document can be in every state, and the rest is what the tables' own rules would refuse less politely.
INSERT INTO import_problems (file_line, column_key, message)
SELECT file_line, 'status', 'a document of kind ' || n_kind || ' cannot be ' || n_status
FROM import_heads
WHERE n_status IN ('won', 'lost') AND n_kind <> 'offer' OR n_status = 'paid' AND n_kind <> 'invoice'
UNION ALL
SELECT file_line, 'line', 'lines are counted from 1 to 999999'
FROM import_rows
WHERE line NOT BETWEEN 1 AND 999999
UNION ALL
SELECT file_line, 'tax_rate', 'a tax rate lies between 0 and 100'
FROM import_rows
WHERE NOT (tax_rate >= 0 AND tax_rate < 100)
UNION ALL
SELECT file_line, 'dunning_level', 'a dunning level lies between 0 and 99'
FROM import_rows
WHERE dunning_level > 99
UNION ALL
SELECT file_line, 'predecessor_line', 'which document has this line is not said (predecessor)'
FROM import_rows
WHERE predecessor_line IS NOT NULL AND predecessor IS NULL;
-- An invoice that is opened again owes its gross amount less its credit notes.
UPDATE import_heads h
SET n_open_amount = h.n_open_amount - c.credited
FROM (
    SELECT i.id, wvl.credits_of(i.id) AS credited
    FROM wvl.documents i
    WHERE i.kind = 'invoice' AND i.status <> 'open' AND i.id IN (
        SELECT x.predecessor_id FROM wvl.documents c JOIN wvl.document_details x ON x.document_id = c.id
        WHERE c.kind = 'credit_note')
) c
WHERE h.id = c.id AND h.n_status = 'open' AND NOT EXISTS (SELECT FROM import_columns WHERE key = 'open_amount');
