-- What each month is meant to bring, the house and the two who sell; December brings more.

INSERT INTO wvl.sales_targets (month, figure, field_rep_id, amount)
SELECT m.month::date, t.figure, e.id, round(t.amount * CASE extract(month FROM m.month) WHEN 12 THEN 1.2 WHEN 8 THEN 0.8 ELSE 1 END, -2)
FROM demo_days d
    CROSS JOIN generate_series(date_trunc('month', d.day::timestamp) - interval '12 months',
        date_trunc('month', d.day::timestamp) + interval '12 months', interval '1 month') AS m (month)
    CROSS JOIN (VALUES ('orders', NULL, 320000), ('invoices', NULL, 300000), ('margin', NULL, 55000), ('orders', 202, 150000),
        ('orders', 203, 150000)) AS t (figure, field_rep, amount)
    LEFT JOIN wvl.employees e ON e.number = t.field_rep
WHERE d.n = 0;
