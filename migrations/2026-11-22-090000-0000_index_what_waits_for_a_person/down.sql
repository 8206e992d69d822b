-- Nothing is lost but time.
DROP INDEX wvl.outbox_recipients_stuck;
