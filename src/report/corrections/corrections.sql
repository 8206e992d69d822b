-- Documents of days that were told of ($4, by instants up to $5) which the last mail has not seen as they are now: $1 is its
-- snapshot, $2 the oldest transaction that was open then, $3 the instant at which it was made. Sums are in the currency $6; $7
-- of each kind are named.
WITH touched AS MATERIALIZED (
    -- rows that were written since, by index; a line's cost can change without its document
    SELECT d.id FROM wvl.documents d WHERE {unseen:d}
    UNION
    SELECT l.document_id FROM wvl.document_lines l WHERE {unseen:l}
),
changed AS (
    SELECT
        d.kind, d.number, d.partner_id, d.document_date, d.currency, d.status, f.is_new, e.*,
        CASE WHEN d.kind = 'credit_note' THEN -1 ELSE 1 END AS sign,
        CASE WHEN d.kind = 'credit_note' THEN abs(d.net_amount) ELSE d.net_amount END AS net_amount
    FROM touched t
        JOIN wvl.documents d ON d.id = t.id
        -- a row that was made and never touched, or touched by its own transaction only (imports do), is new whatever the
        -- clock says: a transaction may have been open over the last mail
        CROSS JOIN LATERAL (
            SELECT {unseen:d} AND (d.created_at > $3 OR d.changed_at IS NULL OR d.changed_at = d.created_at) AS is_new
        ) f
        -- what it was before all that happened since
        CROSS JOIN LATERAL (
            SELECT
                coalesce(bool_or(true), false) AS is_changed,
                coalesce(bool_or(c.event = 'net_amount'), false) AS is_worth_else,
                max(abs(c.old_value::numeric)) FILTER (WHERE c.event = 'net_amount' AND d.kind = 'credit_note') AS old_credit,
                max(c.old_value::numeric) FILTER (WHERE c.event = 'net_amount' AND d.kind <> 'credit_note') AS old_net,
                max(c.old_value) FILTER (WHERE c.event = 'status') AS old_status,
                max(c.old_value) FILTER (WHERE c.event = 'currency') AS old_currency,
                max(c.old_value::date) FILTER (WHERE c.event = 'document_date') AS old_date
            FROM (
                SELECT
                    e.event,
                    (array_agg(e.old_value ORDER BY e.id))[1] AS old_value,
                    (array_agg(e.new_value ORDER BY e.id DESC))[1] AS new_value
                FROM wvl.document_events e
                WHERE NOT f.is_new AND e.document_id = d.id AND {unseen:e}
                    AND (e.event IN ('net_amount', 'currency', 'document_date', 'status')
                        OR d.kind IN ('invoice', 'credit_note')
                        AND e.event IN ('cost_amount', 'quantity', 'unit_price', 'unit_cost', 'discount_percent'))
                GROUP BY e.event, e.line
            ) c
            WHERE CASE c.event
                WHEN 'status' THEN (c.old_value = 'void') <> (c.new_value = 'void')
                WHEN 'currency' THEN c.old_value <> c.new_value
                WHEN 'document_date' THEN c.old_value <> c.new_value
                ELSE c.old_value::numeric IS DISTINCT FROM c.new_value::numeric
            END
        ) e
    WHERE {covered} AND {scope} AND {kinds}
),
-- what became of each, in what it is told to be worth
told AS (
    SELECT
        w.what, c.kind, c.number, c.partner_id, c.document_date, c.currency,
        CASE
            WHEN w.what = 'late' OR c.old_status = 'void' OR c.old_currency IS NOT NULL THEN NULL
            WHEN c.is_worth_else THEN c.sign * coalesce(c.old_credit, c.old_net)
            ELSE c.sign * c.net_amount
        END AS before,
        CASE WHEN w.what <> 'voided' THEN c.sign * c.net_amount END AS after
    FROM changed c
        CROSS JOIN LATERAL (
            SELECT CASE
                WHEN c.is_new THEN CASE WHEN c.status <> 'void' THEN 'late' END
                -- only a change from or to void is left of status
                WHEN c.status = 'void' THEN CASE WHEN c.old_status <> 'void' THEN 'voided' END
                WHEN c.is_changed THEN 'changed'
            END AS what
        ) w
    WHERE w.what IS NOT NULL
)
SELECT
    r.what, r.kind, r.number,
    (SELECT p.name FROM wvl.partners p WHERE p.id = r.partner_id) AS partner,
    r.document_date AS day, r.currency, trim_scale(r.before) AS before, trim_scale(r.after) AS after, r.found, r.worth
FROM (
    SELECT
        t.*,
        count(*) OVER kinds AS found,
        trim_scale(coalesce(round(sum(
            CASE
                WHEN t.currency <> $6 THEN 0
                WHEN t.what = 'voided' THEN t.before
                WHEN t.what = 'late' THEN t.after
                -- one that comes back counts as a whole
                ELSE t.after - coalesce(t.before, 0)
            END
        ) OVER kinds, 6), 0)) AS worth,
        row_number() OVER (PARTITION BY t.what ORDER BY abs(coalesce(t.after, 0) - coalesce(t.before, 0)) DESC, t.number) AS place
    FROM told t
    WINDOW kinds AS (PARTITION BY t.what)
) r
WHERE r.place <= $7
ORDER BY r.what, r.place
