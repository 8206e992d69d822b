-- The hashes of the configurations are lost; a run that found another one at work counts as one that went well again.
DROP INDEX wvl.job_runs_latest;
UPDATE wvl.job_runs SET outcome = 'ok' WHERE outcome = 'busy';
ALTER TABLE wvl.job_runs
    DROP COLUMN config_hash,
    DROP CONSTRAINT job_runs_outcome_check,
    ADD CONSTRAINT job_runs_outcome_check CHECK (outcome IN ('ok', 'partial', 'failed'));
COMMENT ON COLUMN wvl.job_runs.outcome IS 'How it ended.';
