-- Delivery notes that are not invoiced, neither themselves nor with their order: what of them is not, by their lines. Old are
-- those delivered before the day $1 ($2: in this zone).
SELECT
    u.currency,
    count(*) AS count,
    trim_scale(coalesce(round(sum(u.amount), 6), 0)) AS amount,
    count(*) FILTER (WHERE u.day < $1) AS old_count,
    trim_scale(coalesce(round(sum(u.amount) FILTER (WHERE u.day < $1), 6), 0)) AS old_amount,
    min(u.day) AS oldest,
    min(u.day) FILTER (WHERE u.day < $1) AS old_oldest
FROM ({rows}) u
GROUP BY u.currency
