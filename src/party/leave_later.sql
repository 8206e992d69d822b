-- What is to hold only after the first day without the leaver ($3) names the successor ($2) instead of the leaver ($1).
UPDATE wvl.employee_assignments later
SET supervisor_id = CASE
        WHEN later.supervisor_id IS DISTINCT FROM $1 THEN later.supervisor_id
        WHEN later.employee_id = $2 THEN (
            SELECT nullif(supervisor_id, $2) FROM wvl.employee_assignments
            WHERE employee_id = $1 AND valid_from <= later.valid_from
            ORDER BY valid_from DESC
            LIMIT 1
        )
        ELSE $2
    END,
    deputy_id = CASE
        WHEN later.deputy_id IS DISTINCT FROM $1 THEN later.deputy_id
        WHEN later.employee_id = $2 THEN NULL
        ELSE $2
    END
WHERE later.valid_from > $3 AND later.employee_id <> $1 AND (later.supervisor_id = $1 OR later.deputy_id = $1)
