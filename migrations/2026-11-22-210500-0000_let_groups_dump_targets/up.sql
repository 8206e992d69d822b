-- Whoever dumps reads every sequence: those of targets and of editions of reports too.

GRANT SELECT ON SEQUENCE wvl.sales_targets_id_seq, wvl.report_editions_id_seq TO wvl_cron, wvl_admin;
