-- The items of a view with their chains. What stands in braces is filled in by us (names and columns of the view, a fence),
-- everything else is bound.
SELECT
    {columns},
    c.step,
    c.last_at,
    c.baseline,
    c.state,
    {moved} AS moved
FROM {view} v
    LEFT JOIN LATERAL (
        SELECT c.type, c.step, c.last_at, c.baseline, c.state
        FROM wvl.escalation_chains c
        WHERE c.type = $1 AND c.item_id = v.item_id::text AND c.due_version = {due_version}
        {fence}
    ) c ON true
WHERE {sound} AND ({condition})
