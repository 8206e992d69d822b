-- Documents one by one ($1), line by line: what only a slip of the pen can make counts nowhere, and a final invoice that
-- lists everything takes off what was billed before.
SELECT
    d.id, trim_scale(m.costed) AS costed, trim_scale(m.cost) AS cost, trim_scale(m.uncosted) AS uncosted,
    m.is_unpriced
FROM wvl.documents d
{margin}
WHERE d.id = ANY ($1)
