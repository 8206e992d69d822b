-- Nothing is lost: the view holds no data of its own.
DROP VIEW wvl.v_deliveries;
