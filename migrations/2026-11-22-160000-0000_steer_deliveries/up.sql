-- What senders note beside the state: how far an attempt came, who made it, and how often a sender has died with a mail.

ALTER TABLE wvl.outbox_recipients
    DROP CONSTRAINT outbox_recipients_state_check,
    ADD CONSTRAINT outbox_recipients_state_check
        CHECK (state IN ('queued', 'sending', 'retry', 'sent', 'failed', 'unknown', 'held', 'discarded')),
    ADD COLUMN offered_attempt integer,
    ADD COLUMN strikes smallint NOT NULL DEFAULT 0
        CONSTRAINT outbox_recipients_strikes_check CHECK (strikes >= 0),
    ADD COLUMN sender text,
    ADD COLUMN tried_since timestamptz
        CONSTRAINT outbox_recipients_tried_since_finite CHECK (isfinite(tried_since)),
    ADD COLUMN brake_key text;
COMMENT ON COLUMN wvl.outbox_recipients.offered_attempt IS 'Customer mail: the attempt whose last line may have gone out.';
COMMENT ON COLUMN wvl.outbox_recipients.strikes IS 'How many senders have died while they held it, since somebody last said try again.';
COMMENT ON COLUMN wvl.outbox_recipients.sender IS 'Who claimed it last: host:process/thread.';
COMMENT ON COLUMN wvl.outbox_recipients.tried_since IS 'From when the five days of trying count, where somebody has said try again.';
COMMENT ON COLUMN wvl.outbox_recipients.brake_key IS 'Mail to somebody outside: the address whose mails of an hour are counted.';

-- Only mail to outsiders is in it, so that an acknowledgement of the others stays as cheap as it was.
CREATE INDEX outbox_recipients_brake ON wvl.outbox_recipients (brake_key, done_at) WHERE brake_key IS NOT NULL;

-- Bodies that may be deleted, the oldest first.
CREATE INDEX outbox_messages_bodies ON wvl.outbox_messages (created_at) WHERE raw IS NOT NULL;
