-- The search over this view becomes slower, nothing else is lost.
CREATE OR REPLACE VIEW wvl.escalation_invoice_licence_expiry WITH (security_invoker = true) AS
SELECT
    l.id AS item_id,
    d.number || '/' || l.line AS reference,
    coalesce(nullif(l.description, ''), r.name, '') AS title,
    l.licence_expires_at AS due_at,
    NULL::bigint AS due_version,
    d.company_id AS company_id,
    d.partner_id AS partner_id,
    p.name AS partner_name,
    p.phone,
    p.email,
    concat_ws(', ', p.street, nullif(concat_ws(' ', p.postcode, p.city), '')) AS address,
    coalesce(d.field_rep_id, p.field_rep_id) AS field_rep_id,
    coalesce(d.inside_rep_id, p.inside_rep_id) AS inside_rep_id,
    d.handler_id AS handler_id,
    NULL::bigint AS team_id,
    d.department_id AS department_id,
    CASE
        -- a slip of the pen must not stop the run
        WHEN abs(l.quantity * l.unit_price * (1 - l.discount_percent / 100)) < 1e15
        THEN round(l.quantity * l.unit_price * (1 - l.discount_percent / 100), 2)
    END AS amount,
    d.currency AS currency,
    x.link AS link,
    NULL::text AS calendar,
    NULL::tstzmultirange AS paused,
    greatest(l.changed_txid, d.changed_txid) AS changed_txid
FROM wvl.document_lines l
    JOIN wvl.documents d ON d.id = l.document_id
    LEFT JOIN wvl.products r ON r.id = l.product_id
    LEFT JOIN wvl.partners p ON p.id = d.partner_id
    LEFT JOIN wvl.document_details x ON x.document_id = d.id
WHERE d.kind = 'invoice' AND d.status <> 'void' AND l.renewed_at IS NULL
    AND l.licence_expires_at IS NOT NULL;
DROP TRIGGER documents_touch_licence_lines ON wvl.documents;
DROP FUNCTION wvl.touch_licence_lines();
