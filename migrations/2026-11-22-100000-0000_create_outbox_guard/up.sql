-- Where the outbox was when mails last were allowed to leave it. A database that was restored from a dump or copied remembers
-- as queued what has long been sent; it is told from the one that was allowed to send by what neither a dump nor a copy can
-- bring along.

CREATE TABLE wvl.outbox_guards (
    id boolean NOT NULL DEFAULT true
        CONSTRAINT outbox_guards_one_row CHECK (id),
    system_identifier bigint NOT NULL,
    timeline integer NOT NULL,
    database_oid bigint NOT NULL,
    written_by bigint NOT NULL,
    released_at timestamptz NOT NULL DEFAULT now() CONSTRAINT outbox_guards_released_at_finite CHECK (isfinite(released_at)),
    released_by text NOT NULL DEFAULT current_user,
    held_since timestamptz CONSTRAINT outbox_guards_held_since_finite CHECK (isfinite(held_since)),
    CONSTRAINT outbox_guards_pkey PRIMARY KEY (id)
);
COMMENT ON TABLE wvl.outbox_guards IS 'The database that may send: one row, written by the first flush and by every release. Where it does not fit, no mail leaves.';
COMMENT ON COLUMN wvl.outbox_guards.id IS 'There is one row at most.';
COMMENT ON COLUMN wvl.outbox_guards.system_identifier IS 'The Postgres cluster, as pg_control_system() tells it.';
COMMENT ON COLUMN wvl.outbox_guards.timeline IS 'Its timeline: another one after a failover to a standby, and after a restore to a point in time.';
COMMENT ON COLUMN wvl.outbox_guards.database_oid IS 'The database in it.';
COMMENT ON COLUMN wvl.outbox_guards.written_by IS 'The transaction that wrote the row; one that came out of a dump was written by another. 0: held until released.';
COMMENT ON COLUMN wvl.outbox_guards.released_at IS 'Since when mails may leave.';
COMMENT ON COLUMN wvl.outbox_guards.released_by IS 'Database role that let them.';
COMMENT ON COLUMN wvl.outbox_guards.held_since IS 'When it was first seen that the row does not fit.';

GRANT SELECT ON wvl.outbox_guards TO wvl_read, wvl_work, wvl_admin, wvl_cron;
-- jobs send from a new database and note that they are held; to let mails go again is for a person
GRANT INSERT, UPDATE, DELETE ON wvl.outbox_guards TO wvl_admin;
GRANT INSERT, UPDATE (held_since) ON wvl.outbox_guards TO wvl_cron;
