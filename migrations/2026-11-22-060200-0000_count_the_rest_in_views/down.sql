-- Final invoices stand in v_margin with all their lines again, and delivery notes that were invoiced with their order in
-- v_unbilled; nothing else is lost.
CREATE OR REPLACE VIEW wvl.v_margin WITH (security_invoker = true) AS
SELECT
    d.kind AS kind,
    d.number AS number,
    d.status AS status,
    coalesce(x.invoice_kind, 'normal') AS invoice_kind,
    d.document_date AS document_date,
    l.line AS line,
    p.number AS customer_number,
    p.name AS customer,
    r.number AS product_number,
    coalesce(l.product_group, r.product_group) AS product_group,
    coalesce(nullif(l.description, ''), r.name, d.title) AS description,
    l.quantity AS quantity,
    f.net AS net,
    f.cost AS cost,
    f.net - f.cost AS margin,
    CASE WHEN f.net <> 0 THEN round((f.net - f.cost) / f.net * 100, 1) END AS margin_percent,
    f.net IS NULL OR f.cost IS NULL AS provisional,
    d.currency AS currency,
    nullif(concat_ws(' ', a.first_name, a.last_name), '') AS field_rep,
    nullif(concat_ws(' ', i.first_name, i.last_name), '') AS inside_rep,
    nullif(concat_ws(' ', h.first_name, h.last_name), '') AS handler,
    m.name AS department,
    c.name AS company
FROM wvl.documents d
    LEFT JOIN wvl.document_lines l ON l.document_id = d.id
    LEFT JOIN wvl.products r ON r.id = l.product_id
    LEFT JOIN wvl.document_details x ON x.document_id = d.id
    CROSS JOIN LATERAL (
        SELECT
            CASE WHEN d.kind = 'credit_note' AND coalesce(d.net_amount, 0) >= 0 THEN -1 ELSE 1 END * CASE
                WHEN l.id IS NULL THEN d.net_amount
                -- a slip of the pen must not stop the query
                WHEN abs(l.quantity * l.unit_price * (1 - l.discount_percent / 100)) < 1e15
                THEN round(l.quantity * l.unit_price * (1 - l.discount_percent / 100), 2)
            END AS net,
            CASE WHEN d.kind = 'credit_note' AND coalesce(d.net_amount, 0) >= 0 THEN -1 ELSE 1 END * CASE
                WHEN l.id IS NULL THEN d.cost_amount
                WHEN abs(l.quantity * l.unit_cost) < 1e15 THEN round(l.quantity * l.unit_cost, 2)
            END AS cost
    ) f
    LEFT JOIN wvl.partners p ON p.id = d.partner_id
    LEFT JOIN wvl.employees a ON a.id = coalesce(d.field_rep_id, p.field_rep_id)
    LEFT JOIN wvl.employees i ON i.id = coalesce(d.inside_rep_id, p.inside_rep_id)
    LEFT JOIN wvl.employees h ON h.id = d.handler_id
    LEFT JOIN wvl.departments m ON m.id = d.department_id
    LEFT JOIN wvl.companies c ON c.id = d.company_id
WHERE d.status <> 'void';
COMMENT ON COLUMN wvl.v_margin.invoice_kind IS 'normal, advance, partial, final; the lines of a final invoice stand in full.';
COMMENT ON COLUMN wvl.v_margin.line IS 'Line; empty for a document without lines.';

CREATE OR REPLACE VIEW wvl.v_unbilled WITH (security_invoker = true) AS
SELECT
    d.number AS number,
    d.title AS title,
    p.number AS customer_number,
    p.name AS customer,
    d.document_date AS document_date,
    d.delivered_at AS delivered_at,
    (wvl.as_of() AT TIME ZONE wvl.zone())::date
        - coalesce((d.delivered_at AT TIME ZONE wvl.zone())::date, d.document_date) AS days_waiting,
    d.invoicing_status AS invoicing_status,
    d.net_amount AS net_amount,
    CASE WHEN l.lines > 0 THEN l.unbilled ELSE d.net_amount END AS unbilled_net,
    CASE
        WHEN l.lines > 0 THEN l.unpriced > 0
        ELSE d.net_amount IS NULL OR d.invoicing_status = 'partial'
    END AS provisional,
    d.currency AS currency,
    nullif(concat_ws(' ', a.first_name, a.last_name), '') AS field_rep,
    nullif(concat_ws(' ', i.first_name, i.last_name), '') AS inside_rep,
    nullif(concat_ws(' ', h.first_name, h.last_name), '') AS handler,
    m.name AS department,
    c.name AS company
FROM wvl.documents d
    CROSS JOIN LATERAL (
        SELECT
            count(*) AS lines,
            count(*) FILTER (WHERE l.unit_price IS NULL AND l.quantity > l.invoiced_quantity) AS unpriced,
            sum(CASE
                WHEN l.quantity > l.invoiced_quantity
                    AND abs(l.quantity * l.unit_price * (1 - l.discount_percent / 100)) < 1e15
                THEN round((l.quantity - l.invoiced_quantity) * l.unit_price * (1 - l.discount_percent / 100), 2)
                ELSE 0
            END) AS unbilled
        FROM wvl.document_lines l
        WHERE l.document_id = d.id
    ) l
    LEFT JOIN wvl.partners p ON p.id = d.partner_id
    LEFT JOIN wvl.employees a ON a.id = coalesce(d.field_rep_id, p.field_rep_id)
    LEFT JOIN wvl.employees i ON i.id = coalesce(d.inside_rep_id, p.inside_rep_id)
    LEFT JOIN wvl.employees h ON h.id = d.handler_id
    LEFT JOIN wvl.departments m ON m.id = d.department_id
    LEFT JOIN wvl.companies c ON c.id = d.company_id
WHERE d.kind = 'delivery_note' AND d.status = 'open' AND d.invoicing_status <> 'complete';
COMMENT ON COLUMN wvl.v_unbilled.unbilled_net IS 'What of it is not invoiced, by its lines; without lines all of it.';
