-- Deletes the rehearsed steps and sets their chains back. Both are locked by the order of their keys, so that two first
-- live runs wait for each other and not in a circle.
WITH rehearsed AS MATERIALIZED (
    SELECT id, type, item_id, due_version
    FROM wvl.escalation_steps
    WHERE rehearsal
    ORDER BY type, item_id, due_version, step
    FOR UPDATE
), deleted AS (
    DELETE FROM wvl.escalation_steps s USING rehearsed r WHERE s.id = r.id
    RETURNING s.type, s.item_id, s.due_version
), chains AS MATERIALIZED (
    SELECT c.type, c.item_id, c.due_version
    FROM wvl.escalation_chains c
    WHERE EXISTS (
        SELECT FROM rehearsed r WHERE r.type = c.type AND r.item_id = c.item_id AND r.due_version = c.due_version
    )
    ORDER BY c.type, c.item_id, c.due_version
    FOR UPDATE
), reset AS (
    UPDATE wvl.escalation_chains c
    SET step = coalesce(kept.step, 0),
        last_at = kept.at,
        baseline = coalesce(kept.baseline, false),
        state = 'live',
        judged_txid = NULL
    FROM chains k
        -- the furthest of the real ones: notices are negative and come before stages
        LEFT JOIN LATERAL (
            SELECT s.step, s.at, s.baseline
            FROM wvl.escalation_steps s
            WHERE s.type = k.type AND s.item_id = k.item_id AND s.due_version = k.due_version AND NOT s.rehearsal
            ORDER BY s.step DESC
            LIMIT 1
        ) kept ON true
    WHERE c.type = k.type AND c.item_id = k.item_id AND c.due_version = k.due_version
)
SELECT count(*) AS steps FROM deleted
