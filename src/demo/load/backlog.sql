-- What was said about the backlog of one slice: stage 1 to the field rep, 2 and 3 to the supervisor too. Their mails went out
-- long ago and are not kept.
CREATE TEMP TABLE load_backlog ON COMMIT DROP AS
SELECT
    d.id::text AS item_id,
    floor(extract(epoch FROM d.follow_up_at) / 60)::bigint AS due_version,
    d.follow_up_at AS due_at,
    d.number AS reference,
    d.title,
    r.reader,
    r.supervisor
FROM load_parameters p
    JOIN wvl.documents d ON d.kind = 'offer'
        AND d.number BETWEEN 'L' || lpad(greatest(p.first, p.due + 1)::text, 8, '0')
            AND 'L' || lpad(least(p.last, p.due + p.backlog)::text, 8, '0')
    JOIN wvl.partners k ON k.id = d.partner_id
    JOIN load_readers r ON r.id = coalesce(d.field_rep_id, k.field_rep_id);

INSERT INTO wvl.escalation_chains (type, item_id, due_version, step, last_at)
SELECT 'offer-follow-up', item_id, due_version, 3, (taken_days[3] + TIME '08:00') AT TIME ZONE zone
FROM load_backlog, load_parameters;

INSERT INTO wvl.escalation_steps (type, item_id, due_version, step, at, due_at, reference, title, recipients)
SELECT 'offer-follow-up', item_id, due_version, step, (taken_days[step] + TIME '08:00') AT TIME ZONE zone, due_at,
    reference, title, CASE WHEN step = 1 THEN ARRAY[reader] ELSE array_remove(ARRAY[supervisor, reader], NULL) END
FROM load_backlog, load_parameters, generate_series(1, 3) AS step;

DROP TABLE load_backlog;
