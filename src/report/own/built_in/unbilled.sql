/* wvl
title = "Geliefert und nicht berechnet"
description = "Lieferscheine, von denen etwas keine Rechnung hat, der älteste zuerst."
counts_by = "Lieferdatum (wo es fehlt: Belegdatum), Stand jetzt, netto"
money = ["Nicht berechnet", "Lieferschein netto"]
[parameter.older]
type = "integer"
default = 0
label = "Wartet seit Tagen"
[parameter.customer]
type = "customer"
default = ""
label = "Kunde"
*/
SELECT
    v.number AS "Lieferschein",
    v.title AS "Titel",
    v.customer AS "Kunde",
    coalesce((v.delivered_at AT TIME ZONE wvl.zone())::date, v.document_date) AS "Geliefert",
    v.days_waiting AS "Tage",
    v.unbilled_net AS "Nicht berechnet",
    v.net_amount AS "Lieferschein netto",
    v.provisional AS "vorläufig",
    v.handler AS "Bearbeiter",
    v.currency AS "Währung"
FROM wvl.v_unbilled v
WHERE v.days_waiting >= :older AND (:customer IS NULL OR v.customer_number = :customer)
ORDER BY v.days_waiting DESC, v.number
