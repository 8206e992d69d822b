-- Reminders from $1 up to $2 by their stage; 101 and more are repeats of the last one. $3: those of rehearsals.
SELECT least(s.step, 101) AS step, count(*) AS count
FROM wvl.escalation_steps s
WHERE {steps}
GROUP BY 1
ORDER BY 1
