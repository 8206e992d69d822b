-- What was discarded failed, as it did before there was a word for it. Lost are strikes, senders and what was offered.
DROP INDEX wvl.outbox_messages_bodies;
DROP INDEX wvl.outbox_recipients_brake;
UPDATE wvl.outbox_recipients SET state = 'failed' WHERE state = 'discarded';
ALTER TABLE wvl.outbox_recipients
    DROP COLUMN brake_key,
    DROP COLUMN tried_since,
    DROP COLUMN sender,
    DROP COLUMN strikes,
    DROP COLUMN offered_attempt,
    DROP CONSTRAINT outbox_recipients_state_check,
    ADD CONSTRAINT outbox_recipients_state_check
        CHECK (state IN ('queued', 'sending', 'retry', 'sent', 'failed', 'unknown', 'held'));
