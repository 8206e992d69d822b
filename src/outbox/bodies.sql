-- Deletes bytes that nobody needs any more, of the oldest messages first.
-- $1 days since the last recipient was done with, $2 how many messages.
UPDATE wvl.outbox_messages AS m
SET raw = NULL
FROM (
    SELECT old.id
    FROM wvl.outbox_messages AS old
    -- none can be done with before it was made: what is younger is not looked at
    WHERE old.raw IS NOT NULL
        AND old.created_at < now() - make_interval(days => $1)
        AND NOT EXISTS (
            SELECT FROM wvl.outbox_recipients AS r
            WHERE r.message_id = old.id
                AND (r.state NOT IN ('sent', 'failed', 'discarded') OR r.done_at > now() - make_interval(days => $1)
                    OR r.done_at IS NULL)
        )
    ORDER BY old.created_at
    LIMIT $2
    FOR UPDATE SKIP LOCKED
) AS over
WHERE m.id = over.id
