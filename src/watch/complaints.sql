-- What runs that did their work have complained about, each text with its job, how often and when last.
-- $1 the jobs, $2 since when, $3 now.
SELECT r.job, line.text, count(*) AS times, min(r.started_at) AS first_at, max(r.started_at) AS last_at
FROM wvl.job_runs r
CROSS JOIN LATERAL regexp_split_to_table(r.message, E'\n') AS line (text)
WHERE r.job = ANY ($1) AND r.started_at > $2 AND r.started_at <= $3
    AND r.message IS NOT NULL AND r.outcome IN ('ok', 'partial') AND btrim(line.text) <> ''
GROUP BY r.job, line.text
ORDER BY max(r.started_at) DESC, line.text
LIMIT 200
