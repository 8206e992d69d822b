-- Whether wvl has given the record t its number itself: it is of the range's mask, and of this year's counts one that has
-- been given out already. How far the counts of years before have come nobody knows any more.
EXISTS (
    SELECT
    FROM (
        SELECT g.counter, g.period, masked.mask LIKE '%YYYY%' AS has_year,
            -- what is no letter, digit or # stands for itself
            '^' || regexp_replace(masked.mask, '([^[:alnum:]#])', '\\\1', 'g') || '$' AS pattern
        FROM wvl.number_ranges g
            -- a mask without a counter gets it at its end
            CROSS JOIN LATERAL (SELECT CASE WHEN g.mask LIKE '%#%' THEN g.mask ELSE g.mask || '#' END AS mask) masked
        WHERE g.name = {range} AND g.counter > 0
    ) r
        CROSS JOIN LATERAL (
            SELECT
                substring(t.number FROM regexp_replace(replace(r.pattern, 'YYYY', '(\d{4})'), '#+', '\\d+')) AS year,
                substring(t.number FROM regexp_replace(replace(r.pattern, 'YYYY', '\d{4}'), '#+', '(\\d{1,18})')) AS count
        ) said
    WHERE said.count IS NOT NULL AND CASE
        WHEN r.has_year AND said.year <> r.period THEN said.year < r.period
        ELSE said.count::bigint <= r.counter
    END
)
