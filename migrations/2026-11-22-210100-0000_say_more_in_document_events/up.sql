-- The evening mail names what changed since the last one: by the transaction, because no clock can tell what a snapshot
-- has seen. Events of before have none: whoever looks has seen them.

ALTER TABLE wvl.document_events ADD COLUMN txid bigint;
ALTER TABLE wvl.document_events ALTER COLUMN txid SET DEFAULT pg_current_xact_id()::text::bigint;
COMMENT ON COLUMN wvl.document_events.txid IS 'Transaction that wrote it; none: before this was noted.';
COMMENT ON COLUMN wvl.document_events.event IS 'What changed: status, follow_up, commissioning_due, delivery_due, delivered, payment_due, picked, paid, voided, document_date, currency, net_amount, cost_amount, open_amount, delivery_status, invoicing_status; of a line quantity, delivered_quantity, invoiced_quantity, covered_quantity, unit_price, unit_cost, discount_percent; predecessor, and order, delivery_note, invoice or credit_note for a document that was made from this one.';

CREATE OR REPLACE FUNCTION wvl.record_document_events() RETURNS trigger LANGUAGE plpgsql
    SET DateStyle = 'ISO, YMD' SET TimeZone = 'UTC' AS $$
BEGIN
    INSERT INTO wvl.document_events (document_id, at, event, old_value, new_value)
    SELECT NEW.id, wvl.as_of(), event, old_value, new_value
    FROM (VALUES
        ('status', OLD.status, NEW.status),
        ('follow_up', OLD.follow_up_at::text, NEW.follow_up_at::text),
        ('commissioning_due', OLD.commissioning_due_at::text, NEW.commissioning_due_at::text),
        ('delivery_due', OLD.delivery_due_at::text, NEW.delivery_due_at::text),
        ('delivered', OLD.delivered_at::text, NEW.delivered_at::text),
        ('payment_due', OLD.payment_due_at::text, NEW.payment_due_at::text),
        ('picked', OLD.picked_at::text, NEW.picked_at::text),
        ('paid', OLD.paid_at::text, NEW.paid_at::text),
        ('voided', OLD.voided_at::text, NEW.voided_at::text),
        ('document_date', OLD.document_date::text, NEW.document_date::text),
        ('currency', OLD.currency, NEW.currency),
        ('net_amount', OLD.net_amount::text, NEW.net_amount::text),
        ('cost_amount', OLD.cost_amount::text, NEW.cost_amount::text),
        ('open_amount', OLD.open_amount::text, NEW.open_amount::text),
        ('delivery_status', OLD.delivery_status, NEW.delivery_status),
        ('invoicing_status', OLD.invoicing_status, NEW.invoicing_status)
    ) AS changes (event, old_value, new_value)
    WHERE old_value IS DISTINCT FROM new_value;
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION wvl.follow_lines() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed bigint[];
    owners bigint[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        changed := ARRAY(SELECT DISTINCT n.predecessor_line_id FROM new_lines n WHERE n.predecessor_line_id IS NOT NULL);
        owners := ARRAY(
            SELECT DISTINCT d.id FROM new_lines n JOIN wvl.documents d ON d.id = n.document_id
            WHERE d.kind IN ('order', 'delivery_note') AND (n.delivered_quantity <> 0 OR n.invoiced_quantity <> 0
                OR d.delivery_status <> 'none' OR d.invoicing_status <> 'none'));
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO wvl.document_events (document_id, at, event, line, old_value, new_value)
        SELECT n.document_id, wvl.as_of(), c.event, n.line, trim_scale(c.old_value)::text, trim_scale(c.new_value)::text
        FROM old_lines o JOIN new_lines n ON n.id = o.id JOIN wvl.documents d ON d.id = n.document_id
            CROSS JOIN LATERAL (VALUES
                ('quantity', o.quantity, n.quantity),
                ('delivered_quantity', o.delivered_quantity, n.delivered_quantity),
                ('invoiced_quantity', o.invoiced_quantity, n.invoiced_quantity),
                ('covered_quantity', o.covered_quantity, n.covered_quantity),
                ('unit_price', o.unit_price, n.unit_price),
                ('unit_cost', o.unit_cost, n.unit_cost),
                ('discount_percent', o.discount_percent, n.discount_percent)
            ) AS c (event, old_value, new_value)
        WHERE c.old_value IS DISTINCT FROM c.new_value
        ORDER BY n.id;
        SELECT array_agg(DISTINCT l.id) FILTER (WHERE l.id IS NOT NULL), array_agg(DISTINCT n.document_id)
        INTO changed, owners
        FROM old_lines o JOIN new_lines n ON n.id = o.id
            CROSS JOIN LATERAL (VALUES (n.id), (o.predecessor_line_id), (n.predecessor_line_id)) AS l (id)
        WHERE (o.quantity, o.delivered_quantity, o.invoiced_quantity, o.covered_quantity, o.predecessor_line_id)
            IS DISTINCT FROM (n.quantity, n.delivered_quantity, n.invoiced_quantity, n.covered_quantity, n.predecessor_line_id);
    ELSE
        changed := ARRAY(SELECT DISTINCT o.predecessor_line_id FROM old_lines o WHERE o.predecessor_line_id IS NOT NULL);
        owners := ARRAY(SELECT DISTINCT o.document_id FROM old_lines o);
    END IF;
    IF cardinality(changed) > 0 THEN
        PERFORM wvl.derive_quantities(changed || wvl.lines_behind_invoices(changed));
    END IF;
    IF cardinality(owners) > 0 THEN
        PERFORM wvl.derive_progress(owners, TG_OP = 'INSERT');
    END IF;
    RETURN NULL;
END
$$;
