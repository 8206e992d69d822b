-- From the first day without the leaver ($3) the successor ($2) stands where the leaver ($1) stood.
WITH RECURSIVE
-- what holds on that day
holding AS (
    SELECT DISTINCT ON (employee_id) employee_id, supervisor_id, deputy_id, department_id
    FROM wvl.employee_assignments
    WHERE valid_from <= $3
    ORDER BY employee_id, valid_from DESC
),
-- everybody under the leaver: if the successor is among them, he moves up, or somebody would be above himself
below AS (
    SELECT employee_id FROM holding WHERE supervisor_id = $1
    UNION
    SELECT h.employee_id FROM holding h JOIN below b ON h.supervisor_id = b.employee_id
),
-- the place that becomes free
place AS (
    SELECT nullif(supervisor_id, $2) AS supervisor_id, nullif(deputy_id, $2) AS deputy_id FROM holding WHERE employee_id = $1
)
INSERT INTO wvl.employee_assignments (employee_id, valid_from, supervisor_id, deputy_id, department_id)
SELECT
    h.employee_id,
    $3,
    CASE
        WHEN h.employee_id = $2 AND h.employee_id IN (SELECT employee_id FROM below) THEN (SELECT supervisor_id FROM place)
        WHEN h.supervisor_id = $1 THEN $2
        ELSE h.supervisor_id
    END,
    CASE
        WHEN h.deputy_id IS DISTINCT FROM $1 THEN h.deputy_id
        -- nobody is his own deputy
        WHEN h.employee_id = $2 THEN (SELECT deputy_id FROM place)
        ELSE $2
    END,
    h.department_id
FROM holding h
WHERE h.employee_id <> $1
    AND (
        h.supervisor_id = $1
        OR h.deputy_id = $1
        OR h.employee_id = $2 AND h.employee_id IN (SELECT employee_id FROM below)
    )
ON CONFLICT (employee_id, valid_from)
    DO UPDATE SET supervisor_id = excluded.supervisor_id, deputy_id = excluded.deputy_id
