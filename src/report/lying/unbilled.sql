-- Delivery notes that are not invoiced, neither themselves nor with their order: what of them is not, by their lines. Old are
-- those delivered before the day $1 ($2: in this zone).
SELECT
    d.currency,
    count(*) AS count,
    trim_scale(coalesce(round(sum(CASE WHEN l.lines > 0 THEN l.unbilled ELSE d.net_amount END), 6), 0)) AS amount,
    count(*) FILTER (WHERE f.day < $1) AS old_count,
    trim_scale(coalesce(round(sum(CASE WHEN l.lines > 0 THEN l.unbilled ELSE d.net_amount END)
        FILTER (WHERE f.day < $1), 6), 0)) AS old_amount,
    min(f.day) AS oldest,
    min(f.day) FILTER (WHERE f.day < $1) AS old_oldest
FROM wvl.documents d
    CROSS JOIN LATERAL (
        SELECT coalesce((d.delivered_at AT TIME ZONE $2)::date, d.document_date) AS day
    ) f
    CROSS JOIN LATERAL (
        SELECT
            count(*) AS lines,
            sum(CASE
                WHEN l.quantity > l.invoiced_quantity + l.covered_quantity
                    AND abs(l.quantity * l.unit_price * (1 - l.discount_percent / 100)) < 1e15
                THEN round((l.quantity - l.invoiced_quantity - l.covered_quantity) * l.unit_price * (1 - l.discount_percent / 100), 2)
                ELSE 0
            END) AS unbilled
        FROM wvl.document_lines l
        WHERE l.document_id = d.id
    ) l
WHERE {unbilled} AND {scope}
GROUP BY d.currency
