-- What senders claimed and did not acknowledge in time, oldest lease first; they died or hang.
-- $1 and $2 behind which end of a lease and which row, $3 how many.
SELECT r.id, r.message_id, r.address, r.original_address, r.attempt, r.offered_attempt, r.strikes, r.brake_key,
    r.leased_until AS next_attempt_at, m.class, m.kind, m.subject, m.envelope_from, m.sha256,
    octet_length(m.raw) AS bytes, m.created_at AS queued_at, 0::bigint AS age_seconds, false AS expired, false AS came_along
FROM wvl.outbox_recipients r
JOIN wvl.outbox_messages m ON m.id = r.message_id
WHERE r.state = 'sending' AND r.leased_until < now() AND (r.leased_until, r.id) > ($1, $2)
ORDER BY r.leased_until, r.id
LIMIT $3
