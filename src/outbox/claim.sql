-- Claims recipients that are due: state, lease and attempt change in one statement, so two senders never get the same.
-- $1 how many, $2 lease in seconds, $3 only those redirected when they were queued, $4 channel, $5 who claims,
-- $6 and $7 behind which instant and row, $8 those with whom a sender has died (else: only the others), $9 only this message.

-- What is due, oldest first. The lock is on the message, so that two senders never share one; what another sender is
-- just claiming is left to it. Each sender goes on behind its last claim: the entries before it are dead, and where an old
-- snapshot is kept somewhere they stay for hours.
WITH due AS MATERIALIZED (
    SELECT r.id, r.message_id
    FROM wvl.outbox_recipients r
    JOIN wvl.outbox_messages m ON m.id = r.message_id
    WHERE r.state IN ('queued', 'retry')
        AND r.next_attempt_at <= now()
        AND (r.next_attempt_at, r.id) > ($6, $7)
        AND m.channel = $4
        AND (r.strikes > 0) = $8
        AND (NOT $3 OR r.original_address IS NOT NULL)
        AND ($9 IS NULL OR r.message_id = $9)
    ORDER BY r.next_attempt_at, r.id
    LIMIT $1
    FOR NO KEY UPDATE OF m SKIP LOCKED
),
-- All due recipients of those messages, beyond the limit too: a message goes out once, not once a batch. Those with whom a
-- sender has died have their own turn.
whole AS MATERIALIZED (
    SELECT r.id, r.id NOT IN (SELECT id FROM due) AS came_along
    FROM wvl.outbox_recipients r
    WHERE r.message_id IN (SELECT message_id FROM due)
        AND r.state IN ('queued', 'retry')
        AND r.next_attempt_at <= now()
        AND (r.strikes > 0) = $8
        AND (NOT $3 OR r.original_address IS NOT NULL)
    FOR UPDATE SKIP LOCKED
)
UPDATE wvl.outbox_recipients r
SET state = 'sending', attempt = r.attempt + 1, leased_until = now() + $2 * interval '1 second', sender = $5
FROM whole, wvl.outbox_messages m
WHERE r.id = whole.id AND m.id = r.message_id
RETURNING r.id, r.message_id, r.address, r.original_address, r.attempt, r.offered_attempt, r.strikes, r.brake_key,
    r.next_attempt_at, m.class, m.kind, m.subject, m.envelope_from, m.sha256, octet_length(m.raw) AS bytes,
    m.created_at AS queued_at,
    extract(epoch FROM now() - greatest(r.created_at, r.tried_since, m.not_before))::bigint AS age_seconds,
    coalesce(m.expires_at <= now(), false) AS expired, whole.came_along
