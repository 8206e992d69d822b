-- Everything in these tables is lost.
DROP TABLE wvl.outbox_recipients;
DROP TABLE wvl.outbox_messages;
