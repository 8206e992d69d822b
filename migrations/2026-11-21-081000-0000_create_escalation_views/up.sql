-- One view for each escalation type: what is open, when it is due, and whom it concerns. The columns are a contract
-- (item_id … changed_txid) that types of the administrator's own keep too. due_at is always a bare indexed column: an
-- expression on it would cost the index.

CREATE VIEW wvl.escalation_offer_follow_up WITH (security_invoker = true) AS
SELECT
    d.id AS item_id,
    d.number AS reference,
    d.title AS title,
    d.follow_up_at AS due_at,
    NULL::bigint AS due_version,
    d.company_id AS company_id,
    d.partner_id AS partner_id,
    p.name AS partner_name,
    p.phone,
    p.email,
    concat_ws(', ', p.street, nullif(concat_ws(' ', p.postcode, p.city), '')) AS address,
    coalesce(d.field_rep_id, p.field_rep_id) AS field_rep_id,
    coalesce(d.inside_rep_id, p.inside_rep_id) AS inside_rep_id,
    d.handler_id AS handler_id,
    NULL::bigint AS team_id,
    d.department_id AS department_id,
    d.net_amount AS amount,
    d.currency AS currency,
    x.link AS link,
    NULL::text AS calendar,
    NULL::tstzmultirange AS paused,
    d.changed_txid AS changed_txid
FROM wvl.documents d
    LEFT JOIN wvl.partners p ON p.id = d.partner_id
    LEFT JOIN wvl.document_details x ON x.document_id = d.id
WHERE d.kind = 'offer' AND d.status = 'open'
    AND d.follow_up_at IS NOT NULL;
COMMENT ON VIEW wvl.escalation_offer_follow_up IS 'Open offers, due on their follow-up.';

CREATE VIEW wvl.escalation_order_commissioning WITH (security_invoker = true) AS
SELECT
    d.id AS item_id,
    d.number AS reference,
    d.title AS title,
    d.commissioning_due_at AS due_at,
    NULL::bigint AS due_version,
    d.company_id AS company_id,
    d.partner_id AS partner_id,
    p.name AS partner_name,
    p.phone,
    p.email,
    concat_ws(', ', p.street, nullif(concat_ws(' ', p.postcode, p.city), '')) AS address,
    coalesce(d.field_rep_id, p.field_rep_id) AS field_rep_id,
    coalesce(d.inside_rep_id, p.inside_rep_id) AS inside_rep_id,
    d.handler_id AS handler_id,
    NULL::bigint AS team_id,
    d.department_id AS department_id,
    d.net_amount AS amount,
    d.currency AS currency,
    x.link AS link,
    NULL::text AS calendar,
    NULL::tstzmultirange AS paused,
    d.changed_txid AS changed_txid
FROM wvl.documents d
    LEFT JOIN wvl.partners p ON p.id = d.partner_id
    LEFT JOIN wvl.document_details x ON x.document_id = d.id
WHERE d.kind = 'order' AND d.status = 'open' AND d.picked_at IS NULL
    AND d.commissioning_due_at IS NOT NULL;
COMMENT ON VIEW wvl.escalation_order_commissioning IS 'Orders not yet picked.';

CREATE VIEW wvl.escalation_order_delivery_overdue WITH (security_invoker = true) AS
SELECT
    d.id AS item_id,
    d.number AS reference,
    d.title AS title,
    d.delivery_due_at AS due_at,
    NULL::bigint AS due_version,
    d.company_id AS company_id,
    d.partner_id AS partner_id,
    p.name AS partner_name,
    p.phone,
    p.email,
    concat_ws(', ', p.street, nullif(concat_ws(' ', p.postcode, p.city), '')) AS address,
    coalesce(d.field_rep_id, p.field_rep_id) AS field_rep_id,
    coalesce(d.inside_rep_id, p.inside_rep_id) AS inside_rep_id,
    d.handler_id AS handler_id,
    NULL::bigint AS team_id,
    d.department_id AS department_id,
    d.net_amount AS amount,
    d.currency AS currency,
    x.link AS link,
    NULL::text AS calendar,
    NULL::tstzmultirange AS paused,
    d.changed_txid AS changed_txid
FROM wvl.documents d
    LEFT JOIN wvl.partners p ON p.id = d.partner_id
    LEFT JOIN wvl.document_details x ON x.document_id = d.id
WHERE d.kind = 'order' AND d.status = 'open' AND d.delivery_status <> 'complete'
    AND d.delivery_due_at IS NOT NULL;
COMMENT ON VIEW wvl.escalation_order_delivery_overdue IS 'Orders not completely delivered.';

CREATE VIEW wvl.escalation_purchase_overdue WITH (security_invoker = true) AS
SELECT
    d.id AS item_id,
    d.number AS reference,
    d.title AS title,
    d.expected_at AS due_at,
    NULL::bigint AS due_version,
    d.company_id AS company_id,
    d.partner_id AS partner_id,
    p.name AS partner_name,
    p.phone,
    p.email,
    concat_ws(', ', p.street, nullif(concat_ws(' ', p.postcode, p.city), '')) AS address,
    p.field_rep_id AS field_rep_id,
    p.inside_rep_id AS inside_rep_id,
    d.handler_id AS handler_id,
    NULL::bigint AS team_id,
    d.department_id AS department_id,
    d.net_amount AS amount,
    d.currency AS currency,
    d.link AS link,
    NULL::text AS calendar,
    NULL::tstzmultirange AS paused,
    d.changed_txid AS changed_txid
FROM wvl.purchase_orders d
    LEFT JOIN wvl.partners p ON p.id = d.partner_id
WHERE d.status = 'open' AND d.receipt_status <> 'complete'
    AND d.expected_at IS NOT NULL;
COMMENT ON VIEW wvl.escalation_purchase_overdue IS 'Purchase orders not completely received.';

CREATE VIEW wvl.escalation_customer_notification WITH (security_invoker = true) AS
SELECT
    d.id AS item_id,
    d.number AS reference,
    d.title AS title,
    d.notify_at AS due_at,
    NULL::bigint AS due_version,
    d.company_id AS company_id,
    d.partner_id AS partner_id,
    p.name AS partner_name,
    p.phone,
    p.email,
    concat_ws(', ', p.street, nullif(concat_ws(' ', p.postcode, p.city), '')) AS address,
    p.field_rep_id AS field_rep_id,
    p.inside_rep_id AS inside_rep_id,
    d.handler_id AS handler_id,
    d.team_id AS team_id,
    NULL::bigint AS department_id,
    NULL::numeric AS amount,
    NULL::text AS currency,
    d.link AS link,
    NULL::text AS calendar,
    NULL::tstzmultirange AS paused,
    d.changed_txid AS changed_txid
FROM wvl.notices d
    LEFT JOIN wvl.partners p ON p.id = d.partner_id
WHERE d.kind = 'customer' AND d.done_at IS NULL
    AND d.notify_at IS NOT NULL;
COMMENT ON VIEW wvl.escalation_customer_notification IS 'Notices on a customer that nobody took note of.';

CREATE VIEW wvl.escalation_customer_activity WITH (security_invoker = true) AS
SELECT
    d.id AS item_id,
    d.number AS reference,
    d.title AS title,
    d.due_at AS due_at,
    NULL::bigint AS due_version,
    d.company_id AS company_id,
    d.partner_id AS partner_id,
    p.name AS partner_name,
    p.phone,
    p.email,
    concat_ws(', ', p.street, nullif(concat_ws(' ', p.postcode, p.city), '')) AS address,
    p.field_rep_id AS field_rep_id,
    p.inside_rep_id AS inside_rep_id,
    d.handler_id AS handler_id,
    d.team_id AS team_id,
    d.department_id AS department_id,
    NULL::numeric AS amount,
    NULL::text AS currency,
    d.link AS link,
    NULL::text AS calendar,
    NULL::tstzmultirange AS paused,
    d.changed_txid AS changed_txid
FROM wvl.tasks d
    LEFT JOIN wvl.partners p ON p.id = d.partner_id
WHERE d.status = 'open' AND d.partner_id IS NOT NULL
    AND d.due_at IS NOT NULL;
COMMENT ON VIEW wvl.escalation_customer_activity IS 'Open tasks with a partner.';

CREATE VIEW wvl.escalation_customer_acquisition WITH (security_invoker = true) AS
SELECT
    p.id AS item_id,
    p.number AS reference,
    coalesce(p.follow_up_note, p.name) AS title,
    p.follow_up_at AS due_at,
    NULL::bigint AS due_version,
    p.company_id AS company_id,
    p.id AS partner_id,
    p.name AS partner_name,
    p.phone,
    p.email,
    concat_ws(', ', p.street, nullif(concat_ws(' ', p.postcode, p.city), '')) AS address,
    p.field_rep_id AS field_rep_id,
    p.inside_rep_id AS inside_rep_id,
    NULL::bigint AS handler_id,
    NULL::bigint AS team_id,
    NULL::bigint AS department_id,
    NULL::numeric AS amount,
    NULL::text AS currency,
    NULL::text AS link,
    NULL::text AS calendar,
    NULL::tstzmultirange AS paused,
    p.changed_txid AS changed_txid
FROM wvl.partners p
WHERE p.kind = 'prospect' AND p.active
    AND p.follow_up_at IS NOT NULL;
COMMENT ON VIEW wvl.escalation_customer_acquisition IS 'Follow-ups of prospects.';

CREATE VIEW wvl.escalation_invoice_licence_expiry WITH (security_invoker = true) AS
SELECT
    l.id AS item_id,
    d.number || '/' || l.line AS reference,
    coalesce(nullif(l.description, ''), r.name, '') AS title,
    l.licence_expires_at AS due_at,
    NULL::bigint AS due_version,
    d.company_id AS company_id,
    d.partner_id AS partner_id,
    p.name AS partner_name,
    p.phone,
    p.email,
    concat_ws(', ', p.street, nullif(concat_ws(' ', p.postcode, p.city), '')) AS address,
    coalesce(d.field_rep_id, p.field_rep_id) AS field_rep_id,
    coalesce(d.inside_rep_id, p.inside_rep_id) AS inside_rep_id,
    d.handler_id AS handler_id,
    NULL::bigint AS team_id,
    d.department_id AS department_id,
    CASE
        -- a slip of the pen must not stop the run
        WHEN abs(l.quantity * l.unit_price * (1 - l.discount_percent / 100)) < 1e15
        THEN round(l.quantity * l.unit_price * (1 - l.discount_percent / 100), 2)
    END AS amount,
    d.currency AS currency,
    x.link AS link,
    NULL::text AS calendar,
    NULL::tstzmultirange AS paused,
    greatest(l.changed_txid, d.changed_txid) AS changed_txid
FROM wvl.document_lines l
    JOIN wvl.documents d ON d.id = l.document_id
    LEFT JOIN wvl.products r ON r.id = l.product_id
    LEFT JOIN wvl.partners p ON p.id = d.partner_id
    LEFT JOIN wvl.document_details x ON x.document_id = d.id
WHERE d.kind = 'invoice' AND d.status <> 'void' AND l.renewed_at IS NULL
    AND l.licence_expires_at IS NOT NULL;
COMMENT ON VIEW wvl.escalation_invoice_licence_expiry IS 'Invoice lines with a licence term that were not renewed.';

CREATE VIEW wvl.escalation_invoice_follow_up WITH (security_invoker = true) AS
SELECT
    d.id AS item_id,
    d.number AS reference,
    d.title AS title,
    d.follow_up_at AS due_at,
    NULL::bigint AS due_version,
    d.company_id AS company_id,
    d.partner_id AS partner_id,
    p.name AS partner_name,
    p.phone,
    p.email,
    concat_ws(', ', p.street, nullif(concat_ws(' ', p.postcode, p.city), '')) AS address,
    coalesce(d.field_rep_id, p.field_rep_id) AS field_rep_id,
    coalesce(d.inside_rep_id, p.inside_rep_id) AS inside_rep_id,
    d.handler_id AS handler_id,
    NULL::bigint AS team_id,
    d.department_id AS department_id,
    d.net_amount AS amount,
    d.currency AS currency,
    x.link AS link,
    NULL::text AS calendar,
    NULL::tstzmultirange AS paused,
    d.changed_txid AS changed_txid
FROM wvl.documents d
    LEFT JOIN wvl.partners p ON p.id = d.partner_id
    LEFT JOIN wvl.document_details x ON x.document_id = d.id
WHERE d.kind = 'invoice' AND d.status = 'open'
    AND d.follow_up_at IS NOT NULL;
COMMENT ON VIEW wvl.escalation_invoice_follow_up IS 'Unpaid invoices, due on their follow-up.';

CREATE VIEW wvl.escalation_contract_billing WITH (security_invoker = true) AS
SELECT
    d.id AS item_id,
    d.number AS reference,
    d.name AS title,
    d.next_billing_at AS due_at,
    NULL::bigint AS due_version,
    d.company_id AS company_id,
    d.partner_id AS partner_id,
    p.name AS partner_name,
    p.phone,
    p.email,
    concat_ws(', ', p.street, nullif(concat_ws(' ', p.postcode, p.city), '')) AS address,
    coalesce(d.field_rep_id, p.field_rep_id) AS field_rep_id,
    coalesce(d.inside_rep_id, p.inside_rep_id) AS inside_rep_id,
    d.handler_id AS handler_id,
    NULL::bigint AS team_id,
    d.department_id AS department_id,
    d.amount AS amount,
    d.currency AS currency,
    d.link AS link,
    NULL::text AS calendar,
    NULL::tstzmultirange AS paused,
    d.changed_txid AS changed_txid
FROM wvl.contracts d
    LEFT JOIN wvl.partners p ON p.id = d.partner_id
WHERE d.status = 'active'
    AND d.next_billing_at IS NOT NULL;
COMMENT ON VIEW wvl.escalation_contract_billing IS 'Active contracts to be billed.';

CREATE VIEW wvl.escalation_contract_expiry WITH (security_invoker = true) AS
SELECT
    d.id AS item_id,
    d.number AS reference,
    d.name AS title,
    d.expiry_due_at AS due_at,
    NULL::bigint AS due_version,
    d.company_id AS company_id,
    d.partner_id AS partner_id,
    p.name AS partner_name,
    p.phone,
    p.email,
    concat_ws(', ', p.street, nullif(concat_ws(' ', p.postcode, p.city), '')) AS address,
    coalesce(d.field_rep_id, p.field_rep_id) AS field_rep_id,
    coalesce(d.inside_rep_id, p.inside_rep_id) AS inside_rep_id,
    d.handler_id AS handler_id,
    NULL::bigint AS team_id,
    d.department_id AS department_id,
    d.amount AS amount,
    d.currency AS currency,
    d.link AS link,
    NULL::text AS calendar,
    NULL::tstzmultirange AS paused,
    d.changed_txid AS changed_txid
FROM wvl.contracts d
    LEFT JOIN wvl.partners p ON p.id = d.partner_id
WHERE d.status = 'active'
    AND d.expiry_due_at IS NOT NULL;
COMMENT ON VIEW wvl.escalation_contract_expiry IS 'Active contracts, due on the last day to give notice, else on their end.';

CREATE VIEW wvl.escalation_system_download WITH (security_invoker = true) AS
SELECT
    d.id AS item_id,
    d.number AS reference,
    d.title AS title,
    d.raised_at AS due_at,
    NULL::bigint AS due_version,
    d.company_id AS company_id,
    d.partner_id AS partner_id,
    p.name AS partner_name,
    p.phone,
    p.email,
    concat_ws(', ', p.street, nullif(concat_ws(' ', p.postcode, p.city), '')) AS address,
    p.field_rep_id AS field_rep_id,
    p.inside_rep_id AS inside_rep_id,
    d.handler_id AS handler_id,
    d.team_id AS team_id,
    NULL::bigint AS department_id,
    NULL::numeric AS amount,
    NULL::text AS currency,
    d.link AS link,
    NULL::text AS calendar,
    NULL::tstzmultirange AS paused,
    d.changed_txid AS changed_txid
FROM wvl.notices d
    LEFT JOIN wvl.partners p ON p.id = d.partner_id
WHERE d.kind = 'system' AND d.done_at IS NULL
    AND d.raised_at IS NOT NULL;
COMMENT ON VIEW wvl.escalation_system_download IS 'System notices that nobody took note of.';

CREATE VIEW wvl.escalation_delivery_note WITH (security_invoker = true) AS
SELECT
    d.id AS item_id,
    d.number AS reference,
    d.title AS title,
    d.delivered_at AS due_at,
    NULL::bigint AS due_version,
    d.company_id AS company_id,
    d.partner_id AS partner_id,
    p.name AS partner_name,
    p.phone,
    p.email,
    concat_ws(', ', p.street, nullif(concat_ws(' ', p.postcode, p.city), '')) AS address,
    coalesce(d.field_rep_id, p.field_rep_id) AS field_rep_id,
    coalesce(d.inside_rep_id, p.inside_rep_id) AS inside_rep_id,
    d.handler_id AS handler_id,
    NULL::bigint AS team_id,
    d.department_id AS department_id,
    d.net_amount AS amount,
    d.currency AS currency,
    x.link AS link,
    NULL::text AS calendar,
    NULL::tstzmultirange AS paused,
    d.changed_txid AS changed_txid
FROM wvl.documents d
    LEFT JOIN wvl.partners p ON p.id = d.partner_id
    LEFT JOIN wvl.document_details x ON x.document_id = d.id
WHERE d.kind = 'delivery_note' AND d.status = 'open' AND d.invoicing_status <> 'complete'
    AND d.delivered_at IS NOT NULL;
COMMENT ON VIEW wvl.escalation_delivery_note IS 'Delivery notes not completely invoiced.';

CREATE VIEW wvl.escalation_helpdesk_immediate WITH (security_invoker = true) AS
SELECT
    d.id AS item_id,
    d.number AS reference,
    d.title AS title,
    d.due_at AS due_at,
    d.due_version AS due_version,
    d.company_id AS company_id,
    d.partner_id AS partner_id,
    p.name AS partner_name,
    p.phone,
    p.email,
    concat_ws(', ', p.street, nullif(concat_ws(' ', p.postcode, p.city), '')) AS address,
    p.field_rep_id AS field_rep_id,
    p.inside_rep_id AS inside_rep_id,
    d.handler_id AS handler_id,
    d.team_id AS team_id,
    d.department_id AS department_id,
    NULL::numeric AS amount,
    NULL::text AS currency,
    d.link AS link,
    c.calendar AS calendar,
    (
        SELECT range_agg(tstzrange(w.at, w.until))
        FROM (
            SELECT e.at, e.new_value, lead(e.at) OVER (ORDER BY e.at, e.id) AS until
            FROM wvl.ticket_events e
            WHERE e.ticket_id = d.id AND e.kind = 'status'
        ) w
        WHERE w.new_value = 'waiting' AND w.at IS DISTINCT FROM w.until
    ) AS paused,
    d.changed_txid AS changed_txid
FROM wvl.tickets d
    LEFT JOIN wvl.partners p ON p.id = d.partner_id
    LEFT JOIN wvl.contracts c ON c.id = d.contract_id
WHERE d.severity = 'immediate' AND d.status NOT IN ('closed', 'waiting')
    AND d.due_at IS NOT NULL;
COMMENT ON VIEW wvl.escalation_helpdesk_immediate IS 'Open tickets of severity immediate; none while waiting for feedback.';

CREATE VIEW wvl.escalation_helpdesk_high WITH (security_invoker = true) AS
SELECT
    d.id AS item_id,
    d.number AS reference,
    d.title AS title,
    d.due_at AS due_at,
    d.due_version AS due_version,
    d.company_id AS company_id,
    d.partner_id AS partner_id,
    p.name AS partner_name,
    p.phone,
    p.email,
    concat_ws(', ', p.street, nullif(concat_ws(' ', p.postcode, p.city), '')) AS address,
    p.field_rep_id AS field_rep_id,
    p.inside_rep_id AS inside_rep_id,
    d.handler_id AS handler_id,
    d.team_id AS team_id,
    d.department_id AS department_id,
    NULL::numeric AS amount,
    NULL::text AS currency,
    d.link AS link,
    c.calendar AS calendar,
    (
        SELECT range_agg(tstzrange(w.at, w.until))
        FROM (
            SELECT e.at, e.new_value, lead(e.at) OVER (ORDER BY e.at, e.id) AS until
            FROM wvl.ticket_events e
            WHERE e.ticket_id = d.id AND e.kind = 'status'
        ) w
        WHERE w.new_value = 'waiting' AND w.at IS DISTINCT FROM w.until
    ) AS paused,
    d.changed_txid AS changed_txid
FROM wvl.tickets d
    LEFT JOIN wvl.partners p ON p.id = d.partner_id
    LEFT JOIN wvl.contracts c ON c.id = d.contract_id
WHERE d.severity = 'high' AND d.status NOT IN ('closed', 'waiting')
    AND d.due_at IS NOT NULL;
COMMENT ON VIEW wvl.escalation_helpdesk_high IS 'Open tickets of severity high; none while waiting for feedback.';

CREATE VIEW wvl.escalation_helpdesk_standard WITH (security_invoker = true) AS
SELECT
    d.id AS item_id,
    d.number AS reference,
    d.title AS title,
    d.due_at AS due_at,
    d.due_version AS due_version,
    d.company_id AS company_id,
    d.partner_id AS partner_id,
    p.name AS partner_name,
    p.phone,
    p.email,
    concat_ws(', ', p.street, nullif(concat_ws(' ', p.postcode, p.city), '')) AS address,
    p.field_rep_id AS field_rep_id,
    p.inside_rep_id AS inside_rep_id,
    d.handler_id AS handler_id,
    d.team_id AS team_id,
    d.department_id AS department_id,
    NULL::numeric AS amount,
    NULL::text AS currency,
    d.link AS link,
    c.calendar AS calendar,
    (
        SELECT range_agg(tstzrange(w.at, w.until))
        FROM (
            SELECT e.at, e.new_value, lead(e.at) OVER (ORDER BY e.at, e.id) AS until
            FROM wvl.ticket_events e
            WHERE e.ticket_id = d.id AND e.kind = 'status'
        ) w
        WHERE w.new_value = 'waiting' AND w.at IS DISTINCT FROM w.until
    ) AS paused,
    d.changed_txid AS changed_txid
FROM wvl.tickets d
    LEFT JOIN wvl.partners p ON p.id = d.partner_id
    LEFT JOIN wvl.contracts c ON c.id = d.contract_id
WHERE d.severity = 'standard' AND d.status NOT IN ('closed', 'waiting')
    AND d.due_at IS NOT NULL;
COMMENT ON VIEW wvl.escalation_helpdesk_standard IS 'Open tickets of severity standard; none while waiting for feedback.';

CREATE VIEW wvl.escalation_helpdesk_low WITH (security_invoker = true) AS
SELECT
    d.id AS item_id,
    d.number AS reference,
    d.title AS title,
    d.due_at AS due_at,
    d.due_version AS due_version,
    d.company_id AS company_id,
    d.partner_id AS partner_id,
    p.name AS partner_name,
    p.phone,
    p.email,
    concat_ws(', ', p.street, nullif(concat_ws(' ', p.postcode, p.city), '')) AS address,
    p.field_rep_id AS field_rep_id,
    p.inside_rep_id AS inside_rep_id,
    d.handler_id AS handler_id,
    d.team_id AS team_id,
    d.department_id AS department_id,
    NULL::numeric AS amount,
    NULL::text AS currency,
    d.link AS link,
    c.calendar AS calendar,
    (
        SELECT range_agg(tstzrange(w.at, w.until))
        FROM (
            SELECT e.at, e.new_value, lead(e.at) OVER (ORDER BY e.at, e.id) AS until
            FROM wvl.ticket_events e
            WHERE e.ticket_id = d.id AND e.kind = 'status'
        ) w
        WHERE w.new_value = 'waiting' AND w.at IS DISTINCT FROM w.until
    ) AS paused,
    d.changed_txid AS changed_txid
FROM wvl.tickets d
    LEFT JOIN wvl.partners p ON p.id = d.partner_id
    LEFT JOIN wvl.contracts c ON c.id = d.contract_id
WHERE d.severity = 'low' AND d.status NOT IN ('closed', 'waiting')
    AND d.due_at IS NOT NULL;
COMMENT ON VIEW wvl.escalation_helpdesk_low IS 'Open tickets of severity low; none while waiting for feedback.';

CREATE VIEW wvl.escalation_helpdesk_very_low WITH (security_invoker = true) AS
SELECT
    d.id AS item_id,
    d.number AS reference,
    d.title AS title,
    d.due_at AS due_at,
    d.due_version AS due_version,
    d.company_id AS company_id,
    d.partner_id AS partner_id,
    p.name AS partner_name,
    p.phone,
    p.email,
    concat_ws(', ', p.street, nullif(concat_ws(' ', p.postcode, p.city), '')) AS address,
    p.field_rep_id AS field_rep_id,
    p.inside_rep_id AS inside_rep_id,
    d.handler_id AS handler_id,
    d.team_id AS team_id,
    d.department_id AS department_id,
    NULL::numeric AS amount,
    NULL::text AS currency,
    d.link AS link,
    c.calendar AS calendar,
    (
        SELECT range_agg(tstzrange(w.at, w.until))
        FROM (
            SELECT e.at, e.new_value, lead(e.at) OVER (ORDER BY e.at, e.id) AS until
            FROM wvl.ticket_events e
            WHERE e.ticket_id = d.id AND e.kind = 'status'
        ) w
        WHERE w.new_value = 'waiting' AND w.at IS DISTINCT FROM w.until
    ) AS paused,
    d.changed_txid AS changed_txid
FROM wvl.tickets d
    LEFT JOIN wvl.partners p ON p.id = d.partner_id
    LEFT JOIN wvl.contracts c ON c.id = d.contract_id
WHERE d.severity = 'very_low' AND d.status NOT IN ('closed', 'waiting')
    AND d.due_at IS NOT NULL;
COMMENT ON VIEW wvl.escalation_helpdesk_very_low IS 'Open tickets of severity very low; none while waiting for feedback.';

-- The occurrence nearest to now, 29 February on the 28th of common years. An employee's birthday goes to the supervisor,
-- who stands in the place of the field rep.
CREATE FUNCTION wvl.nearest_birthday(birthday date) RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (
        SELECT occurrence::timestamp AT TIME ZONE wvl.zone()
        FROM (
            SELECT (birthday + make_interval(years =>
                extract(year FROM wvl.as_of() AT TIME ZONE wvl.zone())::integer + shift
                - extract(year FROM birthday)::integer))::date AS occurrence
            FROM generate_series(-1, 1) AS shift
        ) AS occurrences
        ORDER BY abs(occurrence - (wvl.as_of() AT TIME ZONE wvl.zone())::date)
        LIMIT 1
    );
COMMENT ON FUNCTION wvl.nearest_birthday(date) IS 'Local 00:00 of the occurrence of a birthday that is nearest to now.';

CREATE VIEW wvl.escalation_birthday WITH (security_invoker = true) AS
SELECT
    'contact-person-' || c.id AS item_id,
    c.number AS reference,
    concat_ws(' ', c.first_name, c.last_name) AS title,
    wvl.nearest_birthday(c.birthday) AS due_at,
    NULL::bigint AS due_version,
    p.company_id,
    p.id AS partner_id,
    p.name AS partner_name,
    coalesce(c.phone, c.mobile, p.phone) AS phone,
    coalesce(c.email, p.email) AS email,
    concat_ws(', ', p.street, nullif(concat_ws(' ', p.postcode, p.city), '')) AS address,
    p.field_rep_id,
    p.inside_rep_id,
    NULL::bigint AS handler_id,
    NULL::bigint AS team_id,
    NULL::bigint AS department_id,
    NULL::numeric AS amount,
    NULL::text AS currency,
    NULL::text AS link,
    NULL::text AS calendar,
    NULL::tstzmultirange AS paused,
    NULL::bigint AS changed_txid
FROM wvl.contact_persons c
    JOIN wvl.partners p ON p.id = c.partner_id
WHERE c.active AND p.active AND c.birthday IS NOT NULL
UNION ALL
SELECT
    'employee-' || e.id,
    'MA-' || e.number,
    concat_ws(' ', e.first_name, e.last_name),
    wvl.nearest_birthday(b.birthday),
    NULL,
    s.company_id,
    NULL,
    NULL,
    coalesce(e.phone, e.mobile),
    e.email,
    NULL,
    a.supervisor_id,
    NULL,
    NULL,
    NULL,
    a.department_id,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL
FROM wvl.employees e
    JOIN wvl.employee_birthdays b ON b.employee_id = e.id
    JOIN wvl.sites s ON s.id = e.site_id
    LEFT JOIN LATERAL (
        SELECT supervisor_id, department_id
        FROM wvl.employee_assignments
        WHERE employee_id = e.id AND valid_from <= (wvl.as_of() AT TIME ZONE wvl.zone())::date
        ORDER BY valid_from DESC
        LIMIT 1
    ) a ON true
WHERE e.active AND (e.left_on IS NULL OR e.left_on >= (wvl.as_of() AT TIME ZONE wvl.zone())::date);
COMMENT ON VIEW wvl.escalation_birthday IS 'Birthdays of contact persons, and of employees who agreed.';

CREATE VIEW wvl.escalation_task WITH (security_invoker = true) AS
SELECT
    d.id AS item_id,
    d.number AS reference,
    d.title AS title,
    d.due_at AS due_at,
    NULL::bigint AS due_version,
    d.company_id AS company_id,
    d.partner_id AS partner_id,
    p.name AS partner_name,
    p.phone,
    p.email,
    concat_ws(', ', p.street, nullif(concat_ws(' ', p.postcode, p.city), '')) AS address,
    p.field_rep_id AS field_rep_id,
    p.inside_rep_id AS inside_rep_id,
    d.handler_id AS handler_id,
    d.team_id AS team_id,
    d.department_id AS department_id,
    NULL::numeric AS amount,
    NULL::text AS currency,
    d.link AS link,
    NULL::text AS calendar,
    NULL::tstzmultirange AS paused,
    d.changed_txid AS changed_txid
FROM wvl.tasks d
    LEFT JOIN wvl.partners p ON p.id = d.partner_id
WHERE d.status = 'open' AND d.partner_id IS NULL
    AND d.due_at IS NOT NULL;
COMMENT ON VIEW wvl.escalation_task IS 'Open tasks without a partner.';

CREATE VIEW wvl.escalation_invoice_overdue WITH (security_invoker = true) AS
SELECT
    d.id AS item_id,
    d.number AS reference,
    d.title AS title,
    d.payment_due_at AS due_at,
    NULL::bigint AS due_version,
    d.company_id AS company_id,
    d.partner_id AS partner_id,
    p.name AS partner_name,
    p.phone,
    p.email,
    concat_ws(', ', p.street, nullif(concat_ws(' ', p.postcode, p.city), '')) AS address,
    coalesce(d.field_rep_id, p.field_rep_id) AS field_rep_id,
    coalesce(d.inside_rep_id, p.inside_rep_id) AS inside_rep_id,
    d.handler_id AS handler_id,
    NULL::bigint AS team_id,
    d.department_id AS department_id,
    d.open_amount AS amount,
    d.currency AS currency,
    x.link AS link,
    NULL::text AS calendar,
    NULL::tstzmultirange AS paused,
    d.changed_txid AS changed_txid
FROM wvl.documents d
    LEFT JOIN wvl.partners p ON p.id = d.partner_id
    LEFT JOIN wvl.document_details x ON x.document_id = d.id
WHERE d.kind = 'invoice' AND d.status = 'open' AND d.open_amount > 0
    AND d.payment_due_at IS NOT NULL;
COMMENT ON VIEW wvl.escalation_invoice_overdue IS 'Invoices with an open amount, due on their payment date.';

GRANT SELECT ON
    wvl.escalation_offer_follow_up,
    wvl.escalation_order_commissioning,
    wvl.escalation_order_delivery_overdue,
    wvl.escalation_purchase_overdue,
    wvl.escalation_customer_notification,
    wvl.escalation_customer_activity,
    wvl.escalation_customer_acquisition,
    wvl.escalation_invoice_licence_expiry,
    wvl.escalation_invoice_follow_up,
    wvl.escalation_contract_billing,
    wvl.escalation_contract_expiry,
    wvl.escalation_system_download,
    wvl.escalation_delivery_note,
    wvl.escalation_helpdesk_immediate,
    wvl.escalation_helpdesk_high,
    wvl.escalation_helpdesk_standard,
    wvl.escalation_helpdesk_low,
    wvl.escalation_helpdesk_very_low,
    wvl.escalation_birthday,
    wvl.escalation_task,
    wvl.escalation_invoice_overdue
TO wvl_read, wvl_work, wvl_admin, wvl_cron;
GRANT EXECUTE ON FUNCTION wvl.nearest_birthday(date) TO wvl_read, wvl_work, wvl_admin, wvl_cron;
