/* wvl
title = "Fristen der Tickets"
description = "Geschlossene Tickets: wie viele ihre Frist gehalten haben. Zeit, in der auf Feedback gewartet wurde, zählt nach der Frist nicht."
counts_by = "Tag, an dem das Ticket geschlossen wurde"
[parameter.from]
type = "day"
default = "monatsanfang"
label = "Von"
[parameter.to]
type = "day"
default = "heute"
label = "Bis"
[parameter.by]
type = "choice"
values = ["severity", "department", "team", "customer", "month"]
default = "severity"
label = "Nach"
*/
WITH closed AS (
    SELECT
        t.*, (t.closed_at AT TIME ZONE wvl.zone())::date AS day,
        t.closed_at - t.opened_at AS took,
        -- as the escalation counts: a pause before the due instant moves nothing, one after it is taken off
        coalesce(t.closed_at - t.due_at - coalesce(w.after_due, interval '0'), interval '0') AS late,
        coalesce(w.in_all, interval '0') AS waited
    FROM wvl.tickets t
        LEFT JOIN LATERAL (
            SELECT
                sum(least(p.until, t.closed_at) - greatest(p.at, t.due_at))
                    FILTER (WHERE least(p.until, t.closed_at) > greatest(p.at, t.due_at)) AS after_due,
                sum(least(p.until, t.closed_at) - p.at) FILTER (WHERE least(p.until, t.closed_at) > p.at) AS in_all
            FROM (
                SELECT v.at, v.new_value, coalesce(lead(v.at) OVER (ORDER BY v.at, v.id), t.closed_at) AS until
                FROM wvl.ticket_events v
                WHERE v.ticket_id = t.id AND v.kind = 'status'
            ) p
            WHERE p.new_value = 'waiting'
        ) w ON true
    WHERE t.status = 'closed' AND t.closed_at IS NOT NULL
)
SELECT
    CASE :by
        WHEN 'severity' THEN s.name
        WHEN 'department' THEN coalesce(m.name, 'ohne Abteilung')
        WHEN 'team' THEN coalesce(g.name, 'ohne Team')
        WHEN 'customer' THEN coalesce(nullif(concat_ws(' ', p.number, p.name), ''), 'intern')
        WHEN 'month' THEN to_char(c.day, 'YYYY-MM')
    END AS "Posten",
    count(*) AS "Geschlossen",
    count(c.due_at) AS "mit Frist",
    count(*) FILTER (WHERE c.due_at IS NOT NULL AND c.late <= interval '0') AS "Frist gehalten",
    round(count(*) FILTER (WHERE c.due_at IS NOT NULL AND c.late <= interval '0') * 100.0 / nullif(count(c.due_at), 0), 1) AS "Quote %",
    round(avg(extract(epoch FROM c.took - c.waited) / 3600), 1) AS "Ø Stunden ohne Warten",
    round((percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM c.took - c.waited) / 3600))::numeric, 1) AS "Median Stunden",
    round(max(extract(epoch FROM c.late) / 3600) FILTER (WHERE c.late > interval '0'), 1) AS "Größte Verspätung Stunden"
FROM closed c
    JOIN (VALUES
        ('immediate', 1, 'sofort'), ('high', 2, 'hoch'), ('standard', 3, 'Standard'), ('low', 4, 'niedrig'),
        ('very_low', 5, 'sehr niedrig')
    ) AS s (severity, place, name) ON s.severity = c.severity
    LEFT JOIN wvl.departments m ON m.id = c.department_id
    LEFT JOIN wvl.teams g ON g.id = c.team_id
    LEFT JOIN wvl.partners p ON p.id = c.partner_id
WHERE c.day BETWEEN :from AND :to
GROUP BY 1, CASE WHEN :by = 'severity' THEN s.place END
ORDER BY CASE WHEN :by = 'severity' THEN s.place END, 1
