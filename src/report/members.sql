-- Who belongs to the department $1 on the day $2.
SELECT e.id
FROM wvl.employees e
    CROSS JOIN LATERAL (
        SELECT a.department_id
        FROM wvl.employee_assignments a
        WHERE a.employee_id = e.id AND a.valid_from <= $2
        ORDER BY a.valid_from DESC
        LIMIT 1
    ) a
WHERE a.department_id = $1
