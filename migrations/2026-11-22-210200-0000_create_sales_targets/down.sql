-- Lost are the imported targets; those of the configuration stay.
DROP VIEW wvl.v_targets;
DROP TABLE wvl.sales_targets;
