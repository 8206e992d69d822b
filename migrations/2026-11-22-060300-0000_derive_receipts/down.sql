-- Nothing is lost: what was derived stays as it is.
DROP TRIGGER purchase_order_lines_follow_new ON wvl.purchase_order_lines;
DROP TRIGGER purchase_order_lines_follow_changed ON wvl.purchase_order_lines;
DROP TRIGGER purchase_order_lines_follow_gone ON wvl.purchase_order_lines;
DROP FUNCTION wvl.follow_purchase_order_lines();
