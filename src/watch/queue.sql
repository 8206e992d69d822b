-- The outbox by its states; every arm is a partial index. $1 since when failures count.
WITH waiting AS (
    SELECT count(*) FILTER (WHERE r.state = 'queued') AS queued,
        count(*) FILTER (WHERE r.state = 'retry') AS retry,
        -- once is an accident
        count(*) FILTER (WHERE r.strikes > 1) AS struck,
        -- what is not to leave before a later time has not waited
        min(r.created_at) FILTER (WHERE r.state = 'retry' OR r.next_attempt_at <= now()) AS oldest_at
    FROM wvl.outbox_recipients r
    WHERE r.state IN ('queued', 'retry')
),
-- what no flush has claimed for a while: it stands at the head of the index
left_over AS (
    SELECT coalesce(array_agg(DISTINCT m.channel) FILTER (WHERE m.channel <> 'mail'), '{}') AS channels
    FROM (
        SELECT r.message_id
        FROM wvl.outbox_recipients r
        WHERE r.state IN ('queued', 'retry') AND r.next_attempt_at <= now() - interval '15 minutes'
        ORDER BY r.next_attempt_at, r.id
        LIMIT 500
    ) AS oldest
    JOIN wvl.outbox_messages m ON m.id = oldest.message_id
),
given_up AS MATERIALIZED (
    SELECT r.id, r.address, r.last_reply, r.done_at
    FROM wvl.outbox_recipients r
    WHERE r.state = 'failed' AND r.done_at > $1
),
-- an address that was reached later is no trouble any more; later rows have higher numbers, and of delivered ones only these
-- few are looked at
reached AS MATERIALIZED (
    SELECT s.address, max(s.done_at) AS at
    FROM wvl.outbox_recipients s
    WHERE s.id > (SELECT min(id) FROM given_up) AND s.state = 'sent'
        AND s.address = ANY (ARRAY(SELECT address FROM given_up))
    GROUP BY s.address
),
failed AS (
    SELECT count(*) AS failed,
        (array_agg(g.address ORDER BY g.done_at DESC))[1] AS address,
        (array_agg(g.last_reply ORDER BY g.done_at DESC))[1] AS reply,
        max(g.done_at) AS last_at
    FROM given_up g
    LEFT JOIN reached ON reached.address = g.address
    WHERE reached.at IS NULL OR reached.at <= g.done_at
),
stuck AS (
    SELECT count(*) FILTER (WHERE r.state = 'unknown') AS unknown,
        count(*) FILTER (WHERE r.state = 'held') AS held,
        (array_agg(r.last_reply ORDER BY r.id DESC) FILTER (WHERE r.state = 'held'))[1] AS held_reason
    FROM wvl.outbox_recipients r
    WHERE r.state IN ('failed', 'unknown', 'held') AND r.state <> 'failed'
)
SELECT waiting.queued, waiting.retry, waiting.oldest_at,
    (SELECT count(*) FROM wvl.outbox_recipients r WHERE r.state = 'sending') AS sending,
    failed.failed, failed.address AS failed_address, failed.reply AS failed_reply, failed.last_at AS failed_at,
    stuck.unknown, stuck.held, stuck.held_reason, waiting.struck, left_over.channels
FROM waiting, failed, stuck, left_over
