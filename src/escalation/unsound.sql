-- Rows of a view that no decision can be made about; names in braces are filled in by us.
SELECT
    left(coalesce(nullif(v.reference::text, ''), v.item_id::text), 100) AS name,
    CASE
        WHEN v.item_id IS NULL THEN 'item_id is empty'
        WHEN v.reference IS NULL THEN 'reference is empty'
        WHEN v.due_at IS NULL THEN 'due_at is empty'
        WHEN v.due_at < '1900-01-01 00:00:00+00' OR v.due_at >= '10000-01-01 00:00:00+00'
            THEN 'due_at is ' || v.due_at::text
        ELSE 'paused lies before 1900 or after 9999'
    END AS reason,
    count(*) OVER () AS all_rows
FROM {relation} v
WHERE {condition}
ORDER BY 1, 2
LIMIT {limit}
