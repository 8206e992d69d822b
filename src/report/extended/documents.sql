-- The documents of some days in the currency $4 by kind, and by kind and company, department, field rep and handler: how many,
-- how much, what they bring.
WITH booked AS (
    SELECT
        d.kind, d.company_id, d.handler_id,
        coalesce(d.field_rep_id, (SELECT p.field_rep_id FROM wvl.partners p WHERE p.id = d.partner_id)) AS field_rep_id,
        {department} AS department_id,
        CASE WHEN d.kind = 'credit_note' THEN -abs(d.net_amount) ELSE d.net_amount END AS net,
        m.costed, m.cost, m.is_unpriced
    FROM {documents}
        {margin}
    WHERE {picked} AND d.currency = $4
)
SELECT
    CASE
        WHEN GROUPING(b.company_id) = 0 THEN 'company'
        WHEN GROUPING(b.department_id) = 0 THEN 'department'
        WHEN GROUPING(b.field_rep_id) = 0 THEN 'field_rep'
        WHEN GROUPING(b.handler_id) = 0 THEN 'employee'
        ELSE 'all'
    END AS by,
    coalesce(b.company_id, b.department_id, b.field_rep_id, b.handler_id) AS key,
    b.kind,
    count(*) AS documents,
    count(*) FILTER (WHERE b.net IS NULL) AS unpriced,
    count(*) FILTER (WHERE b.is_unpriced) AS lines_unpriced,
    trim_scale(coalesce(round(sum(b.net), 6), 0)) AS net,
    trim_scale(round(sum(b.costed), 6)) AS costed,
    trim_scale(round(sum(b.cost), 6)) AS cost
FROM booked b
GROUP BY GROUPING SETS (
    (b.kind), (b.kind, b.company_id), (b.kind, b.department_id), (b.kind, b.field_rep_id), (b.kind, b.handler_id))
