-- The items of a view with their chains; the two names in braces are filled in by us, everything else is bound.
SELECT
    v.item_id::text AS item_id,
    v.reference,
    v.title,
    v.due_at,
    coalesce(v.due_version, floor(extract(epoch FROM v.due_at) / 60)::bigint) AS due_version,
    v.partner_name,
    v.phone,
    v.email,
    v.address,
    v.field_rep_id,
    v.inside_rep_id,
    v.handler_id,
    v.team_id,
    v.department_id,
    v.amount,
    v.currency,
    v.link,
    v.calendar,
    v.paused,
    c.step,
    c.last_at
FROM {view} v
    LEFT JOIN wvl.escalation_chains c
        ON c.type = $1
        AND c.item_id = v.item_id::text
        AND c.due_version = coalesce(v.due_version, floor(extract(epoch FROM v.due_at) / 60)::bigint)
WHERE {condition}
