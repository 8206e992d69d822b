/* wvl
title = "Angebotsquote"
description = "Gewonnene und verlorene Angebote, nach Stück und nach Wert."
counts_by = "Tag der Entscheidung (wo er fehlt: Belegdatum), netto"
money = ["gewonnen netto", "verloren netto"]
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
values = ["month", "department", "field-rep", "partner"]
default = "month"
label = "Nach"
*/
SELECT
    CASE :by
        WHEN 'month' THEN to_char(f.day, 'YYYY-MM')
        WHEN 'department' THEN coalesce(m.name, 'ohne Abteilung')
        WHEN 'partner' THEN coalesce(nullif(concat_ws(' ', p.number, p.name), ''), 'ohne Kunde')
        -- figures of single persons are for themselves alone, unless the house has agreed
        WHEN 'field-rep' THEN CASE
            WHEN e.id IS NULL THEN 'ohne ADM'
            WHEN current_setting('wvl.per_person', true) = 'on' OR e.id = wvl.me() THEN concat_ws(' ', e.first_name, e.last_name)
            ELSE 'ADM zusammen'
        END
    END AS "Posten",
    count(*) FILTER (WHERE d.status = 'won') AS "gewonnen",
    count(*) FILTER (WHERE d.status = 'lost') AS "verloren",
    round(count(*) FILTER (WHERE d.status = 'won') * 100.0 / count(*), 1) AS "Quote %",
    coalesce(sum(d.net_amount) FILTER (WHERE d.status = 'won'), 0) AS "gewonnen netto",
    coalesce(sum(d.net_amount) FILTER (WHERE d.status = 'lost'), 0) AS "verloren netto",
    round(coalesce(sum(d.net_amount) FILTER (WHERE d.status = 'won'), 0) * 100 / nullif(sum(d.net_amount), 0), 1) AS "Quote Wert %",
    count(*) FILTER (WHERE d.net_amount IS NULL) AS "ohne Betrag",
    d.currency AS "Währung"
FROM wvl.documents d
    CROSS JOIN LATERAL (SELECT coalesce((d.closed_at AT TIME ZONE wvl.zone())::date, d.document_date) AS day) f
    LEFT JOIN wvl.partners p ON p.id = d.partner_id
    LEFT JOIN wvl.employees e ON e.id = coalesce(d.field_rep_id, p.field_rep_id)
    LEFT JOIN wvl.departments m ON m.id = d.department_id
WHERE d.kind = 'offer' AND d.status IN ('won', 'lost') AND f.day BETWEEN :from AND :to
GROUP BY 1, d.currency
ORDER BY d.currency, CASE WHEN :by = 'month' THEN 1 ELSE 2 END, 1
