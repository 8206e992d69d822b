-- Orders to suppliers: some received, one overdue for each of the last working days, some expected.

CREATE TEMP TABLE demo_purchases ON COMMIT DROP AS
SELECT row_number() OVER (ORDER BY x.n) AS purchase, x.n, x.day AS expected, w.day AS ordered,
    (ARRAY['NB-14', 'SW-48', 'MON-27', 'FW-200', 'TEL-IP', 'AP-6', 'SRV-2U', 'DOCK', 'USV-3', 'DRU-A3', 'SAN-12', 'PC-MINI'])
        [1 + (x.n + 40) % 12] AS product,
    1 + (x.n + 40) % 8 AS quantity
FROM demo_days x
    JOIN demo_days w ON w.n = x.n - 8
WHERE x.n BETWEEN -24 AND 12 AND (x.n >= -8 OR x.n % 2 = 0) AND (x.n < 2 OR x.n % 2 = 0);

INSERT INTO wvl.purchase_orders (number, status, title, partner_id, department_id, handler_id, order_date, expected_at,
    receipt_status, net_amount, closed_at, created_at)
SELECT 'BE' || to_char(o.ordered, 'YY') || '-' || 200 + o.purchase,
    CASE WHEN o.n < -8 THEN 'closed' ELSE 'open' END,
    o.quantity || ' × ' || split_part(t.name, ',', 1),
    p.id, a.department_id, h.id, o.ordered, pg_temp.evening(o.expected),
    CASE WHEN o.n < -8 THEN 'complete' WHEN o.n % 4 = 0 AND o.quantity > 1 THEN 'partial' ELSE 'none' END,
    round(o.quantity * t.cost, 2),
    CASE WHEN o.n < -8 THEN pg_temp.morning(o.expected) + interval '10 hours' END,
    pg_temp.morning(o.ordered) + interval '14 hours'
FROM demo_purchases o
    JOIN wvl.products t ON t.number = o.product
    JOIN demo_partners k ON k.n = 69 + o.purchase % 12
    JOIN wvl.partners p ON p.matchcode = upper(k.matchcode)
    JOIN wvl.employees h ON h.number = 402
    LEFT JOIN wvl.employee_assignments a ON a.employee_id = h.id;

INSERT INTO wvl.purchase_order_lines (purchase_order_id, line, product_id, description, quantity, unit, unit_price,
    received_quantity, created_at)
SELECT r.id, 1, t.id, t.name, o.quantity, t.unit, t.cost,
    CASE r.receipt_status WHEN 'complete' THEN o.quantity WHEN 'partial' THEN 1 ELSE 0 END, r.created_at
FROM demo_purchases o
    JOIN wvl.purchase_orders r ON r.number = 'BE' || to_char(o.ordered, 'YY') || '-' || 200 + o.purchase
    JOIN wvl.products t ON t.number = o.product;
