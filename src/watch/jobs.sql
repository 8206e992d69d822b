-- What the diary says of each job. $1 the jobs, $2 since when failures and complaints count, $3 now.
SELECT wanted.job,
    last.started_at AS last_at, last.host AS last_host, last.outcome AS last_outcome, last.exit_code AS last_code,
    last.finished_at AS last_finished_at, last.message AS last_message, last.counts AS last_counts, last.id AS last_id,
    good.started_at AS good_at,
    coalesce(failed.times, 0) AS failures
FROM unnest($1) WITH ORDINALITY AS wanted (job, place)
-- the last run that has ended, well or not; one that found another at work has done nothing
LEFT JOIN LATERAL (
    SELECT r.id, r.started_at, r.finished_at, r.host, r.outcome, r.exit_code, r.message, r.counts
    FROM wvl.job_runs r
    WHERE r.job = wanted.job AND r.started_at <= $3 AND r.outcome <> 'busy'
    ORDER BY r.started_at DESC
    LIMIT 1
) last ON true
-- the last one that did its work, perhaps with complaints
LEFT JOIN LATERAL (
    SELECT r.started_at
    FROM wvl.job_runs r
    WHERE r.job = wanted.job AND r.started_at <= $3 AND r.outcome IN ('ok', 'partial')
    ORDER BY r.started_at DESC
    LIMIT 1
) good ON true
-- how often it has failed since
LEFT JOIN LATERAL (
    SELECT count(*) AS times
    FROM wvl.job_runs r
    WHERE r.job = wanted.job AND r.started_at <= $3 AND r.started_at > coalesce(good.started_at, $2)
        AND r.outcome = 'failed'
) failed ON true
ORDER BY wanted.place
