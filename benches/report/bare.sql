-- heads
SELECT document_date, kind, currency, count(*), sum(net_amount)
FROM wvl.documents WHERE document_date = ANY ({days}) AND status <> 'void' GROUP BY 1, 2, 3;
-- lines
SELECT d.document_date, d.kind, d.currency,
    sum(round(l.quantity * l.unit_price * (1 - l.discount_percent / 100), 2)) FILTER (WHERE l.unit_cost IS NOT NULL),
    sum(round(l.quantity * l.unit_cost, 2)),
    sum(round(l.quantity * l.unit_price * (1 - l.discount_percent / 100), 2)) FILTER (WHERE l.unit_cost IS NULL),
    count(*) FILTER (WHERE l.unit_cost IS NULL)
FROM wvl.documents d JOIN wvl.document_lines l ON l.document_id = d.id
WHERE d.document_date = ANY ({days}) AND d.kind IN ('invoice', 'credit_note') AND d.status <> 'void' GROUP BY 1, 2, 3;
-- what final invoices take off
SELECT d.document_date, d.currency, sum(d.net_amount - l.net), sum(d.cost_amount - l.cost)
FROM wvl.documents d
    CROSS JOIN LATERAL (
        SELECT sum(round(quantity * unit_price * (1 - discount_percent / 100), 2)) AS net, sum(round(quantity * unit_cost, 2)) AS cost
        FROM wvl.document_lines WHERE document_id = d.id) l
WHERE d.document_date = ANY ({days}) AND d.kind = 'invoice' AND d.status <> 'void'
    AND (SELECT invoice_kind FROM wvl.document_details WHERE document_id = d.id) = 'final'
GROUP BY 1, 2;
-- advances
SELECT sum(d.net_amount) FROM wvl.documents d JOIN wvl.document_details y ON y.document_id = d.id
WHERE d.document_date = ANY ({span}) AND d.kind = 'invoice' AND y.invoice_kind = 'advance' AND d.status <> 'void';
-- lines without cost
SELECT d.number, l.line, l.description, l.quantity * l.unit_price AS net
FROM wvl.documents d JOIN wvl.document_lines l ON l.document_id = d.id
WHERE d.document_date = ANY ({span}) AND d.kind IN ('invoice', 'credit_note') AND d.status <> 'void' AND l.unit_cost IS NULL
ORDER BY 4 DESC LIMIT 3;
-- targets
SELECT month, figure, currency, sum(amount) FROM wvl.v_targets WHERE month = date_trunc('month', {day}) GROUP BY 1, 2, 3;
-- low margin
SELECT d.kind, d.number, p.name, l.net, l.cost
FROM wvl.documents d LEFT JOIN wvl.partners p ON p.id = d.partner_id
    CROSS JOIN LATERAL (
        SELECT sum(round(quantity * unit_price * (1 - discount_percent / 100), 2)) AS net, sum(round(quantity * unit_cost, 2)) AS cost,
            bool_and(unit_cost IS NOT NULL) AS is_known
        FROM wvl.document_lines WHERE document_id = d.id) l
WHERE d.document_date = ANY ({span}) AND d.kind IN ('order', 'invoice') AND d.status <> 'void' AND d.net_amount >= 500
    AND l.is_known AND l.cost > 0.9 * l.net
ORDER BY l.cost / l.net DESC LIMIT 20;
-- largest
SELECT number, net_amount FROM wvl.documents
WHERE document_date = ANY ({span}) AND kind = 'order' AND status <> 'void' AND net_amount >= 5000 ORDER BY 2 DESC LIMIT 1;
-- lost
SELECT number, net_amount FROM wvl.documents
WHERE kind = 'offer' AND status = 'lost' AND closed_at >= {day}::timestamptz AND closed_at < {day} + 1 AND net_amount >= 5000
ORDER BY 2 DESC LIMIT 20;
-- tickets
SELECT number, due_at FROM wvl.tickets
WHERE severity IN ('immediate', 'high', 'standard') AND status NOT IN ('closed', 'waiting') AND due_at <= {day} + time '18:30'
ORDER BY due_at LIMIT 20;
-- notices
SELECT number, notice_by FROM wvl.contracts WHERE status = 'active' AND notice_by > {day} AND notice_by <= {day} + 8;
-- last stages
SELECT type, item_id FROM wvl.escalation_steps WHERE step = 3 AND at >= {day} AND at < {day} + 1 AND NOT baseline;
-- unbilled
SELECT d.currency, count(DISTINCT d.id), sum((l.quantity - l.invoiced_quantity - l.covered_quantity) * l.unit_price * (1 - l.discount_percent / 100))
FROM wvl.documents d JOIN wvl.document_lines l ON l.document_id = d.id
WHERE d.kind = 'delivery_note' AND d.status = 'open' AND d.invoicing_status <> 'complete' GROUP BY 1;
-- overdue
SELECT currency, count(*), sum(open_amount), sum(open_amount) FILTER (WHERE payment_due_at <= {day} - 60)
FROM wvl.documents WHERE kind = 'invoice' AND status = 'open' AND open_amount > 0 AND payment_due_at <= {day} GROUP BY 1;
-- billing
SELECT currency, count(*), sum(amount) FROM wvl.contracts WHERE status = 'active' AND next_billing_at < {day} + 1 GROUP BY 1;
-- promised
SELECT number, net_amount FROM wvl.documents
WHERE kind = 'order' AND status = 'open' AND delivery_status <> 'complete' AND delivery_due_at > {day} + 1
    AND delivery_due_at <= {day} + 4 AND net_amount >= 10000;
-- to be followed up
SELECT number, net_amount FROM wvl.documents
WHERE kind = 'offer' AND status = 'open' AND follow_up_at > {day} + 1 AND follow_up_at <= {day} + 4 AND net_amount >= 10000;
-- birthdays
SELECT c.last_name, p.name FROM wvl.contact_persons c JOIN wvl.partners p ON p.id = c.partner_id
WHERE c.active AND p.active AND to_char(c.birthday, 'MM-DD') IN (to_char({day} + 1, 'MM-DD'), to_char({day} + 2, 'MM-DD'), to_char({day} + 3, 'MM-DD'));
-- absent
SELECT count(*) FROM wvl.absences WHERE {day} + 3 BETWEEN first_day AND last_day;
