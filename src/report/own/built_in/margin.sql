/* wvl
title = "Deckungsbeitrag"
description = "Rechnungen abzüglich Gutschriften mit ihrem Deckungsbeitrag; Positionen ohne Einstand stehen außerhalb der Prozente."
counts_by = "Belegdatum der Rechnungen und Gutschriften, netto"
money = ["Netto", "davon mit Einstand", "Einstand", "DB", "ohne Einstand netto"]
[parameter.from]
type = "day"
default = "monatsanfang"
label = "Von"
[parameter.to]
type = "day"
default = "heute"
label = "Bis"
[parameter.by]
type = "choice"
values = ["month", "group", "department", "field-rep", "partner", "product"]
default = "month"
label = "Nach"
[parameter.customer]
type = "customer"
default = ""
label = "Kunde"
*/
WITH parts AS (
    -- a credit note takes away, whether its program writes a minus sign or not
    SELECT
        d.id, d.document_date, d.currency, d.partner_id, d.department_id, coalesce(d.field_rep_id, p.field_rep_id) AS field_rep_id,
        CASE WHEN d.kind = 'credit_note' AND coalesce(d.net_amount, 0) >= 0 THEN -1 ELSE 1 END AS sign, l.*
    FROM wvl.documents d
        LEFT JOIN wvl.partners p ON p.id = d.partner_id
        CROSS JOIN LATERAL (
            SELECT t.product_id, coalesce(t.product_group, r.product_group) AS product_group, n.net, n.cost, t.quantity = 0 AS is_text
            FROM wvl.document_lines t
                LEFT JOIN wvl.products r ON r.id = t.product_id
                CROSS JOIN LATERAL (
                    -- a slip of the pen, such as a price of a million million, must not spoil the sum
                    SELECT
                        CASE WHEN abs(t.quantity * t.unit_price * (1 - t.discount_percent / 100)) < 1e15
                            THEN round(t.quantity * t.unit_price * (1 - t.discount_percent / 100), 2) END AS net,
                        CASE WHEN abs(t.quantity * t.unit_cost) < 1e15 THEN round(t.quantity * t.unit_cost, 2) END AS cost
                ) n
            WHERE t.document_id = d.id
            UNION ALL
            -- one without lines speaks for itself
            SELECT NULL, NULL, d.net_amount, d.cost_amount, false
            WHERE NOT EXISTS (SELECT FROM wvl.document_lines t WHERE t.document_id = d.id)
            UNION ALL
            -- programs print a final invoice in full and bill the rest: the difference was billed before
            SELECT NULL, 'bereits berechnet', d.net_amount - sum(n.net), coalesce(d.cost_amount - sum(n.cost), 0), false
            FROM wvl.document_lines t
                CROSS JOIN LATERAL (
                    SELECT
                        CASE WHEN abs(t.quantity * t.unit_price * (1 - t.discount_percent / 100)) < 1e15
                            THEN round(t.quantity * t.unit_price * (1 - t.discount_percent / 100), 2) END AS net,
                        CASE WHEN abs(t.quantity * t.unit_cost) < 1e15 THEN round(t.quantity * t.unit_cost, 2) END AS cost
                ) n
            WHERE t.document_id = d.id AND d.kind = 'invoice'
                AND (SELECT x.invoice_kind FROM wvl.document_details x WHERE x.document_id = d.id) = 'final'
            HAVING bool_and(n.net IS NOT NULL) AND d.net_amount <> sum(n.net)
        ) l
    WHERE d.kind IN ('invoice', 'credit_note') AND d.status <> 'void' AND d.document_date BETWEEN :from AND :to
        AND (:customer IS NULL OR p.number = :customer)
), named AS (
    SELECT
        s.*,
        s.cost IS NULL AND s.net <> 0 AND NOT s.is_text AS is_uncosted,
        s.net IS NULL AND NOT s.is_text AS is_unpriced,
        CASE :by
            WHEN 'month' THEN to_char(s.document_date, 'YYYY-MM')
            WHEN 'group' THEN coalesce(s.product_group, 'ohne Warengruppe')
            WHEN 'department' THEN coalesce(m.name, 'ohne Abteilung')
            WHEN 'partner' THEN coalesce(nullif(concat_ws(' ', p.number, p.name), ''), 'ohne Kunde')
            WHEN 'product' THEN coalesce(nullif(concat_ws(' ', r.number, r.name), ''), s.product_group, 'ohne Artikel')
            -- figures of single persons are for themselves alone, unless the house has agreed
            WHEN 'field-rep' THEN CASE
                WHEN e.id IS NULL THEN 'ohne ADM'
                WHEN current_setting('wvl.per_person', true) = 'on' OR e.id = wvl.me() THEN concat_ws(' ', e.first_name, e.last_name)
                ELSE 'ADM zusammen'
            END
        END AS name
    FROM parts s
        LEFT JOIN wvl.departments m ON m.id = s.department_id
        LEFT JOIN wvl.partners p ON p.id = s.partner_id
        LEFT JOIN wvl.products r ON r.id = s.product_id
        LEFT JOIN wvl.employees e ON e.id = s.field_rep_id
)
SELECT
    g.name AS "Posten",
    g.net AS "Netto",
    g.costed AS "davon mit Einstand",
    g.cost AS "Einstand",
    g.costed - g.cost AS "DB",
    CASE WHEN g.costed > 0 THEN round((g.costed - g.cost) / g.costed * 100, 1) END AS "DB %",
    g.uncosted_lines AS "ohne Einstand",
    g.uncosted AS "ohne Einstand netto",
    g.unpriced_lines AS "ohne Preis",
    g.uncosted_lines + g.unpriced_lines > 0 AS "vorläufig",
    g.currency AS "Währung"
FROM (
    SELECT
        n.name, n.currency,
        coalesce(sum(n.sign * n.net), 0) AS net,
        coalesce(sum(n.sign * n.net) FILTER (WHERE NOT n.is_uncosted), 0) AS costed,
        coalesce(sum(n.sign * n.cost) FILTER (WHERE n.net IS NOT NULL), 0) AS cost,
        coalesce(sum(n.sign * n.net) FILTER (WHERE n.is_uncosted), 0) AS uncosted,
        count(*) FILTER (WHERE n.is_uncosted) AS uncosted_lines,
        count(*) FILTER (WHERE n.is_unpriced) AS unpriced_lines
    FROM named n
    GROUP BY n.name, n.currency
) g
ORDER BY g.currency, CASE WHEN :by = 'month' THEN g.name END, "DB" DESC, g.name
