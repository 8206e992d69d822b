-- Steps from $3 up to $4 that are the last of their type: $1 and $2 are types and steps.
SELECT s.type, s.item_id, s.due_version, s.due_at
FROM unnest($1, $2) AS l (type, step)
    JOIN wvl.escalation_steps s ON s.type = l.type AND s.step = l.step
WHERE s.at >= $3 AND s.at < $4 AND s.rehearsal = $5 AND NOT s.baseline
ORDER BY s.at, s.id
