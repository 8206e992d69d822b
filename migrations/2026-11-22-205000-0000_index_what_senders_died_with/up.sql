-- What senders have died with is looked for at the end of each flush, and is nothing mostly: to find that out shall not take a
-- walk through all that is due.

CREATE INDEX outbox_recipients_struck ON wvl.outbox_recipients (next_attempt_at, id)
    WHERE state IN ('queued', 'retry') AND strikes > 0;
