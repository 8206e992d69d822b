-- How much of a purchase order has come in follows from its lines, whoever changes them. A line without a positive quantity is
-- a text, which nobody receives. What was said of an order of which no line has come stays.

CREATE FUNCTION wvl.follow_purchase_order_lines() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    owners bigint[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        owners := ARRAY(
            SELECT DISTINCT o.id FROM new_lines n JOIN wvl.purchase_orders o ON o.id = n.purchase_order_id
            WHERE n.received_quantity <> 0 OR o.receipt_status <> 'none');
    ELSIF TG_OP = 'UPDATE' THEN
        owners := ARRAY(
            SELECT DISTINCT n.purchase_order_id FROM old_lines o JOIN new_lines n ON n.id = o.id
            WHERE (o.quantity, o.received_quantity) IS DISTINCT FROM (n.quantity, n.received_quantity));
    ELSE
        owners := ARRAY(SELECT DISTINCT o.purchase_order_id FROM old_lines o);
    END IF;
    IF cardinality(owners) = 0 THEN
        RETURN NULL;
    END IF;
    PERFORM FROM wvl.purchase_orders o WHERE o.id IN (SELECT unnest(owners)) ORDER BY o.id FOR NO KEY UPDATE;
    UPDATE wvl.purchase_orders t SET receipt_status = f.receipt
    FROM (
        SELECT
            k.id,
            CASE
                WHEN bool_and(l.received_quantity >= l.quantity) THEN 'complete'
                WHEN bool_or(l.received_quantity > 0) THEN 'partial'
                WHEN TG_OP = 'INSERT' THEN k.receipt_status
                ELSE 'none'
            END AS receipt
        FROM unnest(owners) AS u (id)
            CROSS JOIN LATERAL (SELECT o.* FROM wvl.purchase_orders o WHERE o.id = u.id OFFSET 0) k
            JOIN wvl.purchase_order_lines l ON l.purchase_order_id = k.id AND l.quantity > 0
        GROUP BY k.id, k.receipt_status
    ) f
    WHERE t.id = f.id AND t.receipt_status <> f.receipt;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION wvl.follow_purchase_order_lines() IS 'Whoever changes lines of purchase orders: derives how much of the orders has come in.';
CREATE TRIGGER purchase_order_lines_follow_new AFTER INSERT ON wvl.purchase_order_lines
    REFERENCING NEW TABLE AS new_lines FOR EACH STATEMENT EXECUTE FUNCTION wvl.follow_purchase_order_lines();
CREATE TRIGGER purchase_order_lines_follow_changed AFTER UPDATE ON wvl.purchase_order_lines
    REFERENCING OLD TABLE AS old_lines NEW TABLE AS new_lines FOR EACH STATEMENT EXECUTE FUNCTION wvl.follow_purchase_order_lines();
CREATE TRIGGER purchase_order_lines_follow_gone AFTER DELETE ON wvl.purchase_order_lines
    REFERENCING OLD TABLE AS old_lines FOR EACH STATEMENT EXECUTE FUNCTION wvl.follow_purchase_order_lines();
