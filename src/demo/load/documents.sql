-- One slice of the documents, first to last. The first `due` are offers whose follow-up passed three to five working days ago: far enough for the
-- first stage of every profile, and three dates as thousands of offers share a midnight in real data. The next `backlog`
-- are offers overdue for up to 700 days more. All other due instants lie in the two years to come. A delivery note is not delivered yet: its due date would lie in the past.
INSERT INTO wvl.documents (kind, number, status, title, partner_id, handler_id, field_rep_id, document_date, booked_at,
    follow_up_at, commissioning_due_at, delivery_due_at, payment_due_at, net_amount, cost_amount, open_amount)
SELECT
    kind,
    'L' || lpad(n::text, 8, '0'),
    'open',
    (ARRAY['Arbeitsplätze', 'Datensicherung', 'Firewall', 'Microsoft 365', 'Monitoring', 'Netzwerk', 'Notebooks',
        'Server', 'Telefonanlage', 'Virenschutz', 'Wartung', 'WLAN'])[1 + pg_temp.dice(n, p.seed, 12) % 12]
        || ', ' || (ARRAY['Erneuerung', 'Erweiterung', 'Neubeschaffung', 'Umzug', 'Verlängerung', 'Zweiter Standort'])
        [1 + pg_temp.dice(n, p.seed, 13) % 6],
    k.id,
    s.everybody[1 + pg_temp.dice(n, p.seed, 15) % s.count],
    CASE WHEN pg_temp.dice(n, p.seed, 16) % 5 = 0 THEN s.everybody[1 + pg_temp.dice(n, p.seed, 17) % s.count] END,
    written,
    written::timestamp AT TIME ZONE p.zone + interval '10 hours',
    CASE
        WHEN n <= p.due THEN (p.past_days[1 + pg_temp.dice(n, p.seed, 18) % 3])::timestamp AT TIME ZONE p.zone
        WHEN n <= p.due + p.backlog THEN overdue_since::timestamp AT TIME ZONE p.zone
        WHEN kind IN ('offer', 'invoice') THEN coming
    END,
    CASE WHEN kind = 'order' THEN coming END,
    CASE WHEN kind = 'order' THEN coming + interval '14 days' END,
    CASE WHEN kind = 'invoice' THEN coming END,
    net,
    round(net * (60 + pg_temp.dice(n, p.seed, 20) % 30) / 100, 2),
    CASE WHEN kind = 'invoice' THEN round(net * 1.19, 2) END
FROM load_parameters p
    CROSS JOIN load_staff s
    CROSS JOIN LATERAL generate_series(p.first, p.last) AS n
    JOIN load_partners k ON k.position = pg_temp.dice(n, p.seed, 14) % greatest(200, p.size / 50)
    CROSS JOIN LATERAL (
        SELECT
            CASE WHEN n <= p.due + p.backlog THEN 'offer'
                ELSE (ARRAY['offer', 'offer', 'offer', 'offer', 'offer', 'order', 'order', 'invoice', 'invoice',
                    'delivery_note'])[1 + pg_temp.dice(n, p.seed, 10) % 10]
            END AS kind,
            overdue_since,
            -- no offer was written after its follow-up
            CASE WHEN n > p.due AND n <= p.due + p.backlog THEN overdue_since - (10 + pg_temp.dice(n, p.seed, 11) % 30)::integer
                ELSE p.today - (10 + pg_temp.dice(n, p.seed, 11) % 700)::integer
            END AS written,
            (p.today + (2 + pg_temp.dice(n, p.seed, 19) % 700)::integer)::timestamp AT TIME ZONE p.zone AS coming,
            round((100 + pg_temp.dice(n, p.seed, 21) % 2000000) / 100.0, 2) AS net
        FROM (SELECT p.backlog_due[1] - (pg_temp.dice(n, p.seed, 22) % 700)::integer AS overdue_since) AS backlog
    ) AS facts;

-- Every tenth document of the slice has one to three lines.
INSERT INTO wvl.document_lines (document_id, line, product_group, description, quantity, unit_price, unit_cost)
SELECT d.id, line, product_group, product_group || ' laut Angebot', 1, price, round(price * 0.7, 2)
FROM load_parameters p
    CROSS JOIN LATERAL generate_series((p.first + 9) / 10 * 10, p.last, 10) AS n
    -- with the kind the unique key finds it
    JOIN wvl.documents d ON d.kind IN ('offer', 'order', 'invoice', 'delivery_note') AND d.number = 'L' || lpad(n::text, 8, '0')
    CROSS JOIN LATERAL generate_series(1, (1 + pg_temp.dice(n, p.seed, 30) % 3)::integer) AS line
    CROSS JOIN LATERAL (
        SELECT
            (ARRAY['Hardware', 'Software', 'Dienstleistung', 'Wartung'])
                [1 + pg_temp.dice(n * 10 + line, p.seed, 31) % 4] AS product_group,
            round((100 + pg_temp.dice(n * 10 + line, p.seed, 32) % 500000) / 100.0, 2) AS price
    ) AS facts;
