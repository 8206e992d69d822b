-- The largest order of some days in the currency $4, from $5 net.
SELECT
    d.kind,
    d.number,
    (SELECT p.name FROM wvl.partners p WHERE p.id = d.partner_id) AS partner,
    trim_scale(d.net_amount) AS amount,
    d.currency,
    (SELECT y.link FROM wvl.document_details y WHERE y.document_id = d.id) AS link,
    NULL::numeric AS percent,
    1::bigint AS found
FROM {documents}
WHERE {picked} AND d.kind = 'order' AND d.currency = $4 AND d.net_amount >= $5
ORDER BY d.net_amount DESC, d.number
LIMIT 1
