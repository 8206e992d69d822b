-- Servers that take only so many mails a minute count them over all senders, so the count stands where all senders see it.

CREATE TABLE wvl.outbox_hosts (
    host text CONSTRAINT outbox_hosts_pkey PRIMARY KEY,
    next_at timestamptz NOT NULL CONSTRAINT outbox_hosts_next_at_finite CHECK (isfinite(next_at))
);
COMMENT ON TABLE wvl.outbox_hosts IS 'A mail server or gateway with a limit of its own, and when it may get its next message.';
COMMENT ON COLUMN wvl.outbox_hosts.host IS 'Where it is reached, host:port.';
COMMENT ON COLUMN wvl.outbox_hosts.next_at IS 'Not to be sent to earlier; each sender moves it on by its one message.';

GRANT SELECT ON wvl.outbox_hosts TO wvl_read, wvl_work, wvl_admin, wvl_cron;
GRANT INSERT, UPDATE ON wvl.outbox_hosts TO wvl_admin, wvl_cron;
