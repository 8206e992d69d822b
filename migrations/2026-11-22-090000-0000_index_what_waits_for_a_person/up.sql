-- What waits for a person in a queue of a million delivered mails: `status` and `check` ask for it every few minutes.

CREATE INDEX outbox_recipients_stuck ON wvl.outbox_recipients (state, done_at)
    WHERE state IN ('failed', 'unknown', 'held');
