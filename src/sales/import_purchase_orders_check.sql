-- Lines are counted from 1.
INSERT INTO import_problems (file_line, column_key, message)
SELECT file_line, 'line', 'lines are counted from 1 to 999999'
FROM import_rows
WHERE line NOT BETWEEN 1 AND 999999;
