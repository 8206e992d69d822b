-- Offers that were lost from $1 up to $2, of at least $3 net.
SELECT
    d.kind,
    d.number,
    (SELECT p.name FROM wvl.partners p WHERE p.id = d.partner_id) AS partner,
    trim_scale(d.net_amount) AS amount,
    d.currency,
    (SELECT y.link FROM wvl.document_details y WHERE y.document_id = d.id) AS link,
    NULL::numeric AS percent,
    count(*) OVER () AS found
FROM wvl.documents d
WHERE d.kind = 'offer' AND d.status = 'lost' AND d.closed_at >= $1 AND d.closed_at < $2 AND d.net_amount >= $3 AND {scope}
ORDER BY d.net_amount DESC, d.number
LIMIT {most}
