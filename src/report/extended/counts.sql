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
        WHERE {purchased} AND {scope}
    ) p,
    (
        SELECT
            count(*) FILTER (WHERE {tickets_opened}) AS opened,
            count(*) FILTER (WHERE {tickets_closed}) AS closed,
            count(*) FILTER (WHERE {tickets_open}) AS open,
            count(*) FILTER (WHERE {tickets_overdue}) AS overdue
        FROM wvl.tickets d
        WHERE (d.status <> 'closed' OR d.closed_at >= $1 OR d.opened_at >= $1) AND {scope}
    ) t,
    (
        SELECT
            count(*) FILTER (WHERE {tasks_done}) AS done,
            count(*) FILTER (WHERE {tasks_open}) AS open,
            count(*) FILTER (WHERE {tasks_overdue}) AS overdue
        FROM wvl.tasks d
        WHERE (d.status = 'open' OR d.done_at >= $1) AND {scope}
    ) k
