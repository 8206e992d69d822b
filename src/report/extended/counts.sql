-- What else was done from $1 up to $2, on the days $3; what is open, and what is over its date at $4. Amounts are in the
-- currency $5.
SELECT
    p.count AS purchase_orders, p.amount AS purchase_amount,
    t.opened AS tickets_opened, t.closed AS tickets_closed, t.open AS tickets_open, t.overdue AS tickets_overdue,
    k.done AS tasks_done, k.open AS tasks_open, k.overdue AS tasks_overdue
FROM (
        SELECT
            count(*) AS count,
            trim_scale(coalesce(round(sum(d.net_amount) FILTER (WHERE d.currency = $5), 6), 0)) AS amount
        FROM wvl.purchase_orders d
        WHERE d.order_date = ANY ($3) AND d.status <> 'void' AND {scope}
    ) p,
    (
        SELECT
            count(*) FILTER (WHERE d.opened_at >= $1 AND d.opened_at < $2) AS opened,
            count(*) FILTER (WHERE d.status = 'closed' AND d.closed_at >= $1 AND d.closed_at < $2) AS closed,
            count(*) FILTER (WHERE d.status <> 'closed') AS open,
            -- who waits for the customer is over no limit
            count(*) FILTER (WHERE d.status NOT IN ('closed', 'waiting') AND d.due_at <= $4) AS overdue
        FROM wvl.tickets d
        WHERE (d.status <> 'closed' OR d.closed_at >= $1 OR d.opened_at >= $1) AND {scope}
    ) t,
    (
        SELECT
            count(*) FILTER (WHERE d.done_at >= $1 AND d.done_at < $2) AS done,
            count(*) FILTER (WHERE d.status = 'open') AS open,
            count(*) FILTER (WHERE d.status = 'open' AND d.due_at <= $4) AS overdue
        FROM wvl.tasks d
        WHERE (d.status = 'open' OR d.done_at >= $1) AND {scope}
    ) k
