-- A run says under which configuration it ran, so that hosts that differ are seen; a run that found another one at work
-- says so instead of looking like work that was done. The list of runs and the clearing up of old ones have an index.

ALTER TABLE wvl.job_runs
    ADD config_hash text CONSTRAINT job_runs_config_hash_check CHECK (config_hash ~ '^[0-9a-f]{64}$'),
    DROP CONSTRAINT job_runs_outcome_check,
    ADD CONSTRAINT job_runs_outcome_check CHECK (outcome IN ('ok', 'partial', 'failed', 'busy'));
COMMENT ON COLUMN wvl.job_runs.config_hash IS
    'SHA-256 over every value of the configuration that decides what a run does, defaults included, [database] left out.';
COMMENT ON COLUMN wvl.job_runs.outcome IS
    'How it ended: ok; partial (some items failed); failed; busy (another run was at work, nothing was done).';

UPDATE wvl.job_runs SET outcome = 'busy' WHERE outcome = 'ok' AND counts @> '{"busy": true}';

CREATE INDEX job_runs_latest ON wvl.job_runs (started_at DESC, id DESC);
