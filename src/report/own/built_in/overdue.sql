/* wvl
title = "Überfällig"
description = "Was seine Frist hinter sich hat, aus allen Bereichen der Eskalation."
counts_by = "Fälligkeit, Stand jetzt"
money = ["Betrag"]
[parameter.type]
type = "text"
default = ""
label = "Bereich"
[parameter.stage]
type = "integer"
default = 0
label = "Ab Stufe"
[parameter.customer]
type = "customer"
default = ""
label = "Kunde"
*/
SELECT
    v.type AS "Bereich",
    v.reference AS "Nummer",
    v.title AS "Titel",
    v.customer AS "Kunde",
    v.due_on AS "Fällig",
    (wvl.as_of() AT TIME ZONE wvl.zone())::date - v.due_on AS "Tage",
    v.stage AS "Stufe",
    coalesce(v.handler, v.team) AS "Bearbeiter",
    v.amount AS "Betrag",
    v.currency AS "Währung"
FROM wvl.v_overdue v
WHERE (:type IS NULL OR v.type = :type)
    AND v.stage >= :stage
    AND (:customer IS NULL OR v.customer_number = :customer)
ORDER BY v.due_at, v.type, v.reference
