-- Which claims are still ours: extends their leases, and notes that their messages are about to be handed over. A statement
-- that is a transaction by itself, see acknowledge.sql.
-- $1 recipients, $2 attempts, $3 seconds from now until the lease ends (none: as it is), $4 whether they are handed over next.

UPDATE wvl.outbox_recipients AS r
SET leased_until = coalesce(pg_catalog.now() + $3 * interval '1 second', r.leased_until),
    offered_attempt = CASE WHEN $4 THEN r.attempt ELSE r.offered_attempt END
FROM unnest($1, $2) AS claim (id, attempt)
WHERE r.id = claim.id AND r.attempt = claim.attempt AND r.state = 'sending'
    AND pg_catalog.set_config('synchronous_commit', 'on', true) = 'on'
    AND pg_catalog.set_config('lock_timeout', '30s', true) = '30s'
RETURNING r.id
