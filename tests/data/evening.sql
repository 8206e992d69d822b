-- One of everything that a figure could trip over (tests/report/evening). Monday 2026-11-23 holds the weekend before it; the Mondays it
-- is compared with are 16, 9, 2 November and 26 October.
INSERT INTO departments (name) VALUES ('Vertrieb'), ('Technik');
INSERT INTO employees (number, first_name, last_name) VALUES
    (1, 'Anna', 'Vogt'), (2, 'Bernd', 'Stell'), (3, 'Carla', 'Ott'), (4, 'Dirk', 'Noll'), (5, 'Eva', 'Lang'), (6, 'Falk', 'Reim');
INSERT INTO employee_assignments (employee_id, department_id)
    SELECT e.id, d.id FROM employees e, departments d WHERE d.name = CASE WHEN e.number <= 4 THEN 'Vertrieb' ELSE 'Technik' END;
INSERT INTO partners (number, name, field_rep_id) SELECT '10001', 'Müller Bau GmbH', id FROM employees WHERE number = 1;
INSERT INTO partners (number, name) VALUES ('10002', 'Kunz & Söhne'), ('10003', 'Lager AG');
INSERT INTO products (number, name, cost) VALUES ('SW-24', 'Switch', 300);

-- number, kind, day, status, net, cost, currency, customer, invoice kind; booked at noon of its day unless told otherwise
INSERT INTO documents (number, kind, document_date, status, net_amount, cost_amount, currency, partner_id, handler_id,
        department_id, booked_at, title)
    SELECT n.number, n.kind, n.day::date, n.status, n.net, n.cost, n.currency, p.id, e.id, t.id,
        coalesce(n.booked, n.day || ' 12:00+01')::timestamptz, 'Lieferung'
    FROM (VALUES
        ('AN-1', 'offer', '2026-11-23', 'open', 1000, 700, 'EUR', '10001', 1, NULL, NULL),
        ('AN-2', 'offer', '2026-11-21', 'won', 500.55, NULL, 'EUR', '10002', 2, NULL, NULL),
        ('AN-3', 'offer', '2026-11-23', 'void', 9999, 1, 'EUR', '10002', 2, NULL, NULL),
        ('AN-4', 'offer', '2026-11-23', 'open', NULL, NULL, 'EUR', '10003', 2, NULL, NULL),
        ('AN-5', 'offer', '2026-11-16', 'lost', 7000, NULL, 'EUR', '10003', 5, NULL, NULL),
        ('AN-6', 'offer', '2026-11-09', 'open', 300.10, NULL, 'EUR', NULL, NULL, NULL, NULL),
        ('AN-7', 'offer', '2026-11-23', 'open', 250, NULL, 'CHF', '10003', 5, NULL, NULL),
        ('AB-1', 'order', '2026-11-23', 'open', 18400, 14000, 'EUR', '10001', 1, NULL, NULL),
        ('AB-2', 'order', '2026-11-22', 'open', 600, 570, 'EUR', '10002', 5, NULL, NULL),
        ('AB-3', 'order', '2026-11-16', 'open', 1200.01, NULL, 'EUR', '10002', 2, NULL, NULL),
        ('AB-4', 'order', '2026-11-09', 'void', 5000, NULL, 'EUR', '10002', 2, NULL, NULL),
        ('AB-5', 'order', '2026-11-02', 'closed', 400, NULL, 'EUR', '10003', 5, 'Technik', NULL),
        -- of a Saturday before a Monday, in the month before
        ('AB-6', 'order', '2026-10-31', 'open', 50, NULL, 'EUR', '10003', 5, NULL, NULL),
        ('AB-7', 'order', '2026-10-26', 'open', 90, NULL, 'EUR', '10003', 1, NULL, NULL),
        ('AB-8', 'order', '2026-11-05', 'open', 3200, NULL, 'CHF', '10003', 1, NULL, NULL),
        -- dated ahead
        ('AB-9', 'order', '2026-11-24', 'open', 77, NULL, 'EUR', '10003', 1, NULL, '2026-11-23 17:00+01'),
        ('LS-1', 'delivery_note', '2026-11-23', 'open', 400, NULL, 'EUR', '10001', 6, NULL, NULL),
        ('LS-2', 'delivery_note', '2026-11-02', 'open', 800, 600, 'EUR', '10002', 6, NULL, NULL),
        ('LS-3', 'delivery_note', '2026-11-12', 'closed', 60, NULL, 'EUR', '10002', 6, NULL, NULL),
        ('LS-4', 'delivery_note', '2026-11-12', 'void', 61, NULL, 'EUR', '10002', 6, NULL, NULL),
        ('LS-5', 'delivery_note', '2026-11-13', 'open', 70, NULL, 'CHF', '10002', 6, NULL, NULL),
        ('RE-1', 'invoice', '2026-11-23', 'open', 780, 600, 'EUR', '10001', 1, NULL, NULL),
        -- an advance, a part, and two ways to bill the rest
        ('RE-2', 'invoice', '2026-11-22', 'open', 1000, 0, 'EUR', '10001', 1, NULL, NULL),
        ('RE-3', 'invoice', '2026-11-16', 'open', 500, 300, 'EUR', '10001', 2, NULL, NULL),
        ('RE-4', 'invoice', '2026-11-23', 'open', 500, 900, 'EUR', '10001', 2, NULL, NULL),
        ('RE-5', 'invoice', '2026-11-20', 'open', 500, 900, 'EUR', '10002', 5, NULL, NULL),
        ('RE-6', 'invoice', '2026-11-20', 'void', 4000, 10, 'EUR', '10002', 5, NULL, NULL),
        -- without lines
        ('RE-7', 'invoice', '2026-11-20', 'open', 300, 100, 'EUR', '10002', 5, NULL, NULL),
        ('RE-8', 'invoice', '2026-11-23', 'paid', 200, NULL, 'EUR', '10002', 5, NULL, NULL),
        ('RE-9', 'invoice', '2026-11-19', 'open', NULL, NULL, 'EUR', '10002', NULL, NULL, NULL),
        ('RE-10', 'invoice', '2026-11-23', 'open', 800, 500, 'CHF', '10003', 6, NULL, NULL),
        ('RE-11', 'invoice', '2026-10-26', 'open', 80, 50, 'USD', '10003', 6, NULL, NULL),
        -- a slip of the pen in one line
        ('RE-12', 'invoice', '2026-11-09', 'open', 50, 20, 'EUR', '10003', 6, NULL, NULL),
        -- a final one that lists everything, half of it without cost or price
        ('RE-13', 'invoice', '2026-11-09', 'open', 120, NULL, 'EUR', '10003', 6, NULL, NULL),
        ('RE-14', 'invoice', '2026-11-10', 'open', 130, 10, 'EUR', '10003', 6, NULL, NULL),
        ('RE-15', 'invoice', '2026-11-10', 'open', 95.13, 31, 'EUR', '10003', 6, NULL, '2026-11-23 18:00+01'),
        ('RE-16', 'invoice', '2026-11-02', 'open', -40, -20, 'EUR', '10003', 6, NULL, NULL),
        -- of both signs, without lines, with lines of both signs
        ('GS-1', 'credit_note', '2026-11-23', 'open', 340, 300, 'EUR', '10001', 1, NULL, NULL),
        ('GS-2', 'credit_note', '2026-11-23', 'open', -100, -60, 'EUR', '10001', 1, NULL, NULL),
        ('GS-3', 'credit_note', '2026-11-12', 'open', 50, NULL, 'EUR', '10001', 1, NULL, NULL),
        ('GS-4', 'credit_note', '2026-11-12', 'void', 900, NULL, 'EUR', '10001', 1, NULL, NULL),
        ('GS-5', 'credit_note', '2026-11-09', 'open', 80, 40, 'EUR', '10002', 2, NULL, NULL),
        ('GS-6', 'credit_note', '2026-11-09', 'open', NULL, NULL, 'EUR', '10002', 2, NULL, NULL),
        ('GS-7', 'credit_note', '2026-11-16', 'open', 15, 5, 'CHF', '10002', 2, NULL, NULL)
    ) AS n (number, kind, day, status, net, cost, currency, customer, handler, department, booked)
    LEFT JOIN partners p ON p.number = n.customer LEFT JOIN employees e ON e.number = n.handler
    LEFT JOIN departments t ON t.name = n.department;
UPDATE documents SET closed_at = '2026-11-18 10:00+01' WHERE number = 'AN-5';
INSERT INTO document_details (document_id, invoice_kind)
    SELECT id, n.kind FROM documents JOIN (VALUES
        ('RE-2', 'advance'), ('RE-3', 'partial'), ('RE-4', 'final'), ('RE-5', 'final'), ('RE-13', 'final'), ('RE-14', 'final')
    ) AS n (document, kind) ON n.document = number;
INSERT INTO document_lines (document_id, line, product_id, description, quantity, unit_price, discount_percent, unit_cost)
    SELECT d.id, n.line, CASE WHEN n.text = '' THEN r.id END, n.text, n.quantity, n.price, n.discount, n.cost
    FROM documents d JOIN (VALUES
        ('AB-1', 1, 'Server', 4, 4600, 0, 3500),
        ('AB-2', 1, 'Kabel', 6, 100, 0, 95),
        ('LS-2', 1, 'Rechner', 2, 300, 0, 250), ('LS-2', 2, 'Bildschirm', 1, 200, 0, 100),
        -- a discount, a service without cost, a text, a line without a price
        ('RE-1', 1, '', 2, 400, 15, 300), ('RE-1', 2, 'Anfahrt', 1, 100, 0, NULL), ('RE-1', 3, 'Danke', 0, 5, 0, NULL),
        ('RE-1', 4, 'nach Aufwand', 1, NULL, 0, 5),
        ('RE-2', 1, 'Anzahlung', 1, 1000, 0, 0),
        ('RE-3', 1, 'Teil', 1, 500, 0, 300),
        ('RE-4', 1, 'Anlage', 1, 2000, 0, 1200), ('RE-4', 2, 'Stunden', 3, 0.333, 0, NULL),
        ('RE-5', 1, 'Anlage', 1, 2000, 0, 1200), ('RE-5', 2, 'Anzahlung', -1, 1000, 0, 0), ('RE-5', 3, 'Teil', -1, 500, 0, 300),
        ('RE-10', 1, 'Uhr', 1, 800, 0, 500),
        ('RE-11', 1, 'Hut', 1, 80, 0, 50),
        ('RE-12', 1, 'Schraube', 1, 50, 0, 20), ('RE-12', 2, 'Tippfehler', 1000000000, 1000000000, 0, 1),
        ('RE-13', 1, 'Halle', 1, 700, 0, NULL), ('RE-13', 2, 'Tor', 1, 20, 0, 7),
        ('RE-14', 1, 'Zaun', 1, 400, 0, 300), ('RE-14', 2, 'Pforte', 1, NULL, 0, 3),
        ('RE-15', 1, 'Farbe', 3, 33.333, 4.9, 10.3334),
        ('RE-16', 1, 'Rückgabe', -1, 40, 0, 20),
        ('GS-1', 1, 'Switch', 1, 340, 0, 300),
        ('GS-2', 1, 'Kabel', -1, 100, 0, 60),
        ('GS-5', 1, 'Maus', 1, 100, 0, 50), ('GS-5', 2, 'Pauschale', -1, 20, 0, 10),
        ('GS-6', 1, 'Taste', 1, 12, 0, 8), ('GS-6', 2, 'Arbeit', 1, 30, 0, NULL),
        ('GS-7', 1, 'Band', 1, 15, 0, 5)
    ) AS n (document, line, text, quantity, price, discount, cost) ON n.document = d.number
    CROSS JOIN products r;
