-- Invoices whose last day to pay is over at $1, gross; old are those whose last day was over at $2. $3 is the zone of days.
SELECT
    u.currency,
    count(*) AS count,
    trim_scale(coalesce(round(sum(u.amount), 6), 0)) AS amount,
    count(*) FILTER (WHERE u.payment_due_at <= $2) AS old_count,
    trim_scale(coalesce(round(sum(u.amount) FILTER (WHERE u.payment_due_at <= $2), 6), 0)) AS old_amount,
    ((min(u.payment_due_at) AT TIME ZONE $3) - interval '1 microsecond')::date AS oldest,
    ((min(u.payment_due_at) FILTER (WHERE u.payment_due_at <= $2) AT TIME ZONE $3) - interval '1 microsecond')::date AS old_oldest
FROM ({rows}) u
GROUP BY u.currency
