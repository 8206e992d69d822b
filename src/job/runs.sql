-- Rows of the diary, the latest first. $1 the row alone, $2 job, $3 host, $4 from, $5 to, $6 text, $7 only what went wrong, or
-- may have: what has no end is judged by who asks. $8 how many.
SELECT r.id, r.job, r.host, r.pid, r.started_at, r.finished_at, r.outcome, r.exit_code, r.counts, r.message, r.config_hash,
    -- a job is not begun again on a host where it still runs, unless another one says so
    r.finished_at IS NULL AND EXISTS (
        SELECT FROM wvl.job_runs later
        WHERE later.job = r.job AND later.host = r.host AND later.started_at > r.started_at AND later.outcome = 'ok'
    ) AS is_followed
FROM wvl.job_runs r
WHERE ($1::bigint IS NULL OR r.id = $1)
    AND ($2::text IS NULL OR r.job = $2)
    AND ($3::text IS NULL OR r.host = $3)
    AND ($4::timestamptz IS NULL OR r.started_at >= $4)
    AND ($5::timestamptz IS NULL OR r.started_at < $5)
    AND ($6::text IS NULL OR strpos(lower(concat_ws(' ', r.job, r.host, r.message)), lower($6)) > 0)
    AND (NOT $7 OR r.outcome IS NULL OR r.outcome IN ('partial', 'failed'))
ORDER BY r.started_at DESC, r.id DESC
LIMIT $8
