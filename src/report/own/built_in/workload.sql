/* wvl
title = "Auslastung"
description = "Was offen ist, nach Abteilung oder Team; nach Mitarbeiter nur, wo das Haus es vereinbart hat, sonst nur das Eigene."
counts_by = "Stand jetzt, nach Bearbeiter"
[parameter.by]
type = "choice"
values = ["department", "team", "employee"]
default = "department"
label = "Nach"
*/
SELECT
    CASE :by
        WHEN 'department' THEN coalesce(m.name, 'ohne Abteilung')
        WHEN 'team' THEN coalesce(t.name, 'ohne Team')
        WHEN 'employee' THEN concat_ws(' ', e.first_name, e.last_name)
    END AS "Posten",
    count(DISTINCT e.id) AS "Mitarbeiter",
    count(DISTINCT e.id) FILTER (WHERE EXISTS (
        SELECT FROM wvl.absences x WHERE x.employee_id = e.id AND g.today BETWEEN x.first_day AND x.last_day
    )) AS "heute abwesend",
    sum(v.open_tickets) AS "Tickets",
    sum(v.overdue_tickets) AS "Tickets überfällig",
    sum(v.open_tasks) AS "Aufgaben",
    sum(v.overdue_tasks) AS "Aufgaben überfällig",
    sum(v.open_offers) AS "Angebote",
    sum(v.open_orders) AS "Aufträge"
FROM wvl.v_workload v
    JOIN wvl.employees e ON e.number = v.employee_number
    CROSS JOIN (SELECT (wvl.as_of() AT TIME ZONE wvl.zone())::date AS today) g
    LEFT JOIN LATERAL (
        SELECT a.department_id FROM wvl.employee_assignments a
        WHERE a.employee_id = e.id AND a.valid_from <= g.today
        ORDER BY a.valid_from DESC LIMIT 1
    ) a ON true
    LEFT JOIN wvl.departments m ON m.id = a.department_id
    -- who is in two teams counts in both
    LEFT JOIN wvl.team_members u ON :by = 'team' AND u.employee_id = e.id
    LEFT JOIN wvl.teams t ON t.id = u.team_id
WHERE :by <> 'employee' OR current_setting('wvl.per_person', true) = 'on' OR e.id = wvl.me()
GROUP BY 1, CASE WHEN :by = 'employee' THEN e.id END
ORDER BY 1
