-- What was entered by hand and begins on the day of an event that is new here becomes the absence of that event.
UPDATE wvl.absences a
SET uid = event.uid
FROM unnest($1, $2, $3, $4) AS event (employee_id, uid, first_day, last_day)
WHERE a.employee_id = event.employee_id
    AND a.first_day = event.first_day
    AND a.uid IS NULL
    AND NOT EXISTS (SELECT FROM wvl.absences b WHERE b.employee_id = event.employee_id AND b.uid = event.uid)
RETURNING false AS is_new
