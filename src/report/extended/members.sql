-- Who stands behind a group on the day $1: companies and departments with how many people work there, and the people.
WITH active AS (
    SELECT e.id, s.company_id, concat_ws(' ', e.first_name, e.last_name) AS name, (
        SELECT a.department_id FROM wvl.employee_assignments a
        WHERE a.employee_id = e.id AND a.valid_from <= $1 ORDER BY a.valid_from DESC LIMIT 1) AS department_id
    FROM wvl.employees e JOIN wvl.sites s ON s.id = e.site_id
    WHERE e.active AND (e.left_on IS NULL OR e.left_on >= $1)
)
SELECT 'company' AS by, c.id AS key, c.name, count(a.id) AS size
FROM wvl.companies c LEFT JOIN active a ON a.company_id = c.id
GROUP BY c.id
UNION ALL
SELECT 'department', d.id, d.name, count(a.id)
FROM wvl.departments d LEFT JOIN active a ON a.department_id = d.id
GROUP BY d.id
UNION ALL
SELECT 'person', e.id, concat_ws(' ', e.first_name, e.last_name), count(a.id)
FROM wvl.employees e LEFT JOIN active a ON a.id = e.id
GROUP BY e.id
