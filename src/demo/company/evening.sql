-- What an evening mail tells of: small sales of the last weeks, and a whole day's work on the demo's day. Nothing of it waits
-- for anybody: what is open has no date to be late for, so no escalation gains an item. Numbers are from 5000 on.
--
-- A part is "product:quantity", with "@price" or "@price/cost" where it is another one than usual.

CREATE TEMP TABLE demo_evening ON COMMIT DROP AS
SELECT row_number() OVER () AS place, *
FROM (
    -- each working day sells a little; one in three of the offers is lost
    SELECT
        d.n, s.kind, CASE WHEN s.kind = 'offer' AND d.n % 3 = 0 THEN 'lost' ELSE s.status END AS status, t.title, t.parts,
        7 - d.n + s.step AS partner, NULL AS chain, 'normal' AS invoice_kind, NULL::numeric AS net, 'EUR' AS currency,
        NULL::integer AS booked_n, NULL::integer AS closed_n
    FROM demo_days d
        CROSS JOIN (VALUES (1, 'offer', 'won'), (2, 'order', 'closed'), (3, 'delivery_note', 'closed'), (4, 'invoice', 'paid'))
            AS s (step, kind, status)
        CROSS JOIN LATERAL (
            SELECT * FROM (VALUES
                (0, 'Zwei Monitore', 'MON-27:2'), (1, 'Notebook mit Dockingstation', 'NB-14:1 DOCK:1'), (2, 'Drucker', 'DRU-A3:1'),
                (3, 'Virenschutz, Verlängerung', 'AV-1Y:25'), (4, 'WLAN im Anbau', 'AP-6:3 DL-STD:2'), (5, 'Microsoft 365', 'M365:10'),
                (6, 'Telefone für die Filiale', 'TEL-IP:6'), (7, 'USV für den Schaltschrank', 'USV-3:1 DL-STD:1'),
                (8, 'Arbeitsplätze', 'PC-MINI:2 MON-27:2')
            ) AS small (small, title, parts) WHERE small = (40 - d.n * 2 + s.step) % 9
        ) AS t
    WHERE d.n BETWEEN -44 AND -1
    UNION ALL
    SELECT * FROM (VALUES
        -- the demo's day
        (0, 'offer', 'open', 'Umstieg auf Microsoft 365, 35 Plätze', 'M365:35 DL-SEN:24', 6, NULL, 'normal', NULL::numeric, 'EUR', NULL::integer, NULL::integer),
        (0, 'offer', 'open', 'Notebooks für den Außendienst', 'NB-14:8 DOCK:8', 21, NULL, 'normal', NULL, 'EUR', NULL, NULL),
        (0, 'offer', 'open', 'Firewall Außenstelle', 'FW-200:1 FW-SUB:1', 38, NULL, 'normal', NULL, 'EUR', NULL, NULL),
        (0, 'offer', 'void', 'Telefonanlage, falsche Stückzahl', 'TEL-IP:400', 12, NULL, 'normal', NULL, 'EUR', NULL, NULL),
        (-9, 'offer', 'lost', 'Speicher und Server für das Rechenzentrum', 'SRV-2U:2 SAN-12:1', 45, NULL, 'normal', NULL, 'EUR', NULL, 0),
        (0, 'order', 'open', 'Netzwerk für den Neubau', 'SW-48:6 AP-6:9', 30, NULL, 'normal', NULL, 'EUR', NULL, NULL),
        (0, 'order', 'open', 'Ersatzserver zum Sonderpreis', 'SRV-2U:1@9560 VIRT:2@1260', 26, NULL, 'normal', NULL, 'EUR', NULL, NULL),
        (0, 'order', 'open', 'Notebooks für die Praxis', 'NB-14:2 DOCK:2', 19, NULL, 'normal', NULL, 'EUR', NULL, NULL),
        (0, 'order', 'open', 'Sicherheitsprüfung', 'DL-SEN:8', 17, NULL, 'normal', NULL, 'EUR', NULL, NULL),
        (0, 'delivery_note', 'closed', 'Monitore für die Leitstelle', 'MON-27:6', 43, NULL, 'normal', NULL, 'EUR', NULL, NULL),
        (0, 'delivery_note', 'closed', 'Drucker im Erdgeschoss', 'DRU-A3:1 DL-STD:2', 24, NULL, 'normal', NULL, 'EUR', NULL, NULL),
        (0, 'invoice', 'open', 'Arbeitsplätze für die Buchhaltung', 'PC-MINI:6 MON-27:12', 7, NULL, 'normal', NULL, 'EUR', NULL, NULL),
        (0, 'invoice', 'open', 'Virenschutz für alle Geräte', 'AV-1Y:60 DL-STD:4', 41, NULL, 'normal', NULL, 'EUR', NULL, NULL),
        (0, 'invoice', 'paid', 'Firewall für die Filiale in Arbon', 'FW-200:1 FW-SUB:1', 15, NULL, 'normal', NULL, 'CHF', NULL, NULL),
        -- some of what was billed comes back; one program writes a minus sign, the other none
        (-6, 'invoice', 'open', 'Bildschirme für den Schulungsraum', 'MON-27:10', 23, 'back', 'normal', NULL, 'EUR', NULL, NULL),
        (0, 'credit_note', 'closed', 'Zwei Bildschirme zurück', 'MON-27:2', 23, 'back', 'normal', NULL, 'EUR', NULL, NULL),
        (-5, 'credit_note', 'closed', 'Nachlass Druckerwartung', 'WART:-1', 24, NULL, 'normal', NULL, 'EUR', NULL, NULL),
        -- entered today: one of last week, and one that was taken back
        (-4, 'invoice', 'paid', 'Nachgereicht: Wartung der USV', 'USV-3:1 WART:1', 33, NULL, 'normal', NULL, 'EUR', 0, NULL),
        (-2, 'invoice', 'void', 'Switche, doppelt berechnet', 'SW-48:2', 30, NULL, 'normal', NULL, 'EUR', NULL, NULL),
        -- a project that was paid in parts: its last invoice lists everything and bills the rest
        (-28, 'order', 'closed', 'Serverraum: Server und Speicher', 'SRV-2U:2 SAN-12:1 VIRT:4', 42, 'rack', 'normal', NULL, 'EUR', NULL, NULL),
        (-15, 'invoice', 'paid', 'Anzahlung Serverraum', NULL, 42, 'rack', 'advance', 10000, 'EUR', NULL, NULL),
        (-8, 'invoice', 'paid', 'Serverraum, Teil 1: Speicher', 'SAN-12:1', 42, 'rack', 'partial', NULL, 'EUR', NULL, NULL),
        (-3, 'invoice', 'paid', 'Serverraum, Schlussrechnung', 'SRV-2U:2 SAN-12:1 VIRT:4', 42, 'rack', 'final', 18640, 'EUR', NULL, NULL),
        -- and one that begins
        (-2, 'order', 'open', 'CAD-Arbeitsplätze Konstruktion', 'PC-MINI:4 MON-27:8 CAD-1Y:4', 10, 'cad', 'normal', NULL, 'EUR', NULL, NULL),
        (0, 'invoice', 'paid', 'Anzahlung CAD-Arbeitsplätze', NULL, 10, 'cad', 'advance', 4000, 'EUR', NULL, NULL)
    ) AS day
) AS sales (n, kind, status, title, parts, partner, chain, invoice_kind, net, currency, booked_n, closed_n);

CREATE TEMP TABLE demo_evening_documents ON COMMIT DROP AS
SELECT e.*, d.day AS written,
    prefix || to_char(d.day, 'YY') || '-' || 4999 + row_number() OVER (PARTITION BY e.kind ORDER BY e.n, e.place) AS number,
    -- on the demo's day nothing is booked that has not happened yet
    least(pg_temp.morning(b.day) + interval '8 hours 20 minutes' + e.place % 9 * interval '47 minutes',
        pg_temp.instant() - e.place % 25 * interval '1 minute') AS booked_at,
    least(pg_temp.morning(c.day) + interval '15 hours', pg_temp.instant()) AS closed_at
FROM demo_evening e
    JOIN (VALUES ('offer', 'AN'), ('order', 'AB'), ('delivery_note', 'LS'), ('invoice', 'RE'), ('credit_note', 'GS'))
        AS prefixes (kind, prefix) USING (kind)
    JOIN demo_days d USING (n)
    JOIN demo_days b ON b.n = coalesce(e.booked_n, e.n)
    JOIN demo_days c ON c.n = coalesce(e.closed_n, CASE WHEN e.status = 'void' THEN 0 ELSE least(e.n + 3, 0) END);

-- An advance is one line that costs nothing: what it costs comes with what is delivered for it.
CREATE TEMP TABLE demo_evening_lines ON COMMIT DROP AS
SELECT e.kind, e.number, row_number() OVER (PARTITION BY e.place ORDER BY list.place)::integer AS line, t.id AS product_id,
    t.product_group, t.name AS description, q.quantity, t.unit, coalesce(split_part(f.terms, '/', 1)::numeric, t.price) AS price,
    pg_temp.discount(q.quantity) AS discount, coalesce(nullif(split_part(f.terms, '/', 2), '')::numeric, t.cost) AS cost
FROM demo_evening_documents e
    CROSS JOIN LATERAL unnest(string_to_array(e.parts, ' ')) WITH ORDINALITY AS list (part, place)
    CROSS JOIN LATERAL (SELECT nullif(split_part(part, '@', 2), '') AS terms) AS f
    CROSS JOIN LATERAL (SELECT split_part(split_part(part, '@', 1), ':', 2)::numeric AS quantity) AS q
    JOIN wvl.products t ON t.number = split_part(part, ':', 1)
UNION ALL
SELECT e.kind, e.number, 1, NULL, NULL, e.title, 1, 'pauschal', e.net, 0, 0
FROM demo_evening_documents e
WHERE e.invoice_kind = 'advance';

-- What the head of a final invoice bills, and costs, is the rest.
INSERT INTO wvl.documents (kind, number, status, title, partner_id, department_id, handler_id, document_date, booked_at, created_at,
    delivered_at, picked_at, paid_at, closed_at, voided_at, net_amount, cost_amount, open_amount, currency, delivery_status,
    invoicing_status)
SELECT
    e.kind, e.number, e.status, e.title, p.id, a.department_id, h.id, e.written, e.booked_at, e.booked_at,
    CASE WHEN e.kind = 'delivery_note' THEN pg_temp.morning(e.written) END,
    CASE WHEN e.kind = 'order' AND e.status = 'closed' THEN e.closed_at END,
    CASE WHEN e.status = 'paid' THEN e.closed_at END,
    CASE WHEN e.status NOT IN ('open', 'void') THEN e.closed_at END,
    CASE WHEN e.status = 'void' THEN e.closed_at END,
    coalesce(e.net, s.net),
    s.cost - CASE WHEN e.invoice_kind = 'final' THEN 12150 ELSE 0 END,
    CASE WHEN e.kind = 'invoice' THEN CASE WHEN e.status = 'open' THEN round(coalesce(e.net, s.net) * 1.19, 2) ELSE 0 END END,
    e.currency,
    CASE WHEN e.kind = 'order' AND e.status = 'closed' THEN 'complete' ELSE 'none' END,
    CASE WHEN e.kind IN ('order', 'delivery_note') AND e.status = 'closed' THEN 'complete' ELSE 'none' END
FROM demo_evening_documents e
    JOIN (
        SELECT kind, number, sum(round(quantity * price * (1 - discount / 100), 2)) AS net,
            CASE WHEN count(*) = count(cost) THEN sum(round(quantity * cost, 2)) END AS cost
        FROM demo_evening_lines
        GROUP BY kind, number
    ) s USING (kind, number)
    JOIN demo_partners k ON k.n = 1 + (e.partner - 1) % 52
    JOIN wvl.partners p ON p.matchcode = upper(k.matchcode)
    JOIN wvl.employees h ON h.number = CASE e.kind
        WHEN 'offer' THEN 204 + e.place % 2
        WHEN 'order' THEN 302 + e.place % 2
        WHEN 'delivery_note' THEN 204
        ELSE 401 END
    LEFT JOIN wvl.employee_assignments a ON a.employee_id = h.id
ORDER BY e.written, e.place;

INSERT INTO wvl.document_lines (document_id, line, product_id, product_group, description, quantity, unit, unit_price,
    discount_percent, unit_cost, delivered_quantity, invoiced_quantity, created_at)
SELECT d.id, l.line, l.product_id, l.product_group, l.description, l.quantity, l.unit, l.price, l.discount, l.cost,
    CASE WHEN d.kind IN ('delivery_note', 'invoice') OR d.delivery_status = 'complete' THEN l.quantity ELSE 0 END,
    CASE WHEN d.kind = 'invoice' OR d.invoicing_status = 'complete' THEN l.quantity ELSE 0 END, d.created_at
FROM demo_evening_lines l
    JOIN wvl.documents d USING (kind, number);

INSERT INTO wvl.document_details (document_id, tax_rate, invoice_kind, predecessor_id, created_at)
SELECT d.id, CASE WHEN d.currency = 'EUR' THEN 19 ELSE 0 END, e.invoice_kind, p.id, d.created_at
FROM demo_evening_documents e
    JOIN wvl.documents d USING (kind, number)
    LEFT JOIN demo_evening_documents b ON b.chain = e.chain AND b.kind = CASE e.kind WHEN 'invoice' THEN 'order' WHEN 'credit_note' THEN 'invoice' END
    LEFT JOIN wvl.documents p ON p.kind = b.kind AND p.number = b.number;

-- What was done besides.
INSERT INTO wvl.tasks (number, title, status, department_id, handler_id, due_at, done_at, created_at)
SELECT 'A-' || to_char(d.day, 'YYYY') || '-05' || lpad(place::text, 2, '0'), title, 'done', a.department_id, h.id,
    pg_temp.evening(d.day), least(pg_temp.morning(d.day) + interval '11 hours', pg_temp.instant()),
    pg_temp.morning(d.day - 5) + interval '9 hours'
FROM (VALUES (1, 'Angebot Firewall abgestimmt', 202), (2, 'Mahnlauf geprüft', 401), (3, 'Dienstplan nächste Woche', 301))
        AS done (place, title, handler)
    JOIN demo_days d ON d.n = 0
    JOIN wvl.employees h ON h.number = handler
    LEFT JOIN wvl.employee_assignments a ON a.employee_id = h.id;

-- Tickets of the last weeks that are done, most of them in time; so are two of the demo's day.
CREATE TEMP TABLE demo_done ON COMMIT DROP AS
SELECT d.n, least(pg_temp.morning(d.day) + interval '8 hours', pg_temp.instant() - interval '3 hours') AS opened,
    least(pg_temp.morning(d.day) + interval '10 hours 30 minutes', pg_temp.instant() - interval '20 minutes') AS closed,
    to_char(d.day, 'YYYY') || '-' || lpad((600 - d.n)::text, 4, '0') AS number, 200 - d.n AS place
FROM demo_days d
WHERE d.n BETWEEN -14 AND 0 AND d.n % 2 = 0
UNION ALL
SELECT d.n, least(pg_temp.morning(d.day) + interval '9 hours', pg_temp.instant() - interval '2 hours'),
    least(pg_temp.morning(d.day) + interval '15 hours', pg_temp.instant() - interval '10 minutes'),
    to_char(d.day, 'YYYY') || '-' || lpad((650 - d.n)::text, 4, '0'), 230 - d.n
FROM demo_days d
WHERE d.n BETWEEN -14 AND 0 AND d.n % 3 = 0;

INSERT INTO wvl.tickets (number, title, severity, partner_id, department_id, handler_id, team_id, opened_at, due_at, created_at)
SELECT o.number, (ARRAY['Postfach eingerichtet', 'Lizenz verlängert', 'Netzlaufwerk verbunden', 'Telefon umgezogen'])[1 + o.place % 4],
    (ARRAY['standard', 'high', 'low'])[1 + o.place % 3], p.id, a.department_id, h.id, m.id, o.opened,
    -- every fifth was late
    o.closed + CASE WHEN o.place % 5 = 0 THEN interval '-1 hour' ELSE interval '4 hours' END, o.opened
FROM demo_done o
    JOIN demo_partners k ON k.n = 1 + (o.place * 7) % 52
    JOIN wvl.partners p ON p.matchcode = upper(k.matchcode)
    JOIN wvl.employees h ON h.number = 302 + o.place % 3
    JOIN wvl.teams m ON m.name = 'Helpdesk'
    LEFT JOIN wvl.employee_assignments a ON a.employee_id = h.id;

DO $$
DECLARE
    change record;
BEGIN
    FOR change IN SELECT t.id, o.closed AS at FROM demo_done o JOIN wvl.tickets t USING (number) ORDER BY at LOOP
        PERFORM set_config('wvl.as_of', change.at::text, true);
        UPDATE wvl.tickets SET status = 'closed' WHERE id = change.id;
    END LOOP;
    PERFORM set_config('wvl.as_of', pg_temp.instant()::text, true);
END
$$;
