-- Views for questions of one's own (wvl query) and for other programs. Their names, columns and types are kept: a column is
-- added at the end or not at all, and tests/views.rs holds the list. What depends on the day asks wvl.as_of() and
-- wvl.zone(). They read with the rights of whoever asks.

CREATE VIEW wvl.v_overdue WITH (security_invoker = true) AS
SELECT
    d.type AS type,
    d.item_id AS item_id,
    d.reference AS reference,
    d.title AS title,
    d.due_at AS due_at,
    (
        (d.due_at AT TIME ZONE wvl.zone())
        - CASE WHEN d.is_promise THEN interval '1 microsecond' ELSE interval '0' END
    )::date AS due_on,
    p.number AS customer_number,
    p.name AS customer,
    nullif(concat_ws(' ', a.first_name, a.last_name), '') AS field_rep,
    nullif(concat_ws(' ', i.first_name, i.last_name), '') AS inside_rep,
    nullif(concat_ws(' ', h.first_name, h.last_name), '') AS handler,
    t.name AS team,
    m.name AS department,
    c.name AS company,
    d.amount AS amount,
    d.currency AS currency,
    CASE
        WHEN k.step > 100 THEN (
            SELECT max(s.step) FROM wvl.escalation_steps s
            WHERE s.type = k.type AND s.item_id = k.item_id AND s.due_version = k.due_version AND s.step <= 100
        )
        ELSE greatest(k.step, 0)
    END AS stage,
    greatest(k.step - 100, 0) AS repeats,
    k.last_at AS last_step_at,
    (
        SELECT max(s.until) FROM wvl.escalation_silences s
        WHERE s.type = d.type AND s.item_id = d.item_id AND s.lifted_at IS NULL AND s.until > wvl.as_of()
            AND coalesce(s.due_version, d.version) = d.version
    ) AS silent_until,
    d.link AS link
FROM (
    SELECT u.*, coalesce(u.due_version, floor(date_part('epoch', u.due_at) / 60)::bigint) AS version
    FROM (
        SELECT
            'offer-follow-up' AS type, false AS is_promise,
            v.item_id::text AS item_id, v.reference, v.title, v.due_at, v.due_version, v.partner_id, v.field_rep_id,
            v.inside_rep_id, v.handler_id, v.team_id, v.department_id, v.company_id, v.amount, v.currency, v.link
        FROM wvl.escalation_offer_follow_up v
        WHERE v.due_at <= wvl.as_of()
        UNION ALL
        SELECT
            'order-commissioning' AS type, true AS is_promise,
            v.item_id::text AS item_id, v.reference, v.title, v.due_at, v.due_version, v.partner_id, v.field_rep_id,
            v.inside_rep_id, v.handler_id, v.team_id, v.department_id, v.company_id, v.amount, v.currency, v.link
        FROM wvl.escalation_order_commissioning v
        WHERE v.due_at <= wvl.as_of()
        UNION ALL
        SELECT
            'order-delivery-overdue' AS type, true AS is_promise,
            v.item_id::text AS item_id, v.reference, v.title, v.due_at, v.due_version, v.partner_id, v.field_rep_id,
            v.inside_rep_id, v.handler_id, v.team_id, v.department_id, v.company_id, v.amount, v.currency, v.link
        FROM wvl.escalation_order_delivery_overdue v
        WHERE v.due_at <= wvl.as_of()
        UNION ALL
        SELECT
            'purchase-overdue' AS type, true AS is_promise,
            v.item_id::text AS item_id, v.reference, v.title, v.due_at, v.due_version, v.partner_id, v.field_rep_id,
            v.inside_rep_id, v.handler_id, v.team_id, v.department_id, v.company_id, v.amount, v.currency, v.link
        FROM wvl.escalation_purchase_overdue v
        WHERE v.due_at <= wvl.as_of()
        UNION ALL
        SELECT
            'customer-notification' AS type, false AS is_promise,
            v.item_id::text AS item_id, v.reference, v.title, v.due_at, v.due_version, v.partner_id, v.field_rep_id,
            v.inside_rep_id, v.handler_id, v.team_id, v.department_id, v.company_id, v.amount, v.currency, v.link
        FROM wvl.escalation_customer_notification v
        WHERE v.due_at <= wvl.as_of()
        UNION ALL
        SELECT
            'customer-activity' AS type, true AS is_promise,
            v.item_id::text AS item_id, v.reference, v.title, v.due_at, v.due_version, v.partner_id, v.field_rep_id,
            v.inside_rep_id, v.handler_id, v.team_id, v.department_id, v.company_id, v.amount, v.currency, v.link
        FROM wvl.escalation_customer_activity v
        WHERE v.due_at <= wvl.as_of()
        UNION ALL
        SELECT
            'customer-acquisition' AS type, false AS is_promise,
            v.item_id::text AS item_id, v.reference, v.title, v.due_at, v.due_version, v.partner_id, v.field_rep_id,
            v.inside_rep_id, v.handler_id, v.team_id, v.department_id, v.company_id, v.amount, v.currency, v.link
        FROM wvl.escalation_customer_acquisition v
        WHERE v.due_at <= wvl.as_of()
        UNION ALL
        SELECT
            'invoice-licence-expiry' AS type, true AS is_promise,
            v.item_id::text AS item_id, v.reference, v.title, v.due_at, v.due_version, v.partner_id, v.field_rep_id,
            v.inside_rep_id, v.handler_id, v.team_id, v.department_id, v.company_id, v.amount, v.currency, v.link
        FROM wvl.escalation_invoice_licence_expiry v
        WHERE v.due_at <= wvl.as_of()
        UNION ALL
        SELECT
            'invoice-follow-up' AS type, false AS is_promise,
            v.item_id::text AS item_id, v.reference, v.title, v.due_at, v.due_version, v.partner_id, v.field_rep_id,
            v.inside_rep_id, v.handler_id, v.team_id, v.department_id, v.company_id, v.amount, v.currency, v.link
        FROM wvl.escalation_invoice_follow_up v
        WHERE v.due_at <= wvl.as_of()
        UNION ALL
        SELECT
            'contract-billing' AS type, false AS is_promise,
            v.item_id::text AS item_id, v.reference, v.title, v.due_at, v.due_version, v.partner_id, v.field_rep_id,
            v.inside_rep_id, v.handler_id, v.team_id, v.department_id, v.company_id, v.amount, v.currency, v.link
        FROM wvl.escalation_contract_billing v
        WHERE v.due_at <= wvl.as_of()
        UNION ALL
        SELECT
            'contract-expiry' AS type, true AS is_promise,
            v.item_id::text AS item_id, v.reference, v.title, v.due_at, v.due_version, v.partner_id, v.field_rep_id,
            v.inside_rep_id, v.handler_id, v.team_id, v.department_id, v.company_id, v.amount, v.currency, v.link
        FROM wvl.escalation_contract_expiry v
        WHERE v.due_at <= wvl.as_of()
        UNION ALL
        SELECT
            'system-download' AS type, false AS is_promise,
            v.item_id::text AS item_id, v.reference, v.title, v.due_at, v.due_version, v.partner_id, v.field_rep_id,
            v.inside_rep_id, v.handler_id, v.team_id, v.department_id, v.company_id, v.amount, v.currency, v.link
        FROM wvl.escalation_system_download v
        WHERE v.due_at <= wvl.as_of()
        UNION ALL
        SELECT
            'delivery-note' AS type, false AS is_promise,
            v.item_id::text AS item_id, v.reference, v.title, v.due_at, v.due_version, v.partner_id, v.field_rep_id,
            v.inside_rep_id, v.handler_id, v.team_id, v.department_id, v.company_id, v.amount, v.currency, v.link
        FROM wvl.escalation_delivery_note v
        WHERE v.due_at <= wvl.as_of()
        UNION ALL
        SELECT
            'helpdesk-immediate' AS type, true AS is_promise,
            v.item_id::text AS item_id, v.reference, v.title, v.due_at, v.due_version, v.partner_id, v.field_rep_id,
            v.inside_rep_id, v.handler_id, v.team_id, v.department_id, v.company_id, v.amount, v.currency, v.link
        FROM wvl.escalation_helpdesk_immediate v
        WHERE v.due_at <= wvl.as_of()
        UNION ALL
        SELECT
            'helpdesk-high' AS type, true AS is_promise,
            v.item_id::text AS item_id, v.reference, v.title, v.due_at, v.due_version, v.partner_id, v.field_rep_id,
            v.inside_rep_id, v.handler_id, v.team_id, v.department_id, v.company_id, v.amount, v.currency, v.link
        FROM wvl.escalation_helpdesk_high v
        WHERE v.due_at <= wvl.as_of()
        UNION ALL
        SELECT
            'helpdesk-standard' AS type, true AS is_promise,
            v.item_id::text AS item_id, v.reference, v.title, v.due_at, v.due_version, v.partner_id, v.field_rep_id,
            v.inside_rep_id, v.handler_id, v.team_id, v.department_id, v.company_id, v.amount, v.currency, v.link
        FROM wvl.escalation_helpdesk_standard v
        WHERE v.due_at <= wvl.as_of()
        UNION ALL
        SELECT
            'helpdesk-low' AS type, true AS is_promise,
            v.item_id::text AS item_id, v.reference, v.title, v.due_at, v.due_version, v.partner_id, v.field_rep_id,
            v.inside_rep_id, v.handler_id, v.team_id, v.department_id, v.company_id, v.amount, v.currency, v.link
        FROM wvl.escalation_helpdesk_low v
        WHERE v.due_at <= wvl.as_of()
        UNION ALL
        SELECT
            'helpdesk-very-low' AS type, true AS is_promise,
            v.item_id::text AS item_id, v.reference, v.title, v.due_at, v.due_version, v.partner_id, v.field_rep_id,
            v.inside_rep_id, v.handler_id, v.team_id, v.department_id, v.company_id, v.amount, v.currency, v.link
        FROM wvl.escalation_helpdesk_very_low v
        WHERE v.due_at <= wvl.as_of()
        UNION ALL
        SELECT
            'task' AS type, true AS is_promise,
            v.item_id::text AS item_id, v.reference, v.title, v.due_at, v.due_version, v.partner_id, v.field_rep_id,
            v.inside_rep_id, v.handler_id, v.team_id, v.department_id, v.company_id, v.amount, v.currency, v.link
        FROM wvl.escalation_task v
        WHERE v.due_at <= wvl.as_of()
        UNION ALL
        SELECT
            'invoice-overdue' AS type, true AS is_promise,
            v.item_id::text AS item_id, v.reference, v.title, v.due_at, v.due_version, v.partner_id, v.field_rep_id,
            v.inside_rep_id, v.handler_id, v.team_id, v.department_id, v.company_id, v.amount, v.currency, v.link
        FROM wvl.escalation_invoice_overdue v
        WHERE v.due_at <= wvl.as_of()
    ) u
) d
    LEFT JOIN wvl.escalation_chains k ON k.type = d.type AND k.item_id = d.item_id AND k.due_version = d.version
    LEFT JOIN wvl.partners p ON p.id = d.partner_id
    LEFT JOIN wvl.employees a ON a.id = d.field_rep_id
    LEFT JOIN wvl.employees i ON i.id = d.inside_rep_id
    LEFT JOIN wvl.employees h ON h.id = d.handler_id
    LEFT JOIN wvl.teams t ON t.id = d.team_id
    LEFT JOIN wvl.departments m ON m.id = d.department_id
    LEFT JOIN wvl.companies c ON c.id = d.company_id;
COMMENT ON VIEW wvl.v_overdue IS 'What is past its due date, in all escalation types but birthdays. Which types are active and to whom they speak stands in the configuration: wvl escalate list.';
COMMENT ON COLUMN wvl.v_overdue.type IS 'Escalation type, by its key in the configuration; also types that are not active there.';
COMMENT ON COLUMN wvl.v_overdue.item_id IS 'Key of the item within its type.';
COMMENT ON COLUMN wvl.v_overdue.reference IS 'Number of the item.';
COMMENT ON COLUMN wvl.v_overdue.title IS 'What it is about.';
COMMENT ON COLUMN wvl.v_overdue.due_at IS 'Due since; an offset of days in the configuration is not in it.';
COMMENT ON COLUMN wvl.v_overdue.due_on IS 'The day of it; of a promise the day that ends.';
COMMENT ON COLUMN wvl.v_overdue.customer_number IS 'Number of the customer.';
COMMENT ON COLUMN wvl.v_overdue.customer IS 'Name of the customer.';
COMMENT ON COLUMN wvl.v_overdue.field_rep IS 'Field rep (ADM), by name.';
COMMENT ON COLUMN wvl.v_overdue.inside_rep IS 'Inside rep (IDM), by name.';
COMMENT ON COLUMN wvl.v_overdue.handler IS 'Handler, by name.';
COMMENT ON COLUMN wvl.v_overdue.team IS 'Team.';
COMMENT ON COLUMN wvl.v_overdue.department IS 'Department.';
COMMENT ON COLUMN wvl.v_overdue.company IS 'The company of the group that it belongs to.';
COMMENT ON COLUMN wvl.v_overdue.amount IS 'Net or open amount, where the item has one.';
COMMENT ON COLUMN wvl.v_overdue.currency IS 'Currency of the amount.';
COMMENT ON COLUMN wvl.v_overdue.stage IS 'The highest stage that was said; 0 where none was.';
COMMENT ON COLUMN wvl.v_overdue.repeats IS 'How often the last stage was said again.';
COMMENT ON COLUMN wvl.v_overdue.last_step_at IS 'When the last step was taken, an advance notice too.';
COMMENT ON COLUMN wvl.v_overdue.silent_until IS 'Acknowledged or muted until then.';
COMMENT ON COLUMN wvl.v_overdue.link IS 'Where to look at it.';

CREATE VIEW wvl.v_open_items WITH (security_invoker = true) AS
SELECT
    d.number AS number,
    coalesce(x.invoice_kind, 'normal') AS invoice_kind,
    d.title AS title,
    p.number AS customer_number,
    p.name AS customer,
    d.document_date AS document_date,
    f.due_on AS payment_due_on,
    f.days AS days_overdue,
    CASE
        WHEN d.payment_due_at IS NULL THEN 'unknown'
        WHEN f.days <= 0 THEN 'not due'
        WHEN f.days <= 30 THEN '1-30'
        WHEN f.days <= 60 THEN '31-60'
        WHEN f.days <= 90 THEN '61-90'
        ELSE 'over 90'
    END AS age,
    d.net_amount AS net_amount,
    d.open_amount AS open_amount,
    d.currency AS currency,
    coalesce(x.dunning_level, 0)::integer AS dunning_level,
    nullif(concat_ws(' ', a.first_name, a.last_name), '') AS field_rep,
    nullif(concat_ws(' ', i.first_name, i.last_name), '') AS inside_rep,
    nullif(concat_ws(' ', h.first_name, h.last_name), '') AS handler,
    m.name AS department,
    c.name AS company
FROM wvl.documents d
    LEFT JOIN wvl.document_details x ON x.document_id = d.id
    CROSS JOIN LATERAL (
        SELECT ((d.payment_due_at AT TIME ZONE wvl.zone()) - interval '1 microsecond')::date AS due_on
    ) g
    CROSS JOIN LATERAL (
        SELECT g.due_on, (wvl.as_of() AT TIME ZONE wvl.zone())::date - g.due_on AS days
    ) f
    LEFT JOIN wvl.partners p ON p.id = d.partner_id
    LEFT JOIN wvl.employees a ON a.id = coalesce(d.field_rep_id, p.field_rep_id)
    LEFT JOIN wvl.employees i ON i.id = coalesce(d.inside_rep_id, p.inside_rep_id)
    LEFT JOIN wvl.employees h ON h.id = d.handler_id
    LEFT JOIN wvl.departments m ON m.id = d.department_id
    LEFT JOIN wvl.companies c ON c.id = d.company_id
WHERE d.kind = 'invoice' AND d.status = 'open' AND (d.open_amount > 0 OR d.open_amount IS NULL);
COMMENT ON VIEW wvl.v_open_items IS 'Invoices that are not paid, by age.';
COMMENT ON COLUMN wvl.v_open_items.number IS 'Number of the invoice.';
COMMENT ON COLUMN wvl.v_open_items.invoice_kind IS 'normal, advance, partial, final.';
COMMENT ON COLUMN wvl.v_open_items.title IS 'What it is about.';
COMMENT ON COLUMN wvl.v_open_items.customer_number IS 'Number of the customer.';
COMMENT ON COLUMN wvl.v_open_items.customer IS 'Name of the customer.';
COMMENT ON COLUMN wvl.v_open_items.document_date IS 'Date of the invoice.';
COMMENT ON COLUMN wvl.v_open_items.payment_due_on IS 'Last day to pay.';
COMMENT ON COLUMN wvl.v_open_items.days_overdue IS 'Days since then; 0 on the day itself, negative before it.';
COMMENT ON COLUMN wvl.v_open_items.age IS 'The same in classes: unknown, not due, 1-30, 31-60, 61-90, over 90.';
COMMENT ON COLUMN wvl.v_open_items.net_amount IS 'Net sum of the invoice.';
COMMENT ON COLUMN wvl.v_open_items.open_amount IS 'What is still to be paid, tax included; empty means unknown.';
COMMENT ON COLUMN wvl.v_open_items.currency IS 'Currency; sums are made for each one.';
COMMENT ON COLUMN wvl.v_open_items.dunning_level IS 'How often it was dunned.';
COMMENT ON COLUMN wvl.v_open_items.field_rep IS 'Field rep (ADM), by name.';
COMMENT ON COLUMN wvl.v_open_items.inside_rep IS 'Inside rep (IDM), by name.';
COMMENT ON COLUMN wvl.v_open_items.handler IS 'Handler, by name.';
COMMENT ON COLUMN wvl.v_open_items.department IS 'Department.';
COMMENT ON COLUMN wvl.v_open_items.company IS 'The company of the group that it belongs to.';

CREATE VIEW wvl.v_margin WITH (security_invoker = true) AS
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
COMMENT ON VIEW wvl.v_margin IS 'Net, cost and contribution margin of every line of a document; a document without lines is one line of its own. Voided documents are not in it, credit notes subtract. Sums are made for each kind and currency.';
COMMENT ON COLUMN wvl.v_margin.kind IS 'offer, order, delivery_note, invoice, credit_note.';
COMMENT ON COLUMN wvl.v_margin.number IS 'Number of the document.';
COMMENT ON COLUMN wvl.v_margin.status IS 'State of the document.';
COMMENT ON COLUMN wvl.v_margin.invoice_kind IS 'normal, advance, partial, final; the lines of a final invoice stand in full.';
COMMENT ON COLUMN wvl.v_margin.document_date IS 'Date of the document.';
COMMENT ON COLUMN wvl.v_margin.line IS 'Line; empty for a document without lines.';
COMMENT ON COLUMN wvl.v_margin.customer_number IS 'Number of the customer.';
COMMENT ON COLUMN wvl.v_margin.customer IS 'Name of the customer.';
COMMENT ON COLUMN wvl.v_margin.product_number IS 'Number of the product.';
COMMENT ON COLUMN wvl.v_margin.product_group IS 'Product group, of the line or else of the product.';
COMMENT ON COLUMN wvl.v_margin.description IS 'What it is.';
COMMENT ON COLUMN wvl.v_margin.quantity IS 'Quantity.';
COMMENT ON COLUMN wvl.v_margin.net IS 'Net value after discount; empty where the price is unknown.';
COMMENT ON COLUMN wvl.v_margin.cost IS 'Cost; empty means unknown.';
COMMENT ON COLUMN wvl.v_margin.margin IS 'Net less cost; empty where one of them is unknown.';
COMMENT ON COLUMN wvl.v_margin.margin_percent IS 'Margin in percent of the net value.';
COMMENT ON COLUMN wvl.v_margin.provisional IS 'Price or cost is missing, so that a sum over it is provisional.';
COMMENT ON COLUMN wvl.v_margin.currency IS 'Currency.';
COMMENT ON COLUMN wvl.v_margin.field_rep IS 'Field rep (ADM), by name.';
COMMENT ON COLUMN wvl.v_margin.inside_rep IS 'Inside rep (IDM), by name.';
COMMENT ON COLUMN wvl.v_margin.handler IS 'Handler, by name.';
COMMENT ON COLUMN wvl.v_margin.department IS 'Department.';
COMMENT ON COLUMN wvl.v_margin.company IS 'The company of the group that it belongs to.';

CREATE VIEW wvl.v_unbilled WITH (security_invoker = true) AS
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
COMMENT ON VIEW wvl.v_unbilled IS 'Delivery notes that are not completely invoiced: what is delivered and brings no money yet.';
COMMENT ON COLUMN wvl.v_unbilled.number IS 'Number of the delivery note.';
COMMENT ON COLUMN wvl.v_unbilled.title IS 'What it is about.';
COMMENT ON COLUMN wvl.v_unbilled.customer_number IS 'Number of the customer.';
COMMENT ON COLUMN wvl.v_unbilled.customer IS 'Name of the customer.';
COMMENT ON COLUMN wvl.v_unbilled.document_date IS 'Date of the delivery note.';
COMMENT ON COLUMN wvl.v_unbilled.delivered_at IS 'When it was delivered.';
COMMENT ON COLUMN wvl.v_unbilled.days_waiting IS 'Days since the delivery, else since its date.';
COMMENT ON COLUMN wvl.v_unbilled.invoicing_status IS 'none or partial.';
COMMENT ON COLUMN wvl.v_unbilled.net_amount IS 'Net sum of the delivery note.';
COMMENT ON COLUMN wvl.v_unbilled.unbilled_net IS 'What of it is not invoiced, by its lines; without lines all of it.';
COMMENT ON COLUMN wvl.v_unbilled.provisional IS 'A price is missing, or a part was invoiced and no line says which.';
COMMENT ON COLUMN wvl.v_unbilled.currency IS 'Currency.';
COMMENT ON COLUMN wvl.v_unbilled.field_rep IS 'Field rep (ADM), by name.';
COMMENT ON COLUMN wvl.v_unbilled.inside_rep IS 'Inside rep (IDM), by name.';
COMMENT ON COLUMN wvl.v_unbilled.handler IS 'Handler, by name.';
COMMENT ON COLUMN wvl.v_unbilled.department IS 'Department.';
COMMENT ON COLUMN wvl.v_unbilled.company IS 'The company of the group that it belongs to.';

CREATE VIEW wvl.v_pipeline WITH (security_invoker = true) AS
SELECT
    d.number AS number,
    d.title AS title,
    p.number AS customer_number,
    p.name AS customer,
    d.document_date AS document_date,
    (wvl.as_of() AT TIME ZONE wvl.zone())::date - d.document_date AS age_days,
    (d.follow_up_at AT TIME ZONE wvl.zone())::date AS follow_up_on,
    d.net_amount AS net_amount,
    d.cost_amount AS cost_amount,
    d.net_amount - d.cost_amount AS margin,
    d.net_amount IS NULL OR d.cost_amount IS NULL AS provisional,
    d.currency AS currency,
    nullif(concat_ws(' ', a.first_name, a.last_name), '') AS field_rep,
    nullif(concat_ws(' ', i.first_name, i.last_name), '') AS inside_rep,
    nullif(concat_ws(' ', h.first_name, h.last_name), '') AS handler,
    m.name AS department,
    c.name AS company
FROM wvl.documents d
    LEFT JOIN wvl.partners p ON p.id = d.partner_id
    LEFT JOIN wvl.employees a ON a.id = coalesce(d.field_rep_id, p.field_rep_id)
    LEFT JOIN wvl.employees i ON i.id = coalesce(d.inside_rep_id, p.inside_rep_id)
    LEFT JOIN wvl.employees h ON h.id = d.handler_id
    LEFT JOIN wvl.departments m ON m.id = d.department_id
    LEFT JOIN wvl.companies c ON c.id = d.company_id
WHERE d.kind = 'offer' AND d.status = 'open';
COMMENT ON VIEW wvl.v_pipeline IS 'Open offers.';
COMMENT ON COLUMN wvl.v_pipeline.number IS 'Number of the offer.';
COMMENT ON COLUMN wvl.v_pipeline.title IS 'What it is about.';
COMMENT ON COLUMN wvl.v_pipeline.customer_number IS 'Number of the customer.';
COMMENT ON COLUMN wvl.v_pipeline.customer IS 'Name of the customer.';
COMMENT ON COLUMN wvl.v_pipeline.document_date IS 'Date of the offer.';
COMMENT ON COLUMN wvl.v_pipeline.age_days IS 'Days since then.';
COMMENT ON COLUMN wvl.v_pipeline.follow_up_on IS 'Day of the follow-up.';
COMMENT ON COLUMN wvl.v_pipeline.net_amount IS 'Net sum; empty means unknown.';
COMMENT ON COLUMN wvl.v_pipeline.cost_amount IS 'Cost; empty means unknown.';
COMMENT ON COLUMN wvl.v_pipeline.margin IS 'Net less cost; empty where one of them is unknown.';
COMMENT ON COLUMN wvl.v_pipeline.provisional IS 'One of them is unknown.';
COMMENT ON COLUMN wvl.v_pipeline.currency IS 'Currency.';
COMMENT ON COLUMN wvl.v_pipeline.field_rep IS 'Field rep (ADM), by name.';
COMMENT ON COLUMN wvl.v_pipeline.inside_rep IS 'Inside rep (IDM), by name.';
COMMENT ON COLUMN wvl.v_pipeline.handler IS 'Handler, by name.';
COMMENT ON COLUMN wvl.v_pipeline.department IS 'Department.';
COMMENT ON COLUMN wvl.v_pipeline.company IS 'The company of the group that it belongs to.';

CREATE VIEW wvl.v_workload WITH (security_invoker = true) AS
SELECT
    e.number AS employee_number,
    nullif(concat_ws(' ', e.first_name, e.last_name), '') AS employee,
    s.name AS site,
    coalesce(t.open, 0) AS open_tickets,
    coalesce(t.overdue, 0) AS overdue_tickets,
    coalesce(k.open, 0) AS open_tasks,
    coalesce(k.overdue, 0) AS overdue_tasks,
    coalesce(d.offers, 0) AS open_offers,
    coalesce(d.orders, 0) AS open_orders
FROM wvl.employees e
    JOIN wvl.sites s ON s.id = e.site_id
    LEFT JOIN (
        SELECT
            handler_id, count(*) AS open,
            count(*) FILTER (WHERE status <> 'waiting' AND due_at <= wvl.as_of()) AS overdue
        FROM wvl.tickets WHERE status <> 'closed' GROUP BY handler_id
    ) t ON t.handler_id = e.id
    LEFT JOIN (
        SELECT handler_id, count(*) AS open, count(*) FILTER (WHERE due_at <= wvl.as_of()) AS overdue
        FROM wvl.tasks WHERE status = 'open' GROUP BY handler_id
    ) k ON k.handler_id = e.id
    LEFT JOIN (
        SELECT
            handler_id, count(*) FILTER (WHERE kind = 'offer') AS offers,
            count(*) FILTER (WHERE kind = 'order') AS orders
        FROM wvl.documents WHERE status = 'open' AND kind IN ('offer', 'order') GROUP BY handler_id
    ) d ON d.handler_id = e.id
WHERE e.active;
COMMENT ON VIEW wvl.v_workload IS 'What each active employee has to do as handler. What only a team has is not in it.';
COMMENT ON COLUMN wvl.v_workload.employee_number IS 'Number of the employee.';
COMMENT ON COLUMN wvl.v_workload.employee IS 'Name.';
COMMENT ON COLUMN wvl.v_workload.site IS 'Site.';
COMMENT ON COLUMN wvl.v_workload.open_tickets IS 'Tickets that are not closed.';
COMMENT ON COLUMN wvl.v_workload.overdue_tickets IS 'Those past their due date that do not wait for the customer.';
COMMENT ON COLUMN wvl.v_workload.open_tasks IS 'Open tasks.';
COMMENT ON COLUMN wvl.v_workload.overdue_tasks IS 'Those past their due date.';
COMMENT ON COLUMN wvl.v_workload.open_offers IS 'Open offers.';
COMMENT ON COLUMN wvl.v_workload.open_orders IS 'Open orders.';

CREATE VIEW wvl.v_contracts_value WITH (security_invoker = true) AS
SELECT
    d.number AS number,
    d.name AS name,
    d.status AS status,
    p.number AS customer_number,
    p.name AS customer,
    (d.starts_at AT TIME ZONE wvl.zone())::date AS starts_on,
    ((d.ends_at AT TIME ZONE wvl.zone()) - interval '1 microsecond')::date AS ends_on,
    ((d.notice_by AT TIME ZONE wvl.zone()) - interval '1 microsecond')::date AS notice_on,
    (d.next_billing_at AT TIME ZONE wvl.zone())::date AS next_billing_on,
    d.status = 'active' AND coalesce(d.starts_at <= wvl.as_of(), true)
        AND coalesce(d.ends_at > wvl.as_of(), true) AS running,
    d.amount AS amount,
    d.currency AS currency,
    nullif(concat_ws(' ', a.first_name, a.last_name), '') AS field_rep,
    nullif(concat_ws(' ', i.first_name, i.last_name), '') AS inside_rep,
    nullif(concat_ws(' ', h.first_name, h.last_name), '') AS handler,
    m.name AS department,
    c.name AS company
FROM wvl.contracts d
    LEFT JOIN wvl.partners p ON p.id = d.partner_id
    LEFT JOIN wvl.employees a ON a.id = coalesce(d.field_rep_id, p.field_rep_id)
    LEFT JOIN wvl.employees i ON i.id = coalesce(d.inside_rep_id, p.inside_rep_id)
    LEFT JOIN wvl.employees h ON h.id = d.handler_id
    LEFT JOIN wvl.departments m ON m.id = d.department_id
    LEFT JOIN wvl.companies c ON c.id = d.company_id;
COMMENT ON VIEW wvl.v_contracts_value IS 'Contracts with what they bring, and their dates.';
COMMENT ON COLUMN wvl.v_contracts_value.number IS 'Number of the contract.';
COMMENT ON COLUMN wvl.v_contracts_value.name IS 'Name.';
COMMENT ON COLUMN wvl.v_contracts_value.status IS 'State of the contract.';
COMMENT ON COLUMN wvl.v_contracts_value.customer_number IS 'Number of the customer.';
COMMENT ON COLUMN wvl.v_contracts_value.customer IS 'Name of the customer.';
COMMENT ON COLUMN wvl.v_contracts_value.starts_on IS 'First day.';
COMMENT ON COLUMN wvl.v_contracts_value.ends_on IS 'Last day; empty where it runs on.';
COMMENT ON COLUMN wvl.v_contracts_value.notice_on IS 'Last day to give notice.';
COMMENT ON COLUMN wvl.v_contracts_value.next_billing_on IS 'Day of the next bill.';
COMMENT ON COLUMN wvl.v_contracts_value.running IS 'Active, begun and not ended.';
COMMENT ON COLUMN wvl.v_contracts_value.amount IS 'Net value of a period; empty means unknown.';
COMMENT ON COLUMN wvl.v_contracts_value.currency IS 'Currency.';
COMMENT ON COLUMN wvl.v_contracts_value.field_rep IS 'Field rep (ADM), by name.';
COMMENT ON COLUMN wvl.v_contracts_value.inside_rep IS 'Inside rep (IDM), by name.';
COMMENT ON COLUMN wvl.v_contracts_value.handler IS 'Handler, by name.';
COMMENT ON COLUMN wvl.v_contracts_value.department IS 'Department.';
COMMENT ON COLUMN wvl.v_contracts_value.company IS 'The company of the group that it belongs to.';

GRANT SELECT ON
    wvl.v_overdue,
    wvl.v_open_items,
    wvl.v_margin,
    wvl.v_unbilled,
    wvl.v_pipeline,
    wvl.v_workload,
    wvl.v_contracts_value
TO wvl_read, wvl_work, wvl_admin, wvl_cron;
