-- Every employee with what holds on the day $1.
SELECT
    e.id,
    e.number,
    concat_ws(' ', e.first_name, e.last_name) AS name,
    e.email AS address,
    e.phone,
    e.mobile,
    e.channels,
    e.language,
    e.active AND (e.left_on IS NULL OR e.left_on >= $1) AS active,
    e.working_days,
    s.calendar,
    a.supervisor_id AS supervisor,
    a.deputy_id AS deputy,
    a.department_id AS department,
    ARRAY(SELECT m.team_id FROM wvl.team_members m WHERE m.employee_id = e.id ORDER BY 1) AS teams,
    EXISTS (
        SELECT FROM wvl.absences x WHERE x.employee_id = e.id AND $1 BETWEEN x.first_day AND x.last_day
    ) AS absent
FROM wvl.employees e
    JOIN wvl.sites s ON s.id = e.site_id
    -- the newest assignment up to that day
    LEFT JOIN LATERAL (
        SELECT supervisor_id, deputy_id, department_id
        FROM wvl.employee_assignments
        WHERE employee_id = e.id AND valid_from <= $1
        ORDER BY valid_from DESC
        LIMIT 1
    ) a ON true
