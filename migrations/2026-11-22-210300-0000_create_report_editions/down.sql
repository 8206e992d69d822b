-- Lost is who got which report: a later version would send that of the day again.
DROP TABLE wvl.report_editions;
