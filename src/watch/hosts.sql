-- Under which configuration each host ran last. $1 the jobs, $2 since when, $3 now.
SELECT DISTINCT ON (r.host) r.host, r.config_hash, r.started_at AS at
FROM wvl.job_runs r
WHERE r.job = ANY ($1) AND r.started_at > $2 AND r.started_at <= $3 AND r.config_hash IS NOT NULL
ORDER BY r.host, r.started_at DESC
