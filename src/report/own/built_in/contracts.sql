/* wvl
title = "Verträge und ihr Wert"
description = "Laufende Verträge mit Kunden und was sie im Monat bringen. Der Betrag eines Vertrags gilt je Abrechnung; months sagt, wie viele Monate das sind."
counts_by = "Stand jetzt; Betrag je Abrechnung, netto"
money = ["Betrag je Abrechnung", "im Monat", "im Jahr"]
[parameter.months]
type = "integer"
default = 1
label = "Monate je Abrechnung"
[parameter.by]
type = "choice"
values = ["name", "customer", "contract"]
default = "name"
label = "Nach"
[parameter.customer]
type = "customer"
default = ""
label = "Kunde"
*/
SELECT
    CASE :by WHEN 'name' THEN v.name WHEN 'customer' THEN concat_ws(' ', v.customer_number, v.customer) ELSE v.number END AS "Posten",
    CASE WHEN :by = 'contract' THEN max(v.customer) END AS "Kunde",
    CASE WHEN :by = 'contract' THEN max(v.name) END AS "Vertrag",
    count(*) AS "Verträge",
    count(DISTINCT v.customer_number) AS "Kunden",
    sum(v.amount) AS "Betrag je Abrechnung",
    round(sum(v.amount) / greatest(:months, 1), 2) AS "im Monat",
    round(sum(v.amount) / greatest(:months, 1) * 12, 2) AS "im Jahr",
    count(*) FILTER (WHERE v.amount IS NULL) AS "ohne Betrag",
    min(v.next_billing_on) AS "Nächste Abrechnung",
    min(v.notice_on) FILTER (WHERE v.notice_on >= (wvl.as_of() AT TIME ZONE wvl.zone())::date) AS "Nächster Kündigungstermin",
    min(v.ends_on) AS "Erstes Ende",
    v.currency AS "Währung"
FROM wvl.v_contracts_value v
WHERE v.running AND v.customer_number IS NOT NULL AND (:customer IS NULL OR v.customer_number = :customer)
GROUP BY 1, v.currency
ORDER BY v.currency, "im Monat" DESC NULLS LAST, 1
