-- Acknowledged and still open, and about to speak again. $1 now, $2 until when.
SELECT count(*) AS lapsing, min(s.until) AS first_at
FROM wvl.escalation_silences s
WHERE s.kind = 'acknowledged' AND s.until > $1 AND s.until <= $2 AND s.lifted_at IS NULL
    AND EXISTS (
        SELECT FROM wvl.escalation_chains c
        WHERE c.type = s.type AND c.item_id = s.item_id AND c.due_version = s.due_version AND c.state = 'live'
    )
    -- one that was said again holds longer
    AND NOT EXISTS (
        SELECT FROM wvl.escalation_silences other
        WHERE other.type = s.type AND other.item_id = s.item_id AND other.until > $2 AND other.lifted_at IS NULL
            AND (other.due_version IS NULL OR other.due_version = s.due_version)
    )
