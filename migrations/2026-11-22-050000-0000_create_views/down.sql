-- Nothing is lost: the views hold no data of their own.
DROP VIEW wvl.v_contracts_value, wvl.v_workload, wvl.v_pipeline, wvl.v_unbilled, wvl.v_margin, wvl.v_open_items, wvl.v_overdue;
