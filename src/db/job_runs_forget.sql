-- Forgets runs that began before $1, but never the last good one of a job, by which everybody sees when it last worked.
DELETE FROM wvl.job_runs r
WHERE r.started_at < $1
    AND NOT EXISTS (
        SELECT FROM (
            SELECT good.id FROM wvl.job_runs good
            WHERE good.job = r.job AND good.outcome = 'ok'
            ORDER BY good.started_at DESC, good.id DESC LIMIT 1
        ) latest
        WHERE latest.id = r.id
    )
