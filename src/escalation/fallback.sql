-- Reminders that were refused for good since $1 and that no run has seen to: one row for each step they told of. Rehearsals
-- reached nobody, and what was discarded was given up by a person.
SELECT
    s.id AS step_id,
    s.type AS type_key,
    s.item_id,
    s.due_version,
    s.step,
    s.reference,
    r.id AS recipient_id,
    m.channel,
    r.address,
    coalesce(r.last_reply, '') AS reply,
    -- everybody who was ever written to about this step
    ARRAY(
        SELECT lower(coalesce(o.original_address, o.address))
        FROM wvl.escalation_step_messages told
            JOIN wvl.outbox_recipients o ON o.message_id = told.message_id
        WHERE told.step_id = s.id
    ) AS told
FROM wvl.outbox_recipients r
    JOIN wvl.outbox_messages m ON m.id = r.message_id
    JOIN wvl.escalation_step_messages l ON l.message_id = r.message_id
    JOIN wvl.escalation_steps s ON s.id = l.step_id
WHERE r.state = 'failed'
    AND r.done_at > $1
    AND r.original_address IS NULL
    AND NOT s.rehearsal
    AND NOT s.baseline
    AND NOT EXISTS (
        SELECT FROM wvl.escalation_fallbacks f WHERE f.step_id = s.id AND f.recipient_id = r.id
    )
ORDER BY s.type, s.item_id, s.due_version, s.step, r.id
