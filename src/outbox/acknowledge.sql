-- Notes what became of several recipients in one statement that is a transaction by itself: all or none, and only whose
-- attempt is still the one that was claimed. What it needs of a transaction's settings stands in its condition.
-- $1 recipients, $2 attempts, $3 new states, $4 what was said, $5 seconds to wait (states retry), $6 whether they were tried.

UPDATE wvl.outbox_recipients AS r
SET state = verdict.state,
    leased_until = NULL,
    last_reply = verdict.reply,
    done_at = CASE WHEN verdict.state IN ('sent', 'failed', 'unknown') THEN pg_catalog.now() ELSE r.done_at END,
    next_attempt_at = CASE WHEN verdict.state = 'retry' THEN pg_catalog.now() + verdict.wait * interval '1 second'
        ELSE r.next_attempt_at END,
    strikes = CASE WHEN verdict.state = 'retry' AND verdict.survived THEN 0 ELSE r.strikes END
FROM unnest($1, $2, $3, $4, $5, $6) AS verdict (id, attempt, state, reply, wait, survived)
WHERE r.id = verdict.id AND r.attempt = verdict.attempt AND r.state = 'sending'
    AND pg_catalog.set_config('synchronous_commit', 'on', true) = 'on'
    AND pg_catalog.set_config('lock_timeout', '30s', true) = '30s'
RETURNING r.id
