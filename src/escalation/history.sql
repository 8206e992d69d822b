-- One time line of steps taken ($1 … $10 see history.rs), of what people said to items, and of what they took back.
WITH
    -- what was said by a mail
    taken AS (
        SELECT
            at, 0 AS place, id, type, item_id, due_version, reference, title, 'step' AS event, step, due_at,
            NULL::timestamptz AS until, recipients, rehearsal, baseline, NULL::text AS said_by, NULL::text AS note
        FROM wvl.escalation_steps
        WHERE ($1::text IS NULL OR type = $1)
            AND ($2::text[] IS NULL OR item_id = ANY ($2))
            AND ($3::timestamptz IS NULL OR at >= $3)
            AND ($4::timestamptz IS NULL OR at < $4)
            -- a recipient stands there as "name <address>", "name (channel) <address>" or as the bare address
            AND ($6::text[] IS NULL OR EXISTS (
                SELECT FROM unnest(recipients) AS recipient
                WHERE lower(recipient) = ANY ($6)
                    OR lower(substring(recipient FROM '<([^>]*)>$')) = ANY ($6)
                    OR $7 IN (
                        substring(recipient FROM '^(.*) <[^>]*>$'),
                        substring(recipient FROM '^(.*) [(][a-z0-9-]+[)] <[^>]*>$')
                    )
            ))
    ),
    -- what people said, and when they took it back
    spoken AS (
        SELECT s.*, word.at, word.event, word.place
        FROM wvl.escalation_silences s
            -- within one minute: a mute that replaces another comes after the end of that one, and before its own
            CROSS JOIN LATERAL (VALUES
                (s.since, s.kind, 2),
                (s.lifted_at, 'lifted', CASE WHEN s.lifted_at = s.since THEN 3 ELSE 1 END)
            ) AS word (at, event, place)
        WHERE word.at IS NOT NULL
            AND ($1::text IS NULL OR s.type = $1)
            AND ($2::text[] IS NULL OR s.item_id = ANY ($2))
            AND ($3::timestamptz IS NULL OR word.at >= $3)
            AND ($4::timestamptz IS NULL OR word.at < $4)
            AND ($6::text[] IS NULL OR s.created_by = $8)
    ),
    everything AS (
        SELECT * FROM taken
        UNION ALL
        SELECT
            at, place, id, type, item_id, due_version, reference,
            -- the title as it was when the item last spoke
            (
                SELECT title
                FROM wvl.escalation_steps step
                WHERE step.type = spoken.type AND step.item_id = spoken.item_id
                ORDER BY step.id DESC
                LIMIT 1
            ),
            event, NULL, NULL, until, '{}', false, false, created_by, note
        FROM spoken
    )
SELECT
    at, type AS type_key, item_id, due_version, reference, title, event, step, due_at, until, recipients, rehearsal, baseline,
    -- who takes back is not kept
    CASE WHEN event <> 'lifted' THEN said_by END AS said_by,
    note,
    CASE WHEN event = 'step' THEN id END AS step_id
FROM everything
WHERE $5::text IS NULL
    OR strpos(lower(concat_ws(' ', reference, title, note, array_to_string(recipients, ' '))), lower($5)) > 0
ORDER BY at DESC, place DESC, id DESC
LIMIT $9
