-- Reminders that were refused for good and that no run has seen to: one row for each step they told of; late are those refused
-- before $1. Rehearsals reached nobody, and what was discarded was given up by a person.
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
    r.done_at <= $1 AS is_late,
    written.told,
    written.reached
FROM wvl.outbox_recipients r
    JOIN wvl.outbox_messages m ON m.id = r.message_id
    JOIN wvl.escalation_step_messages l ON l.message_id = r.message_id
    JOIN wvl.escalation_steps s ON s.id = l.step_id
    -- everybody who was ever written to about this step, as channel and address, and who has got it or still may
    CROSS JOIN LATERAL (
        SELECT coalesce(array_agg(place), '{}') AS told,
            coalesce(array_agg(place) FILTER (WHERE state IN ('queued', 'sending', 'retry', 'sent')), '{}') AS reached
        FROM (
            SELECT om.channel || E'\n' || coalesce(o.original_address, o.address) AS place, o.state
            FROM wvl.escalation_step_messages ol
                JOIN wvl.outbox_messages om ON om.id = ol.message_id
                JOIN wvl.outbox_recipients o ON o.message_id = om.id
            WHERE ol.step_id = s.id
        ) AS others
    ) AS written
WHERE r.state = 'failed'
    AND r.done_at IS NOT NULL
    AND r.original_address IS NULL
    AND NOT s.rehearsal
    AND NOT s.baseline
    AND NOT EXISTS (
        SELECT FROM wvl.escalation_fallbacks f WHERE f.step_id = s.id AND f.recipient_id = r.id
    )
ORDER BY s.type, s.item_id, s.due_version, s.step, r.id
