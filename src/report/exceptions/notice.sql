-- Contracts whose last day to give notice ends after $1 and not after $2, the first one first.
SELECT
    d.number,
    (SELECT p.name FROM wvl.partners p WHERE p.id = d.partner_id) AS partner,
    trim_scale(d.amount) AS amount,
    d.currency,
    d.link,
    d.notice_by AS at,
    count(*) OVER () AS found
FROM wvl.contracts d
WHERE d.status = 'active' AND d.notice_by > $1 AND d.notice_by <= $2 AND {scope}
ORDER BY d.notice_by, d.amount DESC NULLS LAST, d.number
LIMIT {most}
