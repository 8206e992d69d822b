SELECT
    u.day, u.kind, u.number, u.title,
    (SELECT p.number FROM wvl.partners p WHERE p.id = u.partner_id) AS customer_number,
    (SELECT p.name FROM wvl.partners p WHERE p.id = u.partner_id) AS customer,
    u.amount, u.currency,
    (SELECT m.name FROM wvl.departments m WHERE m.id = u.department_id) AS department,
    (SELECT c.name FROM wvl.companies c WHERE c.id = u.company_id) AS company
FROM ({rows}) u
WHERE {old}
ORDER BY u.day, u.number
