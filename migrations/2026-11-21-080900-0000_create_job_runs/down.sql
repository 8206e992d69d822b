-- Everything in these tables is lost.
DROP TABLE wvl.job_runs;
