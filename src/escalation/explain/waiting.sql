-- A ticket that waits for feedback: its view leaves it out while it does. $1 its number, $2 the severities that are asked for.
SELECT
    t.severity,
    t.id::text AS item_id,
    t.number AS reference,
    t.title,
    t.due_at,
    t.due_version,
    p.name AS partner_name,
    p.field_rep_id,
    p.inside_rep_id,
    t.handler_id,
    t.team_id,
    t.department_id,
    k.calendar,
    w.paused,
    c.step,
    c.last_at,
    coalesce(c.baseline, false) AS baseline
FROM wvl.tickets t
    LEFT JOIN wvl.partners p ON p.id = t.partner_id
    LEFT JOIN wvl.contracts k ON k.id = t.contract_id
    LEFT JOIN wvl.escalation_chains c
        ON c.type = 'helpdesk-' || replace(t.severity, '_', '-')
        AND c.item_id = t.id::text
        AND c.due_version = t.due_version
    -- every time it waited; the last one goes on
    LEFT JOIN LATERAL (
        SELECT range_agg(tstzrange(e.at, e.until)) AS paused
        FROM (
            SELECT e.at, e.new_value, lead(e.at) OVER (ORDER BY e.at, e.id) AS until
            FROM wvl.ticket_events e
            WHERE e.ticket_id = t.id AND e.kind = 'status'
        ) e
        WHERE e.new_value = 'waiting' AND e.at IS DISTINCT FROM e.until
    ) w ON true
WHERE t.number = $1 AND t.status = 'waiting' AND t.due_at IS NOT NULL AND t.severity = ANY ($2)
