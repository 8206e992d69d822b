SELECT
    {day} AS day, d.kind, d.number, d.document_date, d.status, d.title,
    (SELECT p.number FROM wvl.partners p WHERE p.id = d.partner_id) AS customer_number,
    (SELECT p.name FROM wvl.partners p WHERE p.id = d.partner_id) AS customer,
    CASE WHEN d.kind = 'credit_note' THEN -abs(d.net_amount) ELSE d.net_amount END AS net,
    d.currency,
    (SELECT m.name FROM wvl.departments m WHERE m.id = d.department_id) AS department,
    (SELECT c.name FROM wvl.companies c WHERE c.id = d.company_id) AS company
FROM {documents}
WHERE {picked} AND {rows}
ORDER BY 1, d.kind DESC, d.number
