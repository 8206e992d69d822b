-- An open invoice of which nobody knows what it owes is never reminded of; that is worth a word.
INSERT INTO import_warnings (message)
SELECT count(*) || ' open invoice(s) have neither an amount nor lines with prices; nobody is reminded of their payment'
FROM import_heads
WHERE n_kind = 'invoice' AND n_status = 'open' AND n_open_amount IS NULL
HAVING count(*) > 0;
