-- How many mails each address got within the hour, perhaps got, or is about to get from another claim.
-- $1 addresses, $2 recipients of the present claim.

-- What is on its way by all senders: few, whatever is held or queued for the same addresses.
WITH on_its_way AS MATERIALIZED (
    SELECT r.brake_key
    FROM wvl.outbox_recipients AS r
    WHERE r.state = 'sending' AND r.brake_key IS NOT NULL AND r.id <> ALL ($2)
)
SELECT key,
    (SELECT count(*) FROM wvl.outbox_recipients AS r
     WHERE r.brake_key = key AND r.done_at > now() - interval '1 hour' AND r.state IN ('sent', 'unknown'))
    + (SELECT count(*) FROM on_its_way WHERE brake_key = key) AS count
FROM unnest($1) AS key
