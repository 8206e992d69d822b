-- What documents do to the documents they were made from: delivery notes deliver lines of orders, invoices invoice lines of
-- orders and delivery notes, credit notes and voids give back, an order wins its offer. All of it is derived here, so that
-- the command line, an import and a hand in psql cannot disagree.
--
--   order line      delivered = noted + delivery notes made from it
--                   invoiced  = noted + invoices made from it + what of its delivery notes is invoiced
--   delivery note   invoiced  = noted + invoices made from it
--                   covered   = what invoices of the order cover of it, the oldest delivery note first
--
-- "Noted" is what a hand or a file has said beyond the documents that are known here. Void documents do not count, and of an
-- invoice what credit notes have taken back does not.
--
-- The triggers on lines and details are statement-level: a file of a million lines costs one pass over those with a
-- predecessor. Whoever derives locks documents, never lines, and orders first: so nobody waits for one who waits for him.

ALTER TABLE wvl.document_lines
    ADD COLUMN delivered_noted numeric NOT NULL DEFAULT 0
        CONSTRAINT document_lines_delivered_noted_check CHECK (abs(delivered_noted) < 1e15),
    ADD COLUMN invoiced_noted numeric NOT NULL DEFAULT 0
        CONSTRAINT document_lines_invoiced_noted_check CHECK (abs(invoiced_noted) < 1e15),
    ADD COLUMN covered_quantity numeric NOT NULL DEFAULT 0
        CONSTRAINT document_lines_covered_quantity_check CHECK (abs(covered_quantity) < 1e15);
COMMENT ON COLUMN wvl.document_lines.delivered_quantity IS 'Delivered so far: what is noted and the delivery notes made from the line.';
COMMENT ON COLUMN wvl.document_lines.invoiced_quantity IS 'Invoiced so far: what is noted, and the invoices made from the line or from its delivery notes.';
COMMENT ON COLUMN wvl.document_lines.delivered_noted IS 'What of delivered_quantity was said by a hand or a file, beyond the delivery notes that are known; kept by triggers.';
COMMENT ON COLUMN wvl.document_lines.invoiced_noted IS 'What of invoiced_quantity was said by a hand or a file, beyond the invoices that are known; kept by triggers.';
COMMENT ON COLUMN wvl.document_lines.covered_quantity IS 'Of a delivery note: invoiced with the order itself, not with this delivery note; kept by triggers.';
UPDATE wvl.document_lines SET delivered_noted = delivered_quantity, invoiced_noted = invoiced_quantity
WHERE delivered_quantity <> 0 OR invoiced_quantity <> 0;

ALTER TABLE wvl.document_events ADD COLUMN line integer;
COMMENT ON COLUMN wvl.document_events.line IS 'The line it is about; empty for the document.';
COMMENT ON COLUMN wvl.document_events.event IS 'What changed: status, follow_up, commissioning_due, delivery_due, delivered, payment_due, picked, paid, voided, net_amount, open_amount, delivery_status, invoicing_status; of a line quantity, delivered_quantity, invoiced_quantity, covered_quantity; predecessor, and order, delivery_note, invoice or credit_note for a document that was made from this one.';

-- What is said from outside is noted; what the triggers below derive is not.
CREATE FUNCTION wvl.note_quantities() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        NEW.delivered_noted := NEW.delivered_quantity;
        NEW.invoiced_noted := NEW.invoiced_quantity;
    ELSE
        NEW.delivered_noted := OLD.delivered_noted + NEW.delivered_quantity - OLD.delivered_quantity;
        NEW.invoiced_noted := OLD.invoiced_noted + NEW.invoiced_quantity - OLD.invoiced_quantity;
    END IF;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION wvl.note_quantities() IS 'Keeps apart what a hand or a file says was delivered and invoiced, and what follows from documents.';
CREATE TRIGGER document_lines_note_new BEFORE INSERT ON wvl.document_lines FOR EACH ROW
    WHEN (NEW.delivered_quantity <> 0 OR NEW.invoiced_quantity <> 0) EXECUTE FUNCTION wvl.note_quantities();
CREATE TRIGGER document_lines_note_said BEFORE UPDATE ON wvl.document_lines FOR EACH ROW
    WHEN (pg_trigger_depth() = 0 AND (OLD.delivered_quantity, OLD.invoiced_quantity)
        IS DISTINCT FROM (NEW.delivered_quantity, NEW.invoiced_quantity))
    EXECUTE FUNCTION wvl.note_quantities();

CREATE FUNCTION wvl.is_import() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
    RETURN coalesce(current_setting('wvl.import', true) = 'on', false);
COMMENT ON FUNCTION wvl.is_import() IS 'Whether this transaction brings in a file: the setting wvl.import.';

-- A delivery note that a file brings is most often what the same program has said of the order before; one that is made here
-- is a further one. What was taken back from documents that somebody had corrected downwards is not taken twice.
CREATE FUNCTION wvl.still_noted(noted numeric, more numeric) RETURNS numeric LANGUAGE sql STABLE PARALLEL SAFE
    RETURN CASE
        WHEN noted > 0 AND more > 0 AND wvl.is_import() THEN greatest(noted - more, 0)
        WHEN noted < 0 AND more < 0 THEN least(noted - more, 0)
        ELSE noted
    END;
COMMENT ON FUNCTION wvl.still_noted(numeric, numeric) IS 'What remains noted when known documents say so much more or less.';

-- Every row is looked up by its key, whatever the planner has heard of the tables: during an import that is nothing, and a
-- plan that goes wrong with a hundred thousand lines takes hours.
CREATE FUNCTION wvl.derive_quantities(lines bigint[]) RETURNS void LANGUAGE plpgsql SET jit = off AS $$
DECLARE
    changed bigint[] := ARRAY(SELECT DISTINCT u.id FROM unnest(lines) AS u (id));
BEGIN
    -- the whole family at once: the lines, the order lines behind them, and their delivery notes
    PERFORM FROM wvl.documents d
    WHERE d.kind IN ('order', 'delivery_note') AND d.id IN (
        SELECT f.document_id
        FROM unnest(changed) AS u (id)
            CROSS JOIN LATERAL (SELECT l.* FROM wvl.document_lines l WHERE l.id = u.id OFFSET 0) l
            CROSS JOIN LATERAL (
                SELECT l.document_id
                UNION ALL SELECT o.document_id FROM wvl.document_lines o WHERE o.id = l.predecessor_line_id
                UNION ALL SELECT n.document_id FROM wvl.document_lines n
                WHERE n.predecessor_line_id IN (l.id, l.predecessor_line_id)
            ) f)
    ORDER BY d.kind <> 'order', d.id FOR NO KEY UPDATE;
    UPDATE wvl.document_lines t
    SET delivered_noted = f.delivered_noted, delivered_quantity = f.delivered_noted + f.delivered,
        invoiced_noted = f.invoiced_noted, invoiced_quantity = f.invoiced_noted + f.invoiced
    FROM (
        SELECT
            l.id, s.delivered, s.invoiced,
            wvl.still_noted(l.delivered_noted, s.delivered - l.delivered_quantity + l.delivered_noted) AS delivered_noted,
            wvl.still_noted(l.invoiced_noted, s.invoiced - l.invoiced_quantity + l.invoiced_noted) AS invoiced_noted
        FROM unnest(changed) AS u (id)
            CROSS JOIN LATERAL (
                SELECT o.*, (SELECT d.kind FROM wvl.documents d WHERE d.id = o.document_id) AS kind
                FROM wvl.document_lines o WHERE o.id = u.id OFFSET 0
            ) l
            CROSS JOIN LATERAL (
                SELECT
                    coalesce(sum(n.quantity) FILTER (
                        WHERE l.kind = 'order' AND k.kind = 'delivery_note' AND k.status <> 'void'), 0) AS delivered,
                    coalesce(sum(CASE
                        WHEN k.kind = 'invoice' AND k.status <> 'void' THEN n.quantity - sign(n.quantity) * (
                            SELECT coalesce(sum(abs(c.quantity)), 0) FROM wvl.document_lines c
                            WHERE c.predecessor_line_id = n.id AND (
                                SELECT g.kind = 'credit_note' AND g.status <> 'void' FROM wvl.documents g WHERE g.id = c.document_id))
                        -- also of a void one: its invoice may still be in force
                        WHEN l.kind = 'order' AND k.kind = 'delivery_note' THEN n.invoiced_quantity
                    END), 0) AS invoiced
                FROM wvl.document_lines n
                    CROSS JOIN LATERAL (SELECT d.kind, d.status FROM wvl.documents d WHERE d.id = n.document_id OFFSET 0) k
                WHERE n.predecessor_line_id = l.id
            ) s
        WHERE l.kind IN ('order', 'delivery_note')
    ) f
    WHERE t.id = f.id AND (t.delivered_noted, t.delivered_quantity, t.invoiced_noted, t.invoiced_quantity)
        IS DISTINCT FROM (f.delivered_noted, f.delivered_noted + f.delivered, f.invoiced_noted, f.invoiced_noted + f.invoiced);
    -- what is invoiced of an order beside its delivery notes covers these, the oldest first
    UPDATE wvl.document_lines t SET covered_quantity = f.covered
    FROM (
        SELECT n.id, least(n.need, greatest(n.pool - n.before, 0)) AS covered
        FROM unnest(changed) AS u (id)
            CROSS JOIN LATERAL (SELECT o.* FROM wvl.document_lines o WHERE o.id = u.id OFFSET 0) l
            CROSS JOIN LATERAL (
                SELECT
                    n.id, k.need,
                    l.invoiced_quantity - sum(n.invoiced_quantity) OVER () AS pool,
                    sum(k.need) OVER (ORDER BY n.id) - k.need AS before
                FROM wvl.document_lines n
                    CROSS JOIN LATERAL (
                        SELECT d.kind, CASE WHEN d.status = 'void' THEN 0 ELSE greatest(n.quantity - n.invoiced_quantity, 0) END AS need
                        FROM wvl.documents d WHERE d.id = n.document_id OFFSET 0
                    ) k
                WHERE n.predecessor_line_id = l.id AND k.kind = 'delivery_note'
            ) n
        WHERE (SELECT d.kind = 'order' FROM wvl.documents d WHERE d.id = l.document_id)
        UNION ALL
        SELECT l.id, 0
        FROM unnest(changed) AS u (id)
            CROSS JOIN LATERAL (SELECT o.* FROM wvl.document_lines o WHERE o.id = u.id OFFSET 0) l
        WHERE l.predecessor_line_id IS NULL
    ) f
    WHERE t.id = f.id AND t.covered_quantity <> f.covered;
END
$$;
COMMENT ON FUNCTION wvl.derive_quantities(bigint[]) IS 'Derives anew what is delivered and invoiced of these lines of orders and delivery notes; other lines are passed over.';

-- A line without a positive quantity is a text or a deduction, which nobody delivers.
CREATE FUNCTION wvl.derive_progress(owners bigint[], keeps_said boolean) RETURNS void LANGUAGE plpgsql SET jit = off AS $$
BEGIN
    PERFORM FROM wvl.documents d WHERE d.id IN (SELECT unnest(owners)) AND d.kind IN ('order', 'delivery_note') ORDER BY d.kind <> 'order', d.id FOR NO KEY UPDATE;
    UPDATE wvl.documents d
    SET delivery_status = f.delivery, invoicing_status = f.invoicing,
        status = CASE WHEN f.is_done = f.was_done THEN d.status WHEN f.is_done THEN 'closed' ELSE 'open' END,
        closed_at = CASE
            WHEN f.is_done = f.was_done OR d.status = CASE WHEN f.is_done THEN 'closed' ELSE 'open' END THEN d.closed_at
            WHEN f.is_done THEN wvl.as_of()
        END
    FROM (
        SELECT
            g.id, g.delivery, g.invoicing,
            g.invoicing_status = 'complete' AND (g.kind = 'delivery_note' OR g.delivery_status = 'complete') AS was_done,
            g.invoicing = 'complete' AND (g.kind = 'delivery_note' OR g.delivery = 'complete') AS is_done
        FROM (
            SELECT
                k.id, k.kind, k.delivery_status, k.invoicing_status,
                CASE
                    WHEN k.kind <> 'order' THEN k.delivery_status
                    WHEN bool_and(l.delivered_quantity >= l.quantity) THEN 'complete'
                    WHEN bool_or(l.delivered_quantity > 0) THEN 'partial'
                    WHEN keeps_said THEN k.delivery_status
                    ELSE 'none'
                END AS delivery,
                CASE
                    WHEN bool_and(l.invoiced_quantity + l.covered_quantity >= l.quantity) THEN 'complete'
                    WHEN bool_or(l.invoiced_quantity + l.covered_quantity > 0) THEN 'partial'
                    WHEN keeps_said THEN k.invoicing_status
                    ELSE 'none'
                END AS invoicing
            FROM (SELECT DISTINCT o.id FROM unnest(owners) AS o (id)) u
                CROSS JOIN LATERAL (SELECT o.* FROM wvl.documents o WHERE o.id = u.id OFFSET 0) k
                JOIN wvl.document_lines l ON l.document_id = k.id AND l.quantity > 0
            WHERE k.kind IN ('order', 'delivery_note') AND k.status <> 'void'
            GROUP BY k.id, k.kind, k.delivery_status, k.invoicing_status
        ) g
    ) f
    WHERE d.id = f.id AND (d.delivery_status, d.invoicing_status) IS DISTINCT FROM (f.delivery, f.invoicing);
END
$$;
COMMENT ON FUNCTION wvl.derive_progress(bigint[], boolean) IS 'Derives from their lines how far documents are delivered and invoiced; what becomes done is closed, what was done and no longer is comes back. With keeps_said a document of which no line is delivered keeps what was said of it.';

CREATE FUNCTION wvl.follow_lines() RETURNS trigger LANGUAGE plpgsql AS $$
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
                ('covered_quantity', o.covered_quantity, n.covered_quantity)
            ) AS c (event, old_value, new_value)
        WHERE c.old_value <> c.new_value
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
COMMENT ON FUNCTION wvl.follow_lines() IS 'Whoever changes lines: writes document_events of their quantities, and derives what follows for the lines they came from and for the state of documents.';

-- A credit note names the line of an invoice; what it gives back is the line behind that one.
CREATE FUNCTION wvl.lines_behind_invoices(lines bigint[]) RETURNS bigint[] LANGUAGE sql STABLE
    RETURN ARRAY(
        -- by their keys whatever the planner has heard of the tables: during an import that is nothing
        SELECT l.predecessor_line_id
        FROM unnest(lines) AS u (id)
            CROSS JOIN LATERAL (SELECT t.* FROM wvl.document_lines t WHERE t.id = u.id OFFSET 0) l
        WHERE l.predecessor_line_id IS NOT NULL
            AND (SELECT d.kind = 'invoice' FROM wvl.documents d WHERE d.id = l.document_id));
COMMENT ON FUNCTION wvl.lines_behind_invoices(bigint[]) IS 'The lines from which those of these lines were made that stand in invoices.';

CREATE TRIGGER document_lines_follow_new AFTER INSERT ON wvl.document_lines
    REFERENCING NEW TABLE AS new_lines FOR EACH STATEMENT EXECUTE FUNCTION wvl.follow_lines();
CREATE TRIGGER document_lines_follow_changed AFTER UPDATE ON wvl.document_lines
    REFERENCING OLD TABLE AS old_lines NEW TABLE AS new_lines FOR EACH STATEMENT EXECUTE FUNCTION wvl.follow_lines();
CREATE TRIGGER document_lines_follow_gone AFTER DELETE ON wvl.document_lines
    REFERENCING OLD TABLE AS old_lines FOR EACH STATEMENT EXECUTE FUNCTION wvl.follow_lines();

CREATE FUNCTION wvl.credited(net numeric, tax numeric) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN abs(net) < 1e15 THEN round(abs(net) * (1 + coalesce(tax, 0) / 100), 2) ELSE 0 END;
COMMENT ON FUNCTION wvl.credited(numeric, numeric) IS 'What a credit note over this net amount takes off, tax included; programs differ in whether they write a minus sign.';

-- What an invoice owes may fall below nothing: then its customer is owed something.
CREATE FUNCTION wvl.credit(invoices bigint[], amounts numeric[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM wvl.documents d WHERE d.id IN (SELECT unnest(invoices)) ORDER BY d.id FOR NO KEY UPDATE;
    UPDATE wvl.documents d
    SET open_amount = f.owed,
        status = CASE WHEN d.status = 'open' AND f.owed <= 0 THEN 'closed' WHEN f.comes_back THEN 'open' ELSE d.status END,
        closed_at = CASE WHEN d.status = 'open' AND f.owed <= 0 THEN wvl.as_of() WHEN f.comes_back THEN NULL ELSE d.closed_at END,
        paid_at = CASE WHEN f.comes_back THEN NULL ELSE d.paid_at END
    FROM (
        SELECT g.id, g.owed, g.amount < 0 AND g.owed > 0 AND g.status IN ('paid', 'closed') AS comes_back
        FROM (
            SELECT i.id, i.status, a.amount, i.open_amount - a.amount AS owed
            FROM (
                SELECT u.id, sum(u.amount) AS amount FROM unnest(invoices, amounts) AS u (id, amount) GROUP BY u.id
            ) a
                JOIN wvl.documents i ON i.id = a.id AND i.kind = 'invoice' AND i.status <> 'void'
                LEFT JOIN wvl.document_details x ON x.document_id = i.id
            WHERE a.amount <> 0
                -- what a file has said of the debt has the credit note in it already
                AND (NOT wvl.is_import() OR i.open_amount = round(i.net_amount * (1 + coalesce(x.tax_rate, 0) / 100), 2)
                    - wvl.credits_of(i.id) + a.amount)
        ) g
    ) f
    WHERE d.id = f.id AND d.open_amount IS NOT NULL;
END
$$;
COMMENT ON FUNCTION wvl.credit(bigint[], numeric[]) IS 'Takes amounts, tax included, off what invoices owe. An invoice that owes nothing more is closed, one that owes again comes back.';

CREATE FUNCTION wvl.credits_of(invoice bigint) RETURNS numeric LANGUAGE sql STABLE
    RETURN (
        SELECT coalesce(sum(wvl.credited(c.net_amount, coalesce(x.tax_rate, y.tax_rate))), 0)
        FROM wvl.document_details x JOIN wvl.documents c ON c.id = x.document_id
            JOIN wvl.documents i ON i.id = x.predecessor_id AND i.currency = c.currency
            LEFT JOIN wvl.document_details y ON y.document_id = i.id
        WHERE x.predecessor_id = invoice AND c.kind = 'credit_note' AND c.status <> 'void');
COMMENT ON FUNCTION wvl.credits_of(bigint) IS 'What credit notes take off this invoice, tax included.';

CREATE FUNCTION wvl.follow_details() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    -- links that are gone (-1) or there (1)
    documents bigint[];
    predecessors bigint[];
    rates numeric[];
    signs integer[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT array_agg(n.document_id), array_agg(n.predecessor_id), array_agg(n.tax_rate), array_agg(1)
        INTO documents, predecessors, rates, signs
        FROM new_details n WHERE n.predecessor_id IS NOT NULL;
    ELSIF TG_OP = 'UPDATE' THEN
        SELECT array_agg(c.document_id), array_agg(c.predecessor_id), array_agg(c.tax_rate), array_agg(c.sign)
        INTO documents, predecessors, rates, signs
        FROM old_details o JOIN new_details n ON n.id = o.id
            CROSS JOIN LATERAL (VALUES
                (o.document_id, o.predecessor_id, o.tax_rate, -1), (n.document_id, n.predecessor_id, n.tax_rate, 1)
            ) AS c (document_id, predecessor_id, tax_rate, sign)
        WHERE c.predecessor_id IS NOT NULL
            AND (o.document_id, o.predecessor_id, o.tax_rate) IS DISTINCT FROM (n.document_id, n.predecessor_id, n.tax_rate);
    END IF;
    IF documents IS NULL THEN
        RETURN NULL;
    END IF;
    INSERT INTO wvl.document_events (document_id, at, event, old_value, new_value)
    SELECT e.document_id, wvl.as_of(), e.event, CASE WHEN c.sign < 0 THEN e.value END, CASE WHEN c.sign > 0 THEN e.value END
    FROM (
        SELECT u.document_id, u.predecessor_id, sum(u.sign) AS sign
        FROM unnest(documents, predecessors, signs) AS u (document_id, predecessor_id, sign) GROUP BY 1, 2
    ) c
        JOIN wvl.documents d ON d.id = c.document_id
        JOIN wvl.documents p ON p.id = c.predecessor_id
        CROSS JOIN LATERAL (VALUES (d.id, 'predecessor', p.number), (p.id, d.kind, d.number)) AS e (document_id, event, value)
    WHERE c.sign <> 0
    ORDER BY d.id, c.sign;
    UPDATE wvl.documents p SET status = 'won', closed_at = wvl.as_of()
    FROM unnest(documents, predecessors, signs) AS u (document_id, predecessor_id, sign)
        JOIN wvl.documents d ON d.id = u.document_id AND d.kind = 'order'
    WHERE p.id = u.predecessor_id AND u.sign > 0 AND p.kind = 'offer' AND p.status = 'open';
    PERFORM wvl.credit(array_agg(p.id), array_agg(u.sign * wvl.credited(d.net_amount, coalesce(u.tax_rate, x.tax_rate))))
    FROM unnest(documents, predecessors, rates, signs) AS u (document_id, predecessor_id, tax_rate, sign)
        JOIN wvl.documents d ON d.id = u.document_id AND d.kind = 'credit_note' AND d.status <> 'void'
        JOIN wvl.documents p ON p.id = u.predecessor_id AND p.kind = 'invoice' AND p.currency = d.currency
        LEFT JOIN wvl.document_details x ON x.document_id = p.id
    HAVING count(*) > 0;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION wvl.follow_details() IS 'Whoever links documents: writes document_events on both ends, wins the offer of an order, and takes a credit note off its invoice.';
CREATE TRIGGER document_details_follow_new AFTER INSERT ON wvl.document_details
    REFERENCING NEW TABLE AS new_details FOR EACH STATEMENT EXECUTE FUNCTION wvl.follow_details();
CREATE TRIGGER document_details_follow_changed AFTER UPDATE ON wvl.document_details
    REFERENCING OLD TABLE AS old_details NEW TABLE AS new_details FOR EACH STATEMENT EXECUTE FUNCTION wvl.follow_details();

CREATE FUNCTION wvl.follow_document() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    lines bigint[];
BEGIN
    IF (OLD.status = 'void') <> (NEW.status = 'void') THEN
        lines := ARRAY(
            SELECT DISTINCT l.predecessor_line_id FROM wvl.document_lines l
            WHERE l.document_id = NEW.id AND l.predecessor_line_id IS NOT NULL);
        IF cardinality(lines) > 0 THEN
            PERFORM wvl.derive_quantities(lines || wvl.lines_behind_invoices(lines));
        END IF;
        -- what was void has not been followed
        IF NEW.kind IN ('order', 'delivery_note') AND NEW.status <> 'void' THEN
            PERFORM wvl.derive_progress(ARRAY[NEW.id], true);
        END IF;
    END IF;
    IF NEW.kind = 'credit_note' THEN
        PERFORM wvl.credit(ARRAY[p.id], ARRAY[
            CASE WHEN NEW.status = 'void' OR NEW.currency <> p.currency THEN 0
                ELSE wvl.credited(NEW.net_amount, coalesce(x.tax_rate, y.tax_rate)) END
            - CASE WHEN OLD.status = 'void' OR OLD.currency <> p.currency THEN 0
                ELSE wvl.credited(OLD.net_amount, coalesce(x.tax_rate, y.tax_rate)) END])
        FROM wvl.document_details x JOIN wvl.documents p ON p.id = x.predecessor_id
            LEFT JOIN wvl.document_details y ON y.document_id = p.id
        WHERE x.document_id = NEW.id;
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION wvl.follow_document() IS 'Whoever voids a document gives back what it took of its predecessors; a credit note that changes takes more or less off its invoice.';
CREATE TRIGGER documents_follow AFTER UPDATE ON wvl.documents FOR EACH ROW
    WHEN ((OLD.status = 'void') <> (NEW.status = 'void') OR NEW.kind = 'credit_note'
        AND (OLD.net_amount, OLD.currency) IS DISTINCT FROM (NEW.net_amount, NEW.currency))
    EXECUTE FUNCTION wvl.follow_document();

GRANT EXECUTE ON FUNCTION wvl.is_import(), wvl.credited(numeric, numeric), wvl.credits_of(bigint) TO wvl_read, wvl_work, wvl_admin, wvl_cron;
GRANT EXECUTE ON FUNCTION wvl.still_noted(numeric, numeric), wvl.derive_quantities(bigint[]), wvl.derive_progress(bigint[], boolean),
    wvl.lines_behind_invoices(bigint[]), wvl.credit(bigint[], numeric[]) TO wvl_work, wvl_admin, wvl_cron;
