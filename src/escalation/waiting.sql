-- Live chains past the cut-off of their step; one descent of the index for each type and step.
SELECT c.type AS type_key, c.item_id, c.due_version, true AS is_live
FROM unnest($1, $2, $3) AS bound (type, step, last_until)
    CROSS JOIN LATERAL (
        SELECT c.type, c.item_id, c.due_version
        FROM wvl.escalation_chains c
        WHERE c.state = 'live'
            AND c.type = bound.type
            AND least(c.step, 101) = bound.step
            AND c.last_at <= bound.last_until
        OFFSET 0
    ) c
UNION ALL
-- found and held back
SELECT c.type, c.item_id, c.due_version, true
FROM unnest($4) AS active (type)
    CROSS JOIN LATERAL (
        SELECT c.type, c.item_id, c.due_version
        FROM wvl.escalation_chains c
        WHERE c.state = 'live' AND c.type = active.type AND least(c.step, 101) = 0
        OFFSET 0
    ) c
UNION ALL
-- announced, and the next notice or the due date is near
SELECT c.type, c.item_id, c.due_version, true
FROM unnest($6, $7, $8, $9) AS said (type, from_step, to_step, version_until)
    CROSS JOIN LATERAL (
        SELECT c.type, c.item_id, c.due_version
        FROM wvl.escalation_chains c
        WHERE c.state = 'live'
            AND c.type = said.type
            AND least(c.step, 101) BETWEEN said.from_step AND said.to_step
            AND c.due_version <= said.version_until
        OFFSET 0
    ) c
UNION ALL
-- judged gone by a run that may not have seen the item return
SELECT c.type, c.item_id, c.due_version, false
FROM unnest($4, $5) AS search (type, judged_since)
    JOIN wvl.escalation_chains c
        ON c.state = 'gone' AND c.judged_txid >= search.judged_since AND c.type = search.type
