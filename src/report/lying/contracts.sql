-- Contracts that were to be billed before $1. $2 is the zone of days.
SELECT
    u.currency,
    count(*) AS count,
    trim_scale(coalesce(round(sum(u.amount), 6), 0)) AS amount,
    0::bigint AS old_count,
    0::numeric AS old_amount,
    min(u.day) AS oldest,
    NULL::date AS old_oldest
FROM ({rows}) u
GROUP BY u.currency
