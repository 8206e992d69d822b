-- How many mails each address got within the hour, perhaps got, or is about to get from another claim.
-- $1 addresses, $2 recipients of the present claim.
SELECT key,
    (SELECT count(*) FROM wvl.outbox_recipients AS r
     WHERE r.brake_key = key AND r.done_at > now() - interval '1 hour' AND r.state IN ('sent', 'unknown'))
    + (SELECT count(*) FROM wvl.outbox_recipients AS r
     WHERE r.brake_key = key AND r.done_at IS NULL AND r.state = 'sending' AND r.id <> ALL ($2)) AS count
FROM unnest($1) AS key
