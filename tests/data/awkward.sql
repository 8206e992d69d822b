-- Documents that count otherwise than they look: tests of reports compute their figures in several ways, one of them by hand.
INSERT INTO departments (name) VALUES ('Vertrieb'), ('Technik');
INSERT INTO employees (number, first_name, last_name) VALUES (1, 'Anna', 'Weiß'), (2, 'Bernd', 'Stell');
INSERT INTO partners (number, name, field_rep_id) SELECT '10001', 'Müller Bau GmbH', id FROM employees WHERE number = 1;
INSERT INTO partners (number, name) VALUES ('10002', 'Müller Bau GmbH');
INSERT INTO products (number, name, product_group, price, cost) VALUES ('SW', 'Switch', 'Hardware', 100, 60), ('DL', 'Stunde', 'Dienst', 50, NULL);

INSERT INTO documents (kind, number, status, partner_id, department_id, document_date, net_amount, cost_amount, currency, voided_at)
SELECT v.kind, v.number, CASE WHEN v.number = 'RE-5' THEN 'void' ELSE 'open' END,
    CASE WHEN v.number <> 'RE-16' THEN p.id END, m.id, v.day::date, v.net, v.cost, v.currency,
    CASE WHEN v.number = 'RE-5' THEN timestamptz '2026-11-20 10:00+01' END
FROM (VALUES
    ('invoice', 'RE-1', '2026-11-02', 250, NULL, 'EUR'),
    ('invoice', 'RE-2', '2026-11-03', 254.97, 210, 'EUR'),
    -- without lines
    ('invoice', 'RE-3', '2026-11-04', 500, 300, 'EUR'),
    ('invoice', 'RE-4', '2026-11-04', 80, NULL, 'EUR'),
    ('invoice', 'RE-5', '2026-11-05', 1000, 100, 'EUR'),
    -- a price that nobody knows
    ('invoice', 'RE-6', '2026-11-05', NULL, NULL, 'EUR'),
    -- credit notes of programs with and without a minus sign
    ('credit_note', 'GS-1', '2026-11-06', 200, 120, 'EUR'),
    ('credit_note', 'GS-2', '2026-11-06', -100, -60, 'EUR'),
    ('credit_note', 'GS-3', '2026-11-06', 40, 20, 'EUR'),
    -- a project in parts; its last invoice lists everything and bills the rest
    ('order', 'AB-1', '2026-11-02', 5000, 3500, 'EUR'),
    ('invoice', 'RE-7', '2026-11-09', 1000, 0, 'EUR'),
    ('invoice', 'RE-8', '2026-11-10', 2000, 1500, 'EUR'),
    ('invoice', 'RE-9', '2026-11-11', 2000, 2000, 'EUR'),
    -- and one whose last invoice takes the advance off in a line
    ('invoice', 'RE-10', '2026-11-12', 2000, 2000, 'EUR'),
    ('invoice', 'RE-11', '2026-11-13', 700, 500, 'CHF'),
    ('invoice', 'RE-12', '2026-11-13', 900, NULL, 'USD'),
    -- on a Saturday, of nobody
    ('invoice', 'RE-16', '2026-11-14', 60, 45, 'EUR'),
    ('invoice', 'RE-14', '2026-11-16', NULL, NULL, 'EUR'),
    -- a slip of the pen
    ('invoice', 'RE-15', '2026-11-16', NULL, NULL, 'EUR'),
    -- of another month
    ('invoice', 'RE-17', '2026-10-31', 9999, 1, 'EUR')
) AS v (kind, number, day, net, cost, currency)
    JOIN partners p ON p.number = CASE WHEN v.number IN ('RE-2', 'RE-3') THEN '10002' ELSE '10001' END
    JOIN departments m ON m.name = CASE WHEN v.kind = 'order' THEN 'Vertrieb' ELSE 'Technik' END;

INSERT INTO document_details (document_id, tax_rate, invoice_kind, predecessor_id)
SELECT d.id, 19, v.kind, o.id
FROM (VALUES ('RE-7', 'advance'), ('RE-8', 'partial'), ('RE-9', 'final'), ('RE-10', 'final')) AS v (number, kind)
    JOIN documents d ON d.number = v.number
    LEFT JOIN documents o ON o.number = 'AB-1' AND v.number <> 'RE-10';

INSERT INTO document_lines (document_id, line, product_id, product_group, description, quantity, unit_price, discount_percent, unit_cost)
SELECT d.id, v.line, p.id, p.product_group, coalesce(p.name, 'Text'), v.quantity, v.price, v.discount, v.cost
FROM (VALUES
    ('RE-1', 1, 'SW', 2, 100, 0, 60), ('RE-1', 2, 'DL', 1, 50, 0, NULL), ('RE-1', 3, '', 0, 10, 0, NULL),
    ('RE-2', 1, 'SW', 3, 99.99, 15, 70),
    ('RE-5', 1, 'SW', 10, 100, 0, 10),
    ('RE-6', 1, 'SW', 2, NULL, 0, 10),
    ('GS-1', 1, 'SW', 2, 100, 0, 60),
    ('GS-2', 1, 'SW', -1, 100, 0, 60),
    ('AB-1', 1, 'SW', 1, 2000, 0, 1500), ('AB-1', 2, 'SW', 1, 3000, 0, 2000),
    ('RE-7', 1, '', 1, 1000, 0, 0),
    ('RE-8', 1, 'SW', 1, 2000, 0, 1500),
    ('RE-9', 1, 'SW', 1, 2000, 0, 1500), ('RE-9', 2, 'SW', 1, 3000, 0, 2000),
    ('RE-10', 1, 'SW', 1, 3000, 0, 2000), ('RE-10', 2, '', 1, -1000, 0, 0),
    ('RE-11', 1, 'SW', 1, 700, 0, 500),
    ('RE-16', 1, 'SW', 1, 60, 0, 45),
    ('RE-15', 1, 'SW', 99999999, 99999999, 0, 1),
    ('RE-17', 1, 'SW', 1, 9999, 0, 1)
) AS v (document, line, product, quantity, price, discount, cost)
    JOIN documents d ON d.number = v.document
    LEFT JOIN products p ON p.number = v.product;
