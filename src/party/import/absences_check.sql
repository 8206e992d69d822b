-- An absence ends on its first day or later.
INSERT INTO import_problems (file_line, column_key, message)
SELECT file_line, 'last_day',
    'the last day ' || to_char(n_last_day, 'DD.MM.YYYY') || ' lies before the first, ' || to_char(n_first_day, 'DD.MM.YYYY')
FROM import_heads
WHERE n_last_day < n_first_day;
