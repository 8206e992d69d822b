-- How many items of a type are due, by the last step of their chain. $1 the type, $2 due instants up to here, $3 from here
-- on (none: however old).
SELECT CASE WHEN c.step > 100 THEN 101 ELSE greatest(coalesce(c.step, 0), 0) END AS step, count(*) AS items
FROM {view} v
LEFT JOIN wvl.escalation_chains c
    ON c.type = $1 AND c.item_id = v.item_id::text AND c.due_version = {due_version}
WHERE v.due_at <= $2 AND ($3 IS NULL OR v.due_at >= $3) AND {sound}
GROUP BY 1
