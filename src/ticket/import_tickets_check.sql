-- A ticket that was reopened without a new due date became due at the reopening. A file that still says the old date, as
-- an ERP does night after night, does not mean to move it back.
UPDATE import_heads h
SET n_due_at = t.due_at
FROM wvl.tickets t
WHERE t.id = h.id AND t.status <> 'closed' AND h.n_due_at IS DISTINCT FROM t.due_at
    AND EXISTS (
        SELECT FROM wvl.ticket_events reopened
            JOIN wvl.ticket_events due ON due.ticket_id = reopened.ticket_id AND due.at = reopened.at AND due.kind = 'due'
        WHERE reopened.ticket_id = t.id AND reopened.kind = 'reopened'
            AND due.old_value::timestamptz IS NOT DISTINCT FROM h.n_due_at
            AND NOT EXISTS (
                SELECT FROM wvl.ticket_events later
                WHERE later.ticket_id = t.id AND later.kind = 'due' AND later.id > due.id
                    -- moved by hand; another reopening moves nothing
                    AND NOT EXISTS (
                        SELECT FROM wvl.ticket_events again
                        WHERE again.ticket_id = t.id AND again.kind = 'reopened' AND again.at = later.at)));
