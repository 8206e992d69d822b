-- Tickets of every severity. The hours at which they fall due are spread over the last days, so that each stage has one; a
-- few wait for the customer, one has waited and goes on, older ones are closed.

CREATE TEMP TABLE demo_tickets ON COMMIT DROP AS
SELECT row_number() OVER (ORDER BY d.day, at_hour, title) AS ticket, severity, title, d.day, at_hour, handler, w.status, d.n
FROM (VALUES
    ('immediate', 'Kein Zugriff auf die Warenwirtschaft', 0, 8, 302, 'in_progress'),
    ('immediate', 'Telefonanlage stumm', -1, 15, 304, 'in_progress'),
    ('immediate', 'Server im Lager antwortet nicht', -1, 10, 302, 'assigned'),
    ('immediate', 'Verdacht auf Schadsoftware am Empfang', -2, 11, 303, 'in_progress'),
    ('high', 'Datensicherung seit zwei Tagen fehlgeschlagen', 0, 9, 303, 'assigned'),
    ('high', 'VPN bricht alle zehn Minuten ab', -1, 9, 304, 'in_progress'),
    ('high', 'Drucker im Versand druckt keine Etiketten', -2, 9, 302, 'in_progress'),
    ('high', 'Postfach voll, Mails kommen zurück', -3, 9, 303, 'in_progress'),
    ('high', 'Zertifikat des Webservers abgelaufen', -4, 9, 304, 'in_progress'),
    ('high', 'WLAN in Halle 2 fällt aus', -5, 9, 302, 'in_progress'),
    ('high', 'Anmeldung dauert zehn Minuten', -6, 9, 303, 'in_progress'),
    ('high', 'Lizenzserver meldet Überschreitung', -6, 11, 303, 'waiting'),
    ('high', 'Datenbank der Zeiterfassung langsam', -7, 9, 304, 'in_progress'),
    ('high', 'Monitor am Leitstand flackert', -8, 9, 302, 'in_progress'),
    ('high', 'Zugriff auf Archiv gesperrt', -9, 9, 303, 'in_progress'),
    ('standard', 'Neues Notebook einrichten', 0, 10, 304, 'assigned'),
    ('standard', 'Freigabe für Projektordner', -1, 10, 302, 'in_progress'),
    ('standard', 'Telefonliste im Display falsch', -2, 12, 303, 'read'),
    ('standard', 'Scan in Ordner legt leere Dateien an', -3, 11, 304, 'in_progress'),
    ('standard', 'Kalender zeigt falsche Zeiten', -4, 10, 302, 'in_progress'),
    ('standard', 'Outlook fragt nach Kennwort', -4, 11, 302, 'waiting'),
    ('standard', 'Zweiter Bildschirm bleibt schwarz', -5, 14, 303, 'in_progress'),
    ('standard', 'Beamer findet kein Bild', -5, 10, 302, 'in_progress'),
    ('standard', 'Signatur mit neuem Logo', -6, 10, 304, 'in_progress'),
    ('standard', 'Homeoffice-Zugang für zwei Kollegen', -7, 9, 302, 'in_progress'),
    ('standard', 'Server-Update ankündigen', 2, 12, 303, 'assigned'),
    ('standard', 'Austausch der Tastaturen', 3, 10, 304, 'assigned'),
    ('low', 'Alte Benutzerkonten löschen', -1, 10, 303, 'assigned'),
    ('low', 'Farbprofil am Plotter', -3, 11, 304, 'assigned'),
    ('low', 'Kabel im Besprechungsraum ordnen', -6, 10, 302, 'assigned'),
    ('low', 'Inventarliste abgleichen', 4, 12, 303, 'unread'),
    ('very_low', 'Beschriftung der Patchfelder', -2, 10, 304, 'assigned'),
    ('very_low', 'Handbuch ins Intranet stellen', -6, 10, 302, 'unread'),
    ('very_low', 'Wunsch: größere Schrift am Terminal', 9, 12, 303, 'unread')
) AS w (severity, title, n, at_hour, handler, status)
    JOIN demo_days d USING (n);

-- Round the clock for whoever has such a contract.
INSERT INTO wvl.tickets (number, title, severity, partner_id, contract_id, department_id, handler_id, team_id, opened_at, due_at,
    created_at)
SELECT
    to_char(k.day, 'YYYY') || '-' || lpad((400 + k.ticket)::text, 4, '0'),
    k.title, k.severity, p.id, v.id, a.department_id, h.id, m.id, opened, due, opened
FROM demo_tickets k
    CROSS JOIN LATERAL (SELECT pg_temp.morning(k.day) + k.at_hour * interval '1 hour' AS due) AS d
    CROSS JOIN LATERAL (SELECT due - CASE k.severity WHEN 'immediate' THEN interval '2 hours' WHEN 'high' THEN interval '8 hours'
        ELSE interval '2 days' END AS opened) AS o
    JOIN (SELECT row_number() OVER (ORDER BY number) AS place, partner_id, id FROM wvl.contracts WHERE calendar IS NOT NULL) s
        ON s.place = 1 + k.ticket % 3
    JOIN demo_partners g ON g.n = 1 + (k.ticket * 17) % 52
    JOIN wvl.partners p ON CASE WHEN k.severity = 'immediate' AND k.ticket % 2 = 0 THEN p.id = s.partner_id
        ELSE p.matchcode = upper(g.matchcode) END
    LEFT JOIN wvl.contracts v ON v.id = s.id AND v.partner_id = p.id
    JOIN wvl.employees h ON h.number = k.handler
    JOIN wvl.teams m ON m.name = 'Helpdesk'
    LEFT JOIN wvl.employee_assignments a ON a.employee_id = h.id
-- what is opened and due only later does not exist yet
WHERE opened <= pg_temp.instant();

INSERT INTO wvl.tickets (number, title, severity, partner_id, department_id, handler_id, opened_at, due_at, created_at)
SELECT
    to_char(d.day, 'YYYY') || '-' || lpad((400 + d.n)::text, 4, '0'),
    (ARRAY['Kennwort zurückgesetzt', 'Toner getauscht', 'Update eingespielt', 'Neuer Benutzer angelegt'])[1 - d.n % 4],
    (ARRAY['standard', 'low', 'high'])[1 - d.n % 3], p.id, a.department_id, h.id,
    pg_temp.morning(d.day) + interval '9 hours', pg_temp.morning(d.day + 2) + interval '12 hours', pg_temp.morning(d.day) + interval '9 hours'
FROM demo_days d
    JOIN demo_partners g ON g.n = 1 + (d.n * -7) % 52
    JOIN wvl.partners p ON p.matchcode = upper(g.matchcode)
    JOIN wvl.employees h ON h.number = 302 - d.n % 3
    LEFT JOIN wvl.employee_assignments a ON a.employee_id = h.id
WHERE d.n BETWEEN -34 AND -15;

-- What has happened to them since, each at its own time, as the events take theirs from wvl.as_of.
DO $$
DECLARE
    change record;
BEGIN
    FOR change IN
        SELECT t.id, k.status, least(t.opened_at + interval '25 minutes', pg_temp.instant()) AS at
        FROM demo_tickets k JOIN wvl.tickets t USING (title)
        WHERE k.status NOT IN ('unread', 'waiting')
        UNION ALL
        SELECT t.id, w.status, t.opened_at + after
        FROM demo_tickets k JOIN wvl.tickets t USING (title)
            CROSS JOIN (VALUES ('in_progress', interval '20 minutes'), ('waiting', interval '3 hours')) AS w (status, after)
        WHERE k.status = 'waiting'
        UNION ALL
        -- has waited for a day and goes on: a pause that every stage takes off
        SELECT t.id, w.status, pg_temp.morning(d.day) + interval '13 hours'
        FROM (VALUES ('waiting', -4), ('in_progress', -3)) AS w (status, n)
            JOIN demo_days d USING (n)
            JOIN wvl.tickets t ON t.title = 'WLAN in Halle 2 fällt aus'
        UNION ALL
        SELECT t.id, 'closed', t.opened_at + interval '5 hours'
        FROM wvl.tickets t
        WHERE t.title NOT IN (SELECT title FROM demo_tickets)
        ORDER BY at
    LOOP
        PERFORM set_config('wvl.as_of', change.at::text, true);
        UPDATE wvl.tickets SET status = change.status WHERE id = change.id;
    END LOOP;
    PERFORM set_config('wvl.as_of', pg_temp.instant()::text, true);
END
$$;
