-- Absences that move step aside first: two that change places would meet otherwise.
UPDATE wvl.absences a
SET first_day = a.first_day - 1000000
FROM unnest($1, $2, $3, $4) AS event (employee_id, uid, first_day, last_day)
WHERE a.employee_id = event.employee_id AND a.uid = event.uid AND a.first_day <> event.first_day
RETURNING false AS is_new
