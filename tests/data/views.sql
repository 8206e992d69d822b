-- One of everything, with figures that can be done in the head (tests/views.rs).
INSERT INTO departments (name) VALUES ('Technik');
INSERT INTO employees (number, first_name, last_name) VALUES
    (3, 'Karin', 'Vogt'), (7, 'Bernd', 'Stell'), (14, 'Anna', 'Schmidt');
INSERT INTO partners (number, name, field_rep_id, inside_rep_id)
    SELECT '10001', 'Müller Bau GmbH', a.id, b.id FROM employees a, employees b WHERE (a.number, b.number) = (14, 7);
INSERT INTO products (number, name, product_group, cost) VALUES ('SW-24', 'Switch', 'Hardware', 300);
INSERT INTO documents (kind, number, status, title, partner_id, handler_id, department_id, document_date,
        follow_up_at, delivered_at, payment_due_at, net_amount, cost_amount, open_amount, invoicing_status)
    SELECT n.kind, n.number, n.status, n.title, partners.id, employees.id, departments.id, day::date,
        later::timestamptz, delivered::timestamptz, due::timestamptz, net, cost, open, coalesce(billed, 'none')
    FROM partners, departments, employees, (VALUES
        ('offer', 'AN-1', 'open', 'Firewall', '2026-11-02', '2026-11-20 00:00+01', NULL, NULL, 1000, 700, NULL, NULL),
        ('offer', 'AN-2', 'open', 'Lager', '2026-11-13', '2026-12-01 00:00+01', NULL, NULL, 500, NULL, NULL, NULL),
        ('offer', 'AN-3', 'lost', 'Kabel', '2026-11-13', NULL, NULL, NULL, 50, 20, NULL, NULL),
        ('invoice', 'RE-1', 'open', 'Switches', '2026-10-01', NULL, NULL, '2026-10-16 00:00+02', 680, 600, 809.20, NULL),
        ('invoice', 'RE-2', 'open', 'Wartung', '2026-11-20', NULL, NULL, '2026-11-24 00:00+01', 100, NULL, 119, NULL),
        ('invoice', 'RE-3', 'paid', 'Wartung', '2026-09-20', NULL, NULL, '2026-10-24 00:00+02', 100, 10, 0, NULL),
        ('invoice', 'RE-4', 'void', 'Irrtum', '2026-09-20', NULL, NULL, '2026-10-24 00:00+02', 100, 10, 119, NULL),
        ('credit_note', 'GS-1', 'open', 'Retoure', '2026-11-05', NULL, NULL, NULL, 340, 300, NULL, NULL),
        ('delivery_note', 'LS-1', 'open', 'Server', '2026-11-10', NULL, '2026-11-13 00:00+01', NULL, 1000, 800, NULL, 'partial'),
        ('delivery_note', 'LS-2', 'open', 'Kabel', '2026-11-16', NULL, NULL, NULL, 40, NULL, NULL, NULL),
        ('delivery_note', 'LS-3', 'open', 'Maus', '2026-11-16', NULL, NULL, NULL, 40, NULL, NULL, 'complete')
    ) AS n (kind, number, status, title, day, later, delivered, due, net, cost, open, billed)
    WHERE employees.number = 3;
INSERT INTO document_details (document_id, dunning_level) SELECT id, 2 FROM documents WHERE number = 'RE-1';
INSERT INTO document_lines (document_id, line, product_id, description, quantity, unit_price, discount_percent,
        unit_cost, invoiced_quantity)
    SELECT documents.id, n.line, products.id, n.text, n.quantity, n.price, n.discount, n.cost, n.billed
    FROM documents JOIN (VALUES
        ('RE-1', 1, '', 2, 400, 15, 300, 0),
        ('RE-1', 2, 'Anfahrt', 1, 0, 0, NULL, 0),
        ('LS-1', 1, 'Server', 4, 200, 0, 150, 1),
        ('LS-1', 2, 'Platte', 2, 100, 0, NULL, 2),
        ('LS-1', 3, 'Rahmen', 1, NULL, 0, NULL, 0)
    ) AS n (document, line, text, quantity, price, discount, cost, billed) ON n.document = documents.number
    LEFT JOIN products ON n.text = '';
INSERT INTO tickets (number, title, severity, status, handler_id, due_at)
    SELECT n.number, 'Drucker', 'high', n.status, id, n.due::timestamptz FROM employees, (VALUES
        ('T1', 'assigned', '2026-11-20 12:00+01'), ('T2', 'waiting', '2026-11-20 12:00+01'), ('T3', 'closed', NULL),
        ('T4', 'unread', '2026-12-20 12:00+01')) AS n (number, status, due) WHERE employees.number = 7;
INSERT INTO tasks (number, title, handler_id, due_at) SELECT 'A1', 'Anruf', id, '2026-11-21 00:00+01'
    FROM employees WHERE number = 7;
INSERT INTO contracts (number, name, partner_id, starts_at, ends_at, notice_by, amount)
    SELECT 'W-1', 'Wartung', id, '2026-01-01 00:00+01', '2027-01-01 00:00+01', '2026-11-01 00:00+01', 99.50 FROM partners;
INSERT INTO escalation_chains (type, item_id, due_version, step, last_at)
    SELECT 'offer-follow-up', id::text, floor(extract(epoch FROM follow_up_at) / 60), 102, '2026-11-22 09:00+01'
    FROM documents WHERE number = 'AN-1';
INSERT INTO escalation_steps (type, item_id, due_version, step, at, due_at, reference, title, recipients)
    SELECT 'offer-follow-up', id::text, floor(extract(epoch FROM follow_up_at) / 60), step, '2026-11-22 09:00+01',
        follow_up_at, number, title, '{}'
    FROM documents, unnest(ARRAY[1, 2, 101, 102]) AS step WHERE number = 'AN-1';
INSERT INTO escalation_silences (kind, type, item_id, reference, since, until)
    SELECT 'muted', 'offer-follow-up', id::text, number, '2026-11-22 09:00+01', '2026-12-01 00:00+01'
    FROM documents WHERE number = 'AN-1';
