-- What senders claimed and did not acknowledge in time; they died or hang.
SELECT r.id, r.message_id, r.address, r.original_address, r.attempt, m.class, m.kind, m.subject, m.envelope_from,
    m.created_at AS queued_at, now() AS loaded_at,
    extract(epoch FROM now() - greatest(r.created_at, m.not_before))::bigint AS age_seconds,
    coalesce(m.expires_at <= now(), false) AS expired
FROM wvl.outbox_recipients r
JOIN wvl.outbox_messages m ON m.id = r.message_id
WHERE r.state = 'sending' AND r.leased_until < now()
ORDER BY r.leased_until
LIMIT 1000
