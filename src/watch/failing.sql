-- Hosts on which a job has failed more than once since it last went well there, while it does well elsewhere.
-- $1 the jobs, $2 since when, $3 now.
WITH ended AS (
    SELECT r.id, r.job, r.host, r.started_at, r.outcome, r.exit_code, r.message,
        max(r.started_at) FILTER (WHERE r.outcome IN ('ok', 'partial')) OVER (PARTITION BY r.job, r.host) AS good_at,
        -- the host of the job's very last run
        first_value(r.host) OVER (PARTITION BY r.job ORDER BY r.started_at DESC, r.id DESC) AS last_host
    FROM wvl.job_runs r
    WHERE r.job = ANY ($1) AND r.started_at > $2 AND r.started_at <= $3 AND r.outcome <> 'busy'
)
SELECT DISTINCT ON (job, host) job, host, started_at AS at, coalesce(exit_code, 1::smallint) AS code, coalesce(message, '') AS message, id AS run,
    count(*) OVER (PARTITION BY job, host) AS times
FROM ended
WHERE outcome = 'failed' AND host <> last_host AND (good_at IS NULL OR started_at > good_at)
ORDER BY job, host, started_at DESC
