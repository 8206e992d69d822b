-- How much has come in follows from the lines, and gives way to what the file says.
UPDATE wvl.purchase_orders t
SET receipt_status = s.receipt_status
FROM (
    SELECT number, min(receipt_status COLLATE "C") AS receipt_status
    FROM import_rows
    WHERE receipt_status IS NOT NULL
    GROUP BY number
) s
WHERE t.number = s.number AND t.receipt_status <> s.receipt_status
    AND EXISTS (SELECT FROM import_columns WHERE key = 'receipt_status')
    AND EXISTS (SELECT FROM import_columns WHERE key = 'line');
