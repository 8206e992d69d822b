-- The mail of the last run that shows most.
SELECT m.raw, min(s.type || ':' || s.reference) AS item
FROM wvl.escalation_steps s
    JOIN wvl.escalation_step_messages l ON l.step_id = s.id
    JOIN wvl.outbox_messages m ON m.id = l.message_id
    JOIN wvl.outbox_recipients r ON r.message_id = m.id
    LEFT JOIN wvl.employees e ON e.email = r.address
    LEFT JOIN wvl.departments d ON d.head_id = e.id
WHERE s.at = (SELECT max(at) FROM wvl.escalation_steps) AND m.raw IS NOT NULL
GROUP BY m.id
ORDER BY
    -- about as few items as possible
    count(*),
    -- a second stage: somebody above the one whose item it is hears of it
    min(abs(s.step - 2)),
    min(array_position(ARRAY['offer-follow-up', 'order-delivery-overdue', 'delivery-note', 'invoice-overdue', 'helpdesk-high'],
        s.type)) NULLS LAST,
    -- told to the one who is asked to step in
    bool_and(d.id IS NULL),
    m.id
LIMIT 1
