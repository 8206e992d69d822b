/* wvl
title = "Offene Posten nach Alter"
description = "Rechnungen, die nicht bezahlt sind: nach Alter, nach Kunde oder einzeln."
counts_by = "Zahlungsziel, Stand jetzt; Beträge brutto"
money = ["Offen brutto", "davon überfällig", "davon über 60 Tage"]
[parameter.by]
type = "choice"
values = ["age", "customer", "invoice"]
default = "age"
label = "Nach"
[parameter.customer]
type = "customer"
default = ""
label = "Kunde"
*/
SELECT
    CASE :by WHEN 'age' THEN a.name WHEN 'customer' THEN coalesce(nullif(concat_ws(' ', v.customer_number, v.customer), ''), 'ohne Kunde') ELSE v.number END AS "Posten",
    CASE WHEN :by = 'invoice' THEN max(v.customer) END AS "Kunde",
    count(*) AS "Anzahl",
    sum(v.open_amount) AS "Offen brutto",
    sum(v.open_amount) FILTER (WHERE v.days_overdue >= 1) AS "davon überfällig",
    sum(v.open_amount) FILTER (WHERE v.days_overdue > 60) AS "davon über 60 Tage",
    count(*) FILTER (WHERE v.open_amount IS NULL) AS "Betrag unbekannt",
    min(v.payment_due_on) AS "Ältestes Ziel",
    max(v.dunning_level) AS "Mahnstufe",
    v.currency AS "Währung"
FROM wvl.v_open_items v
    JOIN (VALUES
        ('not due', 1, 'noch nicht fällig'), ('1-30', 2, '1 bis 30 Tage'), ('31-60', 3, '31 bis 60 Tage'),
        ('61-90', 4, '61 bis 90 Tage'), ('over 90', 5, 'über 90 Tage'), ('unknown', 6, 'ohne Ziel')
    ) AS a (age, place, name) ON a.age = v.age
WHERE :customer IS NULL OR v.customer_number = :customer
GROUP BY 1, v.currency, CASE WHEN :by = 'age' THEN a.place END
ORDER BY v.currency, CASE WHEN :by = 'age' THEN a.place END, "davon überfällig" DESC NULLS LAST, "Offen brutto" DESC NULLS LAST, 1
