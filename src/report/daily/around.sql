-- What stands beside the figures of the days: advances, which bear no cost of their own, in the currency $4; whether
-- delivery notes are used at all ($5: the days that are looked at).
SELECT
    (
        SELECT trim_scale(coalesce(round(sum(d.net_amount), 6), 0))
        FROM {documents}
        WHERE {picked} AND d.kind = 'invoice' AND d.currency = $4
            AND (SELECT y.invoice_kind FROM wvl.document_details y WHERE y.document_id = d.id) = 'advance'
    ) AS advances,
    EXISTS (
        SELECT FROM wvl.documents n
        WHERE n.kind = 'delivery_note' AND n.document_date = ANY ($5) AND n.status <> 'void'
    ) AS has_delivery_notes
