-- The items of a view with their chains. What stands in braces is filled in by us (names and columns of the view),
-- everything else is bound.
SELECT
    {columns},
    c.step,
    c.last_at,
    c.baseline,
    c.state
FROM {view} v
    LEFT JOIN wvl.escalation_chains c
        ON c.type = $1
        AND c.item_id = v.item_id::text
        AND c.due_version = {due_version}
WHERE {sound} AND ({condition})
