/* wvl
title = "Wer ist wann abwesend"
description = "Abwesenheiten der nächsten Tage mit Vertretung, ohne Grund."
counts_by = "Tage der Abwesenheit"
[parameter.from]
type = "day"
default = "heute"
label = "Von"
[parameter.days]
type = "integer"
default = 7
label = "Tage"
[parameter.department]
type = "department"
default = ""
label = "Abteilung"
*/
SELECT
    concat_ws(' ', e.first_name, e.last_name) AS "Mitarbeiter",
    m.name AS "Abteilung",
    x.first_day AS "Von",
    x.last_day AS "Bis",
    nullif(concat_ws(' ', v.first_name, v.last_name), '') AS "Vertretung",
    EXISTS (
        SELECT FROM wvl.absences y
        WHERE y.employee_id = v.id AND y.first_day <= x.last_day AND y.last_day >= greatest(x.first_day, :from)
    ) AS "Vertretung auch abwesend"
FROM wvl.absences x
    JOIN wvl.employees e ON e.id = x.employee_id
    LEFT JOIN LATERAL (
        SELECT a.department_id, a.deputy_id FROM wvl.employee_assignments a
        WHERE a.employee_id = e.id AND a.valid_from <= greatest(x.first_day, :from)
        ORDER BY a.valid_from DESC LIMIT 1
    ) a ON true
    LEFT JOIN wvl.departments m ON m.id = a.department_id
    LEFT JOIN wvl.employees v ON v.id = a.deputy_id
WHERE e.active AND (e.left_on IS NULL OR e.left_on >= :from)
    AND x.first_day < :from + :days::integer AND x.last_day >= :from
    AND (:department IS NULL OR m.name = :department)
ORDER BY x.first_day, 1
