-- Invoices whose last day to pay is over at $1, gross; old are those whose last day was over at $2. $3 is the zone of days.
SELECT
    d.currency,
    count(*) AS count,
    trim_scale(coalesce(round(sum(d.open_amount), 6), 0)) AS amount,
    count(*) FILTER (WHERE d.payment_due_at <= $2) AS old_count,
    trim_scale(coalesce(round(sum(d.open_amount) FILTER (WHERE d.payment_due_at <= $2), 6), 0)) AS old_amount,
    ((min(d.payment_due_at) AT TIME ZONE $3) - interval '1 microsecond')::date AS oldest,
    CASE WHEN min(d.payment_due_at) <= $2
        THEN ((min(d.payment_due_at) AT TIME ZONE $3) - interval '1 microsecond')::date END AS old_oldest
FROM wvl.documents d
WHERE {overdue} AND d.payment_due_at <= $1 AND {scope}
GROUP BY d.currency
