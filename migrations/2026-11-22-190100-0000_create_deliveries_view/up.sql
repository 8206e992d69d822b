-- Who got which message and how far that is, for questions of one's own; kept as the other v_ views are.

CREATE VIEW wvl.v_deliveries WITH (security_invoker = true) AS
SELECT
    r.id AS number,
    r.message_id AS message,
    m.kind AS kind,
    m.channel AS channel,
    coalesce(r.original_address, r.address) AS address,
    CASE WHEN r.original_address IS NOT NULL THEN r.address END AS redirected_to,
    m.subject AS subject,
    (
        SELECT string_agg(s.type || ':' || s.reference, ', ' ORDER BY s.type, s.reference)
        FROM wvl.escalation_step_messages l
            JOIN wvl.escalation_steps s ON s.id = l.step_id
        WHERE l.message_id = r.message_id
    ) AS about,
    r.state AS state,
    r.attempt AS attempts,
    r.last_reply AS last_reply,
    m.created_at AS queued_at,
    CASE WHEN r.state IN ('queued', 'retry') THEN r.next_attempt_at END AS next_attempt_at,
    r.done_at AS done_at
FROM wvl.outbox_recipients r
    JOIN wvl.outbox_messages m ON m.id = r.message_id;
COMMENT ON VIEW wvl.v_deliveries IS 'Each recipient of each message, with how far its delivery is.';
COMMENT ON COLUMN wvl.v_deliveries.number IS 'Number of the recipient, as wvl mail queue shows it.';
COMMENT ON COLUMN wvl.v_deliveries.message IS 'The message.';
COMMENT ON COLUMN wvl.v_deliveries.kind IS 'What it is: escalation, report, ticket …';
COMMENT ON COLUMN wvl.v_deliveries.channel IS 'How it travels: mail, or a channel of the configuration.';
COMMENT ON COLUMN wvl.v_deliveries.address IS 'For whom it is.';
COMMENT ON COLUMN wvl.v_deliveries.redirected_to IS 'Where it goes instead, because of mail.redirect_to.';
COMMENT ON COLUMN wvl.v_deliveries.subject IS 'Its subject.';
COMMENT ON COLUMN wvl.v_deliveries.about IS 'The items it reminds of, as TYPE:REFERENCE; empty where it is no reminder.';
COMMENT ON COLUMN wvl.v_deliveries.state IS 'queued, sending, retry, sent, failed, unknown, held or discarded.';
COMMENT ON COLUMN wvl.v_deliveries.attempts IS 'How often it was tried.';
COMMENT ON COLUMN wvl.v_deliveries.last_reply IS 'What the other side said last, or why it was not tried.';
COMMENT ON COLUMN wvl.v_deliveries.queued_at IS 'When it was queued.';
COMMENT ON COLUMN wvl.v_deliveries.next_attempt_at IS 'Not before this it is tried again.';
COMMENT ON COLUMN wvl.v_deliveries.done_at IS 'When it was settled.';

GRANT SELECT ON wvl.v_deliveries TO wvl_read, wvl_work, wvl_admin, wvl_cron;
