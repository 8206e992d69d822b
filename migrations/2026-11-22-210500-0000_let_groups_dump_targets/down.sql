-- Nothing is lost; a dump by these roles fails again.

REVOKE SELECT ON SEQUENCE wvl.sales_targets_id_seq, wvl.report_editions_id_seq FROM wvl_cron, wvl_admin;
