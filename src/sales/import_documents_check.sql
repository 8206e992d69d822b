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
WHERE dunning_level > 99;
