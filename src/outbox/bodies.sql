-- The oldest messages that have bytes, with all recipients done with for so many days; locked. A decision about one of its
-- recipients locks the message too (resolve.rs): whoever is faster is seen by the other.
-- $1 days since the last recipient was done with, $2 how many messages.
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
