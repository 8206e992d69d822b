-- The outbox by its states; every arm is a partial index. $1 since when failures count.
WITH waiting AS (
    SELECT count(*) FILTER (WHERE r.state = 'queued') AS queued,
        count(*) FILTER (WHERE r.state = 'retry') AS retry,
        -- what is not to leave before a later time has not waited
        min(r.created_at) FILTER (WHERE r.state = 'retry' OR r.next_attempt_at <= now()) AS oldest_at
    FROM wvl.outbox_recipients r
    WHERE r.state IN ('queued', 'retry')
),
-- an address that was reached later is no trouble any more
failed AS (
    SELECT count(*) AS failed,
        (array_agg(r.address ORDER BY r.done_at DESC))[1] AS address,
        (array_agg(r.last_reply ORDER BY r.done_at DESC))[1] AS reply,
        max(r.done_at) AS last_at
    FROM wvl.outbox_recipients r
    WHERE r.state = 'failed' AND r.done_at > $1
        AND NOT EXISTS (
            SELECT FROM wvl.outbox_recipients s
            WHERE s.address = r.address AND s.state = 'sent' AND s.done_at > r.done_at AND s.created_at > $1
        )
),
stuck AS (
    SELECT count(*) FILTER (WHERE r.state = 'unknown') AS unknown,
        count(*) FILTER (WHERE r.state = 'held') AS held
    FROM wvl.outbox_recipients r
    WHERE r.state IN ('failed', 'unknown', 'held') AND r.state <> 'failed'
)
SELECT waiting.queued, waiting.retry, waiting.oldest_at,
    (SELECT count(*) FROM wvl.outbox_recipients r WHERE r.state = 'sending') AS sending,
    failed.failed, failed.address AS failed_address, failed.reply AS failed_reply, failed.last_at AS failed_at,
    stuck.unknown, stuck.held
FROM waiting, failed, stuck
