-- Maintenance contracts and duties of the house. Notice dates that nobody has acted on, dates that are announced today (in
-- 7, 30 and 90 days) and later ones; bills that are due. Three customers have support round the clock.

CREATE TEMP TABLE demo_contracts ON COMMIT DROP AS
SELECT row_number() OVER () AS contract, *
FROM (
    -- past: the n-th working day; ahead: calendar days, as notices in advance count these
    SELECT day AS notice_by, NULL::date AS ends_on FROM demo_days WHERE n BETWEEN -8 AND -1
    UNION ALL
    SELECT day + ahead, day + ahead + 90
    FROM demo_days CROSS JOIN unnest(ARRAY[1, 7, 7, 12, 30, 30, 48, 66, 90, 90, 120, 165, 210, 250, 300, 340]) AS ahead
    WHERE n = 0
) AS dates;

INSERT INTO wvl.contracts (number, name, partner_id, department_id, handler_id, starts_at, ends_at, notice_by, next_billing_at,
    amount, calendar, created_at)
SELECT
    'V-' || 3000 + c.contract, facts.kind, p.id, a.department_id, h.id,
    pg_temp.morning((c.notice_by - interval '2 years')::date),
    pg_temp.evening(coalesce(c.ends_on, c.notice_by + 90)),
    pg_temp.evening(c.notice_by),
    pg_temp.morning(CASE WHEN c.contract <= 7 THEN b.day ELSE t.day + 9 + (c.contract * 11)::integer END),
    facts.amount,
    CASE WHEN facts.kind LIKE '%rund um die Uhr%' THEN 'rund-um-die-uhr' END,
    pg_temp.morning((c.notice_by - interval '2 years')::date)
FROM demo_contracts c
    JOIN demo_days t ON t.n = 0
    JOIN demo_days b ON b.n = 1 - c.contract
    CROSS JOIN LATERAL (
        SELECT
            (ARRAY['Wartungsvertrag Server und Netzwerk', 'Betreuung Arbeitsplätze', 'Support rund um die Uhr',
                'Datensicherung mit Überwachung', 'Druckerwartung', 'Firewall als Dienst', 'Wartungsvertrag Telefonanlage',
                'Miete Notebooks'])[1 + c.contract % 8] AS kind,
            (ARRAY[1180, 740, 2950, 420, 165, 385, 290, 610])[1 + c.contract % 8] AS amount
    ) AS facts
    JOIN demo_partners k ON k.n = 1 + (c.contract * 5) % 52
    JOIN wvl.partners p ON p.matchcode = upper(k.matchcode)
    JOIN wvl.employees h ON h.number = CASE WHEN c.contract % 2 = 0 THEN 401 ELSE 204 END
    LEFT JOIN wvl.employee_assignments a ON a.employee_id = h.id;

-- Duties of our own have no partner.
INSERT INTO wvl.contracts (number, name, department_id, handler_id, ends_at, notice_by, amount, created_at)
SELECT 'V-' || duties.number, duties.name, a.department_id, h.id, pg_temp.evening(t.day + ahead), NULL, amount,
    pg_temp.morning(t.day - 700) + interval '9 hours'
FROM (VALUES
    (4001, 'TÜV Sprinter UL-QF 112', 303, 30, NULL), (4002, 'Leasing Kopierer Empfang', 402, 75, 189),
    (4003, 'Prüfung Feuerlöscher', 402, 7, 240), (4004, 'Zertifikat Fernzugang', 301, 20, 95)
) AS duties (number, name, handler, ahead, amount)
    JOIN demo_days t ON t.n = 0
    JOIN wvl.employees h ON h.number = handler
    LEFT JOIN wvl.employee_assignments a ON a.employee_id = h.id;
