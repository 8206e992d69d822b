/* wvl
title = "Offene Angebote"
description = "Was angeboten und noch nicht entschieden ist, das Größte zuerst."
counts_by = "Stand jetzt; Alter seit Belegdatum, netto"
money = ["Netto", "DB"]
[parameter.min]
type = "number"
default = 0
label = "Ab Betrag"
[parameter.older]
type = "integer"
default = 0
label = "Älter als Tage"
[parameter.customer]
type = "customer"
default = ""
label = "Kunde"
*/
SELECT
    v.number AS "Nummer",
    v.title AS "Titel",
    v.customer AS "Kunde",
    v.document_date AS "Datum",
    v.age_days AS "Alter Tage",
    v.follow_up_on AS "Wiedervorlage",
    v.net_amount AS "Netto",
    v.margin AS "DB",
    CASE WHEN v.net_amount > 0 THEN round(v.margin / v.net_amount * 100, 1) END AS "DB %",
    v.provisional AS "vorläufig",
    v.field_rep AS "ADM",
    v.currency AS "Währung"
FROM wvl.v_pipeline v
WHERE (coalesce(v.net_amount, 0) >= :min OR v.net_amount IS NULL)
    AND v.age_days >= :older
    AND (:customer IS NULL OR v.customer_number = :customer)
ORDER BY v.currency, v.net_amount DESC NULLS LAST, v.number
