-- Each business is a chain: offer, order, delivery note, invoice. A business stands at one stage, and the due date of that
-- stage lies n working days from the demo's day. One for each working day of the last two or three weeks: so there is
-- always one at every stage of the escalation, whatever the hour, weekday or holiday at which the demo starts.

CREATE TEMP TABLE demo_businesses ON COMMIT DROP AS
SELECT row_number() OVER (ORDER BY place, n) AS business, stage, n, stage = 'offer' AND place = 2 AND n = -3 AS moved, (row_number() OVER (ORDER BY place, n) * 13) % 20 AS project
FROM (VALUES
    (1, 'offer', -12, 24), (2, 'offer', -6, -2), (3, 'lost', -30, -21), (4, 'to_pick', -8, 6), (5, 'to_deliver', -9, 10),
    (6, 'to_invoice', -18, 0), (7, 'to_pay', -14, 16), (8, 'paid', -40, -3)
) AS stages (place, stage, first_n, last_n)
    CROSS JOIN LATERAL generate_series(first_n, last_n) AS n
-- what lies far ahead is thinner
WHERE n <= 1 OR n % 2 = 0;

-- The documents of each business, dated back from its stage, with their numbers.
CREATE TEMP TABLE demo_documents ON COMMIT DROP AS
SELECT
    b.business, b.stage, b.project, b.n, b.moved, step, kind, status, w.day AS written, CASE WHEN b.moved THEN i.day ELSE x.day END AS due,
    pg_temp.morning(w.day) + interval '9 hours' + b.business % 8 * interval '53 minutes' AS booked_at,
    prefix || to_char(w.day, 'YY') || '-' || 1000 + row_number() OVER (PARTITION BY kind ORDER BY w.day, b.business) AS number
FROM demo_businesses b
    JOIN (VALUES
        ('offer', 1, 'offer', 'AN', 'open', -12), ('lost', 1, 'offer', 'AN', 'lost', -12),
        ('to_pick', 1, 'offer', 'AN', 'won', -16), ('to_pick', 2, 'order', 'AB', 'open', -5),
        ('to_deliver', 1, 'offer', 'AN', 'won', -22), ('to_deliver', 2, 'order', 'AB', 'open', -12),
        ('to_invoice', 1, 'offer', 'AN', 'won', -26), ('to_invoice', 2, 'order', 'AB', 'closed', -14),
        ('to_invoice', 3, 'delivery_note', 'LS', 'open', 0),
        ('to_pay', 1, 'offer', 'AN', 'won', -39), ('to_pay', 2, 'order', 'AB', 'closed', -28),
        ('to_pay', 3, 'delivery_note', 'LS', 'closed', -14), ('to_pay', 4, 'invoice', 'RE', 'open', -10),
        ('paid', 4, 'invoice', 'RE', 'paid', -12)
    ) AS chain (stage, step, kind, prefix, status, back) ON chain.stage = b.stage
    JOIN demo_days x ON x.n = b.n
    -- the offer that was put off (agenda.sql) begins with its first follow-up
    JOIN demo_days i ON i.n = -12
    JOIN demo_days w ON w.n = least(b.n + chain.back, -1);

-- A service has no known cost: the sum of costs is then unknown too and no margin is claimed.
CREATE TEMP TABLE demo_sums ON COMMIT DROP AS
SELECT project,
    sum(round(quantity * price * (1 - pg_temp.discount(quantity) / 100), 2)) AS net,
    CASE WHEN count(*) = count(cost) THEN sum(round(quantity * cost, 2)) END AS cost
FROM demo_parts
GROUP BY project;

-- A business has one customer and one field representative in all its documents.
INSERT INTO wvl.documents (kind, number, status, title, partner_id, department_id, handler_id, field_rep_id, document_date,
    booked_at, created_at, follow_up_at, commissioning_due_at, delivery_due_at, delivered_at, payment_due_at, picked_at,
    paid_at, closed_at, net_amount, cost_amount, open_amount, delivery_status, invoicing_status)
SELECT
    d.kind, d.number, d.status, j.title, p.id, a.department_id, h.id,
    -- now and then the head of sales has won the business himself
    CASE WHEN d.business % 17 = 0 THEN b.id END,
    d.written, d.booked_at, d.booked_at,
    CASE
        WHEN d.kind = 'offer' THEN pg_temp.morning(CASE WHEN d.stage IN ('offer', 'lost') THEN d.due ELSE d.written + 7 END)
        WHEN d.stage = 'to_pay' AND d.kind = 'invoice' AND (d.n BETWEEN -7 AND -1 OR d.n > 8) THEN pg_temp.morning(d.due)
    END,
    CASE WHEN d.kind = 'order' THEN pg_temp.evening(CASE WHEN d.stage = 'to_pick' THEN d.due ELSE d.written + 7 END) END,
    CASE WHEN d.kind = 'order' THEN pg_temp.evening(CASE d.stage WHEN 'to_deliver' THEN d.due WHEN 'to_pick' THEN d.due + 21
        ELSE d.written + 14 END) END,
    CASE WHEN d.kind = 'delivery_note' THEN pg_temp.morning(CASE WHEN d.stage = 'to_invoice' THEN d.due ELSE d.written END) END,
    CASE WHEN d.kind = 'invoice' THEN pg_temp.evening(d.due) END,
    CASE WHEN d.kind = 'order' AND d.stage <> 'to_pick' THEN pg_temp.morning(d.written + 4) + interval '11 hours' END,
    CASE WHEN d.status = 'paid' THEN pg_temp.morning(d.due) + interval '8 hours' END,
    CASE WHEN d.status <> 'open' THEN pg_temp.morning(least(d.due, d.written + 10)) + interval '15 hours' END,
    s.net, s.cost,
    CASE WHEN d.kind = 'invoice' THEN CASE WHEN d.status = 'open' THEN round(s.net * 1.19, 2) ELSE 0 END END,
    CASE WHEN d.kind = 'order' AND d.stage IN ('to_invoice', 'to_pay') THEN 'complete'
        WHEN d.kind = 'order' AND d.stage = 'to_deliver' AND d.n % 3 = 0 THEN 'partial' ELSE 'none' END,
    CASE WHEN d.kind IN ('order', 'delivery_note') AND d.stage = 'to_pay' THEN 'complete' ELSE 'none' END
FROM demo_documents d
    JOIN demo_projects j USING (project)
    JOIN demo_sums s USING (project)
    JOIN demo_partners k ON k.n = 1 + (d.business * 23 + d.business / 5) % 52
    JOIN wvl.partners p ON p.matchcode = upper(k.matchcode)
    JOIN wvl.employees b ON b.number = 201
    JOIN wvl.employees h ON h.number = CASE d.kind
        WHEN 'offer' THEN CASE WHEN d.business % 2 = 0 THEN 204 ELSE 205 END
        WHEN 'order' THEN CASE WHEN d.business % 3 = 0 THEN 303 ELSE 302 END
        WHEN 'delivery_note' THEN 204
        ELSE 401 END
    LEFT JOIN wvl.employee_assignments a ON a.employee_id = h.id
ORDER BY d.written, d.business, d.step;

INSERT INTO wvl.document_details (document_id, tax_rate, predecessor_id, created_at)
SELECT d.id, 19, p.id, d.created_at
FROM demo_documents o
    JOIN wvl.documents d USING (kind, number)
    LEFT JOIN demo_documents b ON b.business = o.business AND b.step = o.step - 1
    LEFT JOIN wvl.documents p ON p.kind = b.kind AND p.number = b.number;

-- Partly delivered means: the first line is there.
INSERT INTO wvl.document_lines (document_id, line, product_id, product_group, description, quantity, unit, unit_price,
    discount_percent, unit_cost, delivered_quantity, invoiced_quantity, created_at)
SELECT
    d.id, t.line, t.id, t.product_group, t.name, t.quantity, t.unit, t.price, pg_temp.discount(t.quantity), t.cost,
    CASE WHEN d.kind = 'offer' THEN 0 WHEN d.delivery_status = 'complete' OR d.kind IN ('delivery_note', 'invoice') THEN t.quantity
        WHEN d.delivery_status = 'partial' AND t.line = 1 THEN t.quantity ELSE 0 END,
    CASE WHEN d.invoicing_status = 'complete' OR d.kind = 'invoice' THEN t.quantity ELSE 0 END,
    d.created_at
FROM wvl.documents d
    JOIN demo_documents USING (kind, number)
    JOIN demo_parts t USING (project);

-- Licences sold a year ago: one ran out on each of the last working days, others will in 7, 30 and 90 days and later.
CREATE TEMP TABLE demo_licences ON COMMIT DROP AS
SELECT row_number() OVER (ORDER BY day) AS licence, day, (day - interval '1 year')::date AS sold
FROM (
    SELECT day FROM demo_days WHERE n BETWEEN -13 AND -1
    UNION ALL
    SELECT day + ahead FROM demo_days CROSS JOIN unnest(ARRAY[3, 7, 18, 30, 55, 90, 140, 200]) AS ahead WHERE n = 0
) AS days;

INSERT INTO wvl.documents (kind, number, status, title, partner_id, department_id, handler_id, document_date, booked_at,
    created_at, payment_due_at, paid_at, closed_at, net_amount, cost_amount, open_amount)
SELECT 'invoice', 'RE' || to_char(l.sold, 'YY') || '-' || 500 + l.licence, 'paid', 'Lizenzen ' || split_part(t.name, ',', 1), p.id,
    a.department_id, h.id, l.sold, pg_temp.morning(l.sold) + interval '10 hours', pg_temp.morning(l.sold) + interval '10 hours',
    pg_temp.evening(l.sold + 14), pg_temp.morning(l.sold + 12) + interval '9 hours', pg_temp.morning(l.sold + 12) + interval '9 hours',
    t.price * (2 + l.licence % 9), t.cost * (2 + l.licence % 9), 0
FROM demo_licences l
    JOIN (SELECT row_number() OVER (ORDER BY number) - 1 AS place, * FROM wvl.products WHERE product_group = 'Software') t
        ON t.place = l.licence % 6
    JOIN demo_partners k ON k.n = 1 + (l.licence * 19) % 52
    JOIN wvl.partners p ON p.matchcode = upper(k.matchcode)
    JOIN wvl.employees h ON h.number = CASE WHEN l.licence % 2 = 0 THEN 204 ELSE 205 END
    LEFT JOIN wvl.employee_assignments a ON a.employee_id = h.id;

INSERT INTO wvl.document_lines (document_id, line, product_id, product_group, description, quantity, unit, unit_price, unit_cost,
    delivered_quantity, invoiced_quantity, licence_expires_at, created_at)
SELECT d.id, 1, t.id, t.product_group, t.name, 2 + l.licence % 9, t.unit, t.price, t.cost, 2 + l.licence % 9, 2 + l.licence % 9,
    pg_temp.evening(l.day), d.created_at
FROM demo_licences l
    JOIN wvl.documents d ON d.kind = 'invoice' AND d.number = 'RE' || to_char(l.sold, 'YY') || '-' || 500 + l.licence
    JOIN (SELECT row_number() OVER (ORDER BY number) - 1 AS place, * FROM wvl.products WHERE product_group = 'Software') t
        ON t.place = l.licence % 6;
