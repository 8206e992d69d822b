-- Tasks with and without a customer, notices on customers, system notices.

INSERT INTO wvl.tasks (number, title, status, priority, partner_id, department_id, handler_id, due_at, done_at, created_at)
SELECT
    'A-' || to_char(d.day, 'YYYY') || '-' || lpad((100 + row_number() OVER (ORDER BY d.day, title))::text, 4, '0'),
    title, CASE WHEN d.n < -9 THEN 'done' ELSE 'open' END, priority, p.id, a.department_id, h.id, pg_temp.evening(d.day),
    CASE WHEN d.n < -9 THEN pg_temp.morning(d.day) + interval '16 hours' END,
    pg_temp.morning(d.day - 10) + interval '9 hours'
FROM (VALUES
    ('Jahresgespräch vorbereiten', -1, 202, 26, 'high'), ('Lizenzbestand durchsprechen', -2, 202, 3, 'normal'),
    ('Beschwerde Lieferzeit beantworten', -3, 203, 30, 'high'), ('Projektabschluss protokollieren', -4, 202, 42, 'normal'),
    ('Rückruf wegen Rahmenvertrag', -5, 201, 6, 'normal'), ('Umfrage Zufriedenheit auswerten', -6, 203, 15, 'low'),
    ('Preisliste zusenden', -7, 202, 21, 'normal'), ('Termin Serverumzug bestätigen', -8, 203, 33, 'high'),
    ('Vorführung Telefonanlage', 1, 202, 17, 'normal'), ('Vertragsentwurf abstimmen', 3, 201, 45, 'high'),
    ('Besuch zum Projektstart', 6, 203, 48, 'normal'), ('Nachkalkulation Neubau', 10, 202, 9, 'normal'),
    ('Erstgespräch Cloud', -12, 202, 12, 'normal'), ('Teststellung abholen', -15, 203, 24, 'normal'),
    ('Reisekosten Oktober prüfen', -1, 401, NULL, 'normal'), ('Werkstattwagen: Winterreifen', -2, 303, NULL, 'low'),
    ('Rufbereitschaft planen', -3, 301, NULL, 'high'), ('Vertretungsplan aushängen', -4, 204, NULL, 'normal'),
    ('Lager: Inventur vorbereiten', -5, 402, NULL, 'normal'),
    ('Stellenanzeige Technik freigeben', -6, 401, NULL, 'normal'), ('Schulungsraum reservieren', -7, 204, NULL, 'low'),
    ('Notfallhandbuch durchsehen', -8, 302, NULL, 'normal'), ('Preiskatalog einspielen', 2, 205, NULL, 'normal'),
    ('Datenschutz-Unterweisung', 5, 401, NULL, 'normal'), ('Ersatzteillager auffüllen', 8, 303, NULL, 'low'),
    ('Umsatzsteuer-Voranmeldung', -11, 401, NULL, 'high'), ('Neue Türschilder', -14, 402, NULL, 'low')
) AS w (title, n, handler, partner, priority)
    JOIN demo_days d USING (n)
    JOIN wvl.employees h ON h.number = handler
    LEFT JOIN wvl.employee_assignments a ON a.employee_id = h.id
    LEFT JOIN demo_partners k ON k.n = partner
    LEFT JOIN wvl.partners p ON p.matchcode = upper(k.matchcode);

INSERT INTO wvl.notices (number, kind, title, partner_id, handler_id, team_id, notify_at, raised_at, done_at, created_at)
SELECT
    'B-' || to_char(d.day, 'YYYY') || '-' || lpad((50 + row_number() OVER (ORDER BY d.day, title))::text, 4, '0'),
    CASE WHEN partner IS NULL THEN 'system' ELSE 'customer' END,
    title, p.id, h.id, m.id,
    CASE WHEN partner IS NOT NULL THEN pg_temp.morning(d.day) END,
    CASE WHEN partner IS NULL THEN pg_temp.morning(d.day) END,
    CASE WHEN d.n < -8 THEN pg_temp.morning(d.day) + interval '14 hours' END,
    pg_temp.morning(d.day - 20) + interval '8 hours'
FROM (VALUES
    ('Preisanpassung zum Quartal mitteilen', 0, 202, 5), ('Auf neue Ansprechpartnerin hinweisen', -1, 202, 8),
    ('Kunde wünscht Anruf vor Lieferung', -2, 203, 14), ('Garantie läuft aus: Verlängerung anbieten', -3, 202, 20),
    ('Zahlungsziel neu vereinbaren', -4, 203, 27), ('Umfirmierung in Stammdaten prüfen', -5, 202, 36),
    ('Zugangsdaten persönlich übergeben', -6, 203, 39), ('Bürgschaft zurückfordern', -7, 202, 51),
    ('Jubiläum: 10 Jahre Kunde', 4, 202, 29), ('Rechnungsanschrift ändern', -12, 203, 11),
    ('Preisliste Bitstrom bereit zum Herunterladen', 0, 402, NULL), ('Treiberpaket 24.2 bereit zum Herunterladen', -1, 302, NULL),
    ('Messprotokolle Neubau bereit zum Herunterladen', -2, 303, NULL),
    ('Artikelstamm Monitorwelt bereit zum Herunterladen', -3, 402, NULL), ('Sicherheitsupdate Firewall bereit', -4, 301, NULL),
    ('Archiv der Telefonanlage bereit zum Herunterladen', -5, 301, NULL),
    ('Lizenzschlüssel Wegner bereit', -6, 402, NULL), ('Kontoauszüge bereit zum Herunterladen', -10, 401, NULL)
) AS w (title, n, handler, partner)
    JOIN demo_days d USING (n)
    LEFT JOIN wvl.employees h ON h.number = handler
    LEFT JOIN wvl.teams m ON false
    LEFT JOIN demo_partners k ON k.n = partner
    LEFT JOIN wvl.partners p ON p.matchcode = upper(k.matchcode);

-- One offer has been put off three times: the mail says so.
DO $$
DECLARE
    moved bigint;
    step integer;
BEGIN
    SELECT d.id INTO moved
    FROM wvl.documents d JOIN demo_documents o USING (kind, number)
    WHERE o.moved;
    FOR step IN 1..3 LOOP
        PERFORM set_config('wvl.as_of', (SELECT (pg_temp.morning(day) + interval '10 hours')::text FROM demo_days
            WHERE n = -15 + 3 * step), true);
        UPDATE wvl.documents
        SET follow_up_at = (SELECT pg_temp.morning(day) FROM demo_days WHERE n = -12 + 3 * step)
        WHERE id = moved;
    END LOOP;
    PERFORM set_config('wvl.as_of', pg_temp.instant()::text, true);
END
$$;
