-- A notice on a customer names the customer and the day; one of a system has no customer.
INSERT INTO import_problems (file_line, column_key, message)
SELECT file_line, 'partner', 'is empty, but the notice is on a customer'
FROM import_heads
WHERE n_kind = 'customer' AND n_partner_id IS NULL AND NOT EXISTS (
    SELECT FROM import_rows s WHERE s.file_line = import_heads.file_line AND s.partner IS NOT NULL)
UNION ALL
SELECT file_line, 'notify', 'is empty, but a notice on a customer has a day'
FROM import_heads
WHERE n_kind = 'customer' AND n_notify_at IS NULL
UNION ALL
SELECT file_line, 'partner', 'a notice of a system has no customer'
FROM import_heads
WHERE n_kind = 'system' AND n_partner_id IS NOT NULL;
