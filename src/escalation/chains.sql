-- Moves chains on. Rows go in by the order of their keys: two runs that write the same chains never wait for each other
-- in a circle. A step only ever goes on: notices (negative) come before stages, stages before repeats.
INSERT INTO wvl.escalation_chains AS c (type, item_id, due_version, step, last_at, state, judged_txid)
SELECT
    type,
    item_id,
    due_version,
    step,
    last_at,
    state,
    CASE WHEN state <> 'live' THEN pg_current_xact_id()::text::bigint END
FROM unnest($1, $2, $3, $4, $5, $6) AS change (type, item_id, due_version, step, last_at, state)
ORDER BY type, item_id, due_version
ON CONFLICT (type, item_id, due_version) DO UPDATE
SET step = CASE WHEN excluded.step <> 0 AND (c.step = 0 OR excluded.step > c.step) THEN excluded.step ELSE c.step END,
    last_at = CASE WHEN excluded.step <> 0 AND (c.step = 0 OR excluded.step > c.step) THEN excluded.last_at ELSE c.last_at END,
    baseline = c.baseline AND NOT (excluded.step <> 0 AND (c.step = 0 OR excluded.step > c.step)),
    state = excluded.state,
    judged_txid = excluded.judged_txid
-- a chain that is held again and again is not written again and again
WHERE c.state <> 'live' OR excluded.state <> 'live' OR excluded.step <> 0
