-- Open tickets of the severities $1 that are over their limit at $2; those that went over it since $3 first. Who waits for the
-- customer is over no limit.
SELECT
    d.number,
    (SELECT p.name FROM wvl.partners p WHERE p.id = d.partner_id) AS partner,
    NULL::numeric AS amount,
    NULL::text AS currency,
    d.link,
    d.due_at AS at,
    count(*) OVER () AS found
FROM wvl.tickets d
WHERE d.severity = ANY ($1) AND d.status NOT IN ('closed', 'waiting') AND d.due_at <= $2 AND {scope}
ORDER BY d.due_at < $3, array_position($1, d.severity), d.due_at, d.number
LIMIT {most}
