-- Takes every step that nobody has taken yet; the unique key decides, whoever else runs.
WITH wanted AS (
    SELECT *
    FROM unnest($1, $2, $3, $4, $5, $6, $7, $8)
        AS wanted (type, item_id, due_version, step, due_at, reference, title, recipients)
)
INSERT INTO wvl.escalation_steps (type, item_id, due_version, step, at, due_at, reference, title, recipients, rehearsal)
SELECT type, item_id, due_version, step, $9, due_at, reference, title, string_to_array(recipients, E'\n'), $10
FROM wanted
ORDER BY type, item_id, due_version, step
ON CONFLICT ON CONSTRAINT escalation_steps_once DO NOTHING
RETURNING id, type AS type_key, item_id, due_version, step
