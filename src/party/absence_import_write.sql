-- What the events say. The kind ($5) is only that of new ones: somebody may have corrected it since.
INSERT INTO wvl.absences AS a (employee_id, uid, first_day, last_day, kind)
SELECT employee_id, uid, first_day, last_day, $5
FROM unnest($1, $2, $3, $4) AS event (employee_id, uid, first_day, last_day)
ON CONFLICT (employee_id, uid) DO UPDATE SET first_day = excluded.first_day, last_day = excluded.last_day
    WHERE (a.first_day, a.last_day) IS DISTINCT FROM (excluded.first_day, excluded.last_day)
RETURNING xmax = 0 AS is_new
