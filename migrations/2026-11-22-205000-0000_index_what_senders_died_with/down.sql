-- Nothing is lost.
DROP INDEX wvl.outbox_recipients_struck;
