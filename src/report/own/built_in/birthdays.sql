/* wvl
title = "Geburtstage"
description = "Ansprechpartner, und Mitarbeiter, die zugestimmt haben; ohne Alter."
counts_by = "Tag des Geburtstags; der 29.02. am 28., wo es ihn nicht gibt"
[parameter.from]
type = "day"
default = "heute"
label = "Von"
[parameter.days]
type = "integer"
default = 14
label = "Tage"
*/
SELECT
    (b.due_at AT TIME ZONE wvl.zone())::date AS "Tag",
    b.title AS "Name",
    coalesce(b.partner_name, 'Kollegin oder Kollege') AS "Firma",
    b.phone AS "Telefon",
    b.email AS "E-Mail",
    nullif(concat_ws(' ', e.first_name, e.last_name), '') AS "ADM"
FROM wvl.escalation_birthday b
    LEFT JOIN wvl.employees e ON e.id = b.field_rep_id AND b.partner_id IS NOT NULL
WHERE (b.due_at AT TIME ZONE wvl.zone())::date >= :from
    AND (b.due_at AT TIME ZONE wvl.zone())::date < :from + :days::integer
ORDER BY b.due_at, b.title
