-- The sums of a document from its lines, where each has a price (a cost); what an open invoice owes moves by as much.
WITH sums AS (
    SELECT
        CASE WHEN bool_and(unit_price IS NOT NULL)
            THEN sum(round(quantity * unit_price * (1 - discount_percent / 100), 2)) END AS net,
        CASE WHEN bool_and(unit_cost IS NOT NULL) THEN sum(round(quantity * unit_cost, 2)) END AS cost
    FROM wvl.document_lines
    WHERE document_id = $1
),
-- tax included
owed AS (
    SELECT round(sums.net * rate.factor, 2) - round(d.net_amount * rate.factor, 2) AS more
    FROM sums
        JOIN wvl.documents d ON d.id = $1
        LEFT JOIN wvl.document_details x ON x.document_id = d.id
        CROSS JOIN LATERAL (SELECT 1 + coalesce(x.tax_rate, 0) / 100 AS factor) rate
)
UPDATE wvl.documents d
SET net_amount = coalesce(sums.net, d.net_amount),
    cost_amount = coalesce(sums.cost, d.cost_amount),
    open_amount = CASE
        WHEN d.kind = 'invoice' AND d.status = 'open' THEN d.open_amount + coalesce(owed.more, 0)
        ELSE d.open_amount
    END
FROM sums, owed
WHERE d.id = $1
