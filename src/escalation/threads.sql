-- Earlier mails about one item, to be answered in the same thread.
SELECT
    s.type AS type_key,
    s.item_id,
    s.due_version,
    lower(coalesce(r.original_address, r.address)) AS address,
    m.message_id
FROM unnest($1, $2, $3) AS chain (type, item_id, due_version)
    JOIN wvl.escalation_steps s USING (type, item_id, due_version)
    JOIN wvl.escalation_step_messages l ON l.step_id = s.id
    JOIN wvl.outbox_messages m ON m.id = l.message_id AND m.channel = 'mail' AND m.kind = $4
    JOIN wvl.outbox_recipients r ON r.message_id = m.id
GROUP BY 1, 2, 3, 4, 5, s.at
ORDER BY s.at, m.message_id
