-- The documents of some days, added up by day, kind and currency. Credit notes take away, whichever sign a program gives them.
SELECT
    {day} AS day,
    d.kind,
    d.currency,
    count(*) AS documents,
    count(*) FILTER (WHERE d.net_amount IS NULL) AS unpriced,
    trim_scale(round(
        coalesce(sum(d.net_amount) FILTER (WHERE d.kind <> 'credit_note'), 0)
            - coalesce(sum(abs(d.net_amount)) FILTER (WHERE d.kind = 'credit_note'), 0),
        6)) AS net
FROM {documents}
WHERE {picked}
GROUP BY 1, 2, 3
