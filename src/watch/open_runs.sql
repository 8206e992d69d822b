-- Runs that began and never said that they ended: they are at work, or were killed. $1 since when, $2 now.
SELECT r.id, r.job, r.host, r.pid, r.started_at,
    -- a job of its own kind has begun and ended on that host since
    EXISTS (
        SELECT FROM wvl.job_runs later
        WHERE later.job = r.job AND later.host = r.host AND later.started_at > r.started_at
            AND later.started_at <= $2 AND later.outcome = 'ok'
    ) AS is_followed
FROM wvl.job_runs r
WHERE r.job = ANY ($3) AND r.started_at > $1 AND r.started_at <= $2 AND r.finished_at IS NULL
ORDER BY r.started_at
