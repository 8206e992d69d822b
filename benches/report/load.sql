-- {size} documents of a year up to {last}, every day as many, each with four lines. Written as a superuser with the triggers
-- off: what they would derive is written as it would be.
SET session_replication_role = replica;
SET search_path = wvl, pg_catalog;
SET timezone = 'Europe/Berlin';
TRUNCATE document_lines, document_details, document_events, documents, tickets, ticket_events, contracts, contact_persons,
    partners, products, employee_assignments, employees, departments, escalation_steps, report_editions, outbox_messages CASCADE;
INSERT INTO departments (id, name) SELECT n, 'Abteilung ' || n FROM generate_series(1, 8) n;
INSERT INTO employees (id, number, first_name, last_name, email)
    SELECT n, 100 + n, 'Vorname', 'Nachname ' || n, 'm' || n || '@bench.example' FROM generate_series(1, 60) n;
INSERT INTO employee_assignments (employee_id, department_id) SELECT n, 1 + n % 8 FROM generate_series(1, 60) n;
INSERT INTO partners (id, number, name, field_rep_id) SELECT n, n, 'Kunde ' || n, 1 + n % 60 FROM generate_series(1, 20000) n;
INSERT INTO contact_persons (number, partner_id, last_name, birthday)
    SELECT n, n, 'Ansprechpartner ' || n, '1960-01-01'::date + n % 15000 FROM generate_series(1, 20000) n;
INSERT INTO products (id, number, name, cost) SELECT n, n, 'Artikel ' || n, n % 300 FROM generate_series(1, 2000) n;
INSERT INTO contracts (number, name, partner_id, amount, next_billing_at, notice_by)
    SELECT n, 'Vertrag ' || n, n, n % 900, '{last}'::date - 20 + n % 365, '{last}'::date - 20 + n % 365 FROM generate_series(1, 5000) n;

-- a quarter of the lines without cost, a fifth with a discount
INSERT INTO document_lines (document_id, line, product_id, description, quantity, unit_price, discount_percent, unit_cost)
SELECT d, n, 1 + (d * 7 + n) % 2000, 'Position ' || n, 1 + (d + n) % 5, 10 + ((d * 37 + n * 113) % 90000) / 100.0,
    CASE WHEN (d + n) % 5 = 0 THEN 10 ELSE 0 END,
    CASE WHEN (d * 3 + n) % 4 <> 0 THEN round((10 + ((d * 37 + n * 113) % 90000) / 100.0) * 0.75, 2) END
FROM generate_series(1, {size}) d, generate_series(1, 4) n;
INSERT INTO documents (id, kind, number, status, title, partner_id, department_id, handler_id, document_date, booked_at,
        follow_up_at, delivery_due_at, delivered_at, payment_due_at, closed_at, net_amount, cost_amount, open_amount, currency,
        delivery_status, invoicing_status)
SELECT d.id, d.kind, d.id, s.status, 'Beleg', 1 + d.id % 20000, 1 + d.id % 8, 1 + d.id % 60, d.day, d.day + time '12:00',
    CASE WHEN d.kind = 'offer' AND s.status = 'open' THEN d.day + 21 END,
    CASE WHEN d.kind = 'order' THEN d.day + 14 END,
    CASE WHEN d.kind = 'delivery_note' THEN d.day + time '12:00' END,
    CASE WHEN d.kind = 'invoice' THEN d.day + 15 END,
    CASE WHEN s.status <> 'open' THEN least(d.day + 10, '{last}') END,
    CASE WHEN d.is_final THEN round(l.net / 2, 2) ELSE l.net END,
    CASE WHEN l.is_costed THEN CASE WHEN d.is_final THEN round(l.cost / 2, 2) ELSE l.cost END END,
    CASE WHEN d.kind = 'invoice' THEN CASE WHEN s.status = 'open' THEN round(l.net * 1.19, 2) ELSE 0 END END,
    CASE WHEN d.id % 50 = 0 THEN 'CHF' ELSE 'EUR' END,
    CASE WHEN d.kind = 'order' AND s.status = 'closed' THEN 'complete' ELSE 'none' END,
    CASE WHEN d.kind IN ('order', 'delivery_note') AND s.status = 'closed' THEN 'complete' ELSE 'none' END
FROM (
        SELECT n AS id, '{last}'::date - 364 + (n::bigint * 365 / ({size} + 1))::integer AS day, k.kind,
            k.kind = 'invoice' AND n % 33 = 0 AS is_final
        FROM generate_series(1, {size}) n, LATERAL (
            SELECT CASE WHEN n * 61 % 100 < 25 THEN 'offer' WHEN n * 61 % 100 < 47 THEN 'order'
                WHEN n * 61 % 100 < 67 THEN 'delivery_note' WHEN n * 61 % 100 < 98 THEN 'invoice' ELSE 'credit_note' END AS kind
        ) k
    ) d
    JOIN (
        SELECT document_id, sum(round(quantity * unit_price * (1 - discount_percent / 100), 2)) AS net,
            sum(round(quantity * unit_cost, 2)) AS cost, bool_and(unit_cost IS NOT NULL) AS is_costed
        FROM document_lines GROUP BY 1
    ) l ON l.document_id = d.id
    CROSS JOIN LATERAL (
        SELECT CASE
            -- what is open is of the last weeks, and a part of it late
            WHEN d.kind = 'offer' THEN CASE WHEN d.day > '{last}'::date - 30 THEN 'open' WHEN d.id % 3 = 0 THEN 'lost' ELSE 'won' END
            WHEN d.kind = 'order' THEN CASE WHEN d.day > '{last}'::date - 16 AND d.id % 4 = 0 THEN 'open' ELSE 'closed' END
            WHEN d.kind = 'delivery_note' THEN CASE WHEN d.day > '{last}'::date - 30 AND d.id % 10 = 0 THEN 'open' ELSE 'closed' END
            WHEN d.kind = 'invoice' THEN CASE WHEN d.day > '{last}'::date - 12 OR d.id % 90 = 0 THEN 'open' ELSE 'paid' END
            ELSE 'open'
        END AS status
    ) s;
INSERT INTO document_details (document_id, invoice_kind)
    SELECT id, CASE WHEN id % 33 = 0 THEN 'final' WHEN id % 29 = 0 THEN 'advance' ELSE 'normal' END FROM documents WHERE kind = 'invoice';
INSERT INTO tickets (number, title, severity, status, partner_id, handler_id, opened_at, due_at, closed_at)
    SELECT n, 'Ticket', (ARRAY['immediate', 'high', 'standard', 'low'])[1 + n % 4],
        CASE WHEN n % 100 = 0 THEN 'in_progress' ELSE 'closed' END, 1 + n % 20000, 1 + n % 60,
        t.at, t.at + interval '3 days', CASE WHEN n % 100 <> 0 THEN t.at + interval '1 day' END
    FROM generate_series(1, 100000) n, LATERAL (SELECT '{last}'::date - n % 365 + time '09:00' AS at) t;
INSERT INTO escalation_steps (type, item_id, due_version, step, at, due_at, reference, title, recipients, rehearsal)
    SELECT 'offer-follow-up', n, 1, 1 + n % 3, '{last}'::date - n % 200 + time '08:00', '{last}', n, 'Beleg', '{}', true
    FROM generate_series(1, 20000) n;
SELECT setval(pg_get_serial_sequence('wvl.' || t, 'id'), {size} + 1)
FROM unnest(ARRAY['documents', 'partners', 'products', 'employees', 'departments']) t;
SET session_replication_role = DEFAULT;
