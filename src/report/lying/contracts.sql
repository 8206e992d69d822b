-- Contracts that were to be billed before $1. $2 is the zone of days.
SELECT
    d.currency,
    count(*) AS count,
    trim_scale(coalesce(round(sum(d.amount), 6), 0)) AS amount,
    0::bigint AS old_count,
    0::numeric AS old_amount,
    (min(d.next_billing_at) AT TIME ZONE $2)::date AS oldest,
    NULL::date AS old_oldest
FROM wvl.contracts d
WHERE d.status = 'active' AND d.next_billing_at < $1 AND {scope}
GROUP BY d.currency
