/* wvl
title = "Wer hat das eine und nicht das andere"
description = "Kunden, die etwas gekauft oder unter Vertrag haben und etwas anderes nicht: Artikelnummer, Warengruppe oder ein Wort aus dem Namen eines Vertrags."
counts_by = "Belegdatum der Rechnungen ab dem Tag „Seit“; Verträge: Stand jetzt"
money = ["Umsatz EUR"]
[parameter.has]
type = "text"
label = "Hat"
[parameter.without]
type = "text"
label = "Hat nicht"
[parameter.from]
type = "day"
default = "-24m"
label = "Seit"
*/
WITH bought AS (
    SELECT d.partner_id, d.document_date AS day, w.what,
        CASE WHEN d.currency = 'EUR' THEN round(t.quantity * t.unit_price * (1 - t.discount_percent / 100), 2) END AS net
    FROM wvl.documents d
        JOIN wvl.document_lines t ON t.document_id = d.id
        LEFT JOIN wvl.products r ON r.id = t.product_id
        JOIN (VALUES ('has', :has), ('without', :without)) AS w (what, name)
            ON lower(w.name) IN (lower(r.number), lower(coalesce(t.product_group, r.product_group)))
    WHERE d.kind = 'invoice' AND d.status <> 'void' AND d.document_date >= :from AND t.quantity > 0
    UNION ALL
    SELECT c.partner_id, (c.starts_at AT TIME ZONE wvl.zone())::date, w.what, NULL
    FROM wvl.contracts c
        JOIN (VALUES ('has', :has), ('without', :without)) AS w (what, name) ON strpos(lower(c.name), lower(w.name)) > 0
    WHERE c.status = 'active' AND coalesce(c.starts_at <= wvl.as_of(), true) AND coalesce(c.ends_at > wvl.as_of(), true)
)
SELECT
    p.number AS "Kundennummer",
    p.name AS "Kunde",
    max(b.day) AS "Zuletzt",
    count(*) AS "Positionen",
    sum(b.net) AS "Umsatz EUR",
    nullif(concat_ws(' ', e.first_name, e.last_name), '') AS "ADM",
    p.phone AS "Telefon"
FROM bought b
    JOIN wvl.partners p ON p.id = b.partner_id
    LEFT JOIN wvl.employees e ON e.id = p.field_rep_id
WHERE b.what = 'has' AND p.active
    AND NOT EXISTS (SELECT FROM bought o WHERE o.partner_id = b.partner_id AND o.what = 'without')
GROUP BY p.id, e.id
ORDER BY "Umsatz EUR" DESC NULLS LAST, p.name
