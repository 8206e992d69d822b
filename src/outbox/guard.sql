-- Whether the row of the guard fits the database it is in: for each thing compared, empty if there is no row, or nothing to
-- compare with.

SELECT
    g.id IS NOT NULL AS is_set,
    g.system_identifier = control.system_identifier AS same_cluster,
    -- a standby has no timeline of its own yet, and cannot send
    CASE WHEN NOT pg_is_in_recovery()
        THEN g.timeline = ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::integer
    END AS same_timeline,
    g.database_oid = (SELECT oid::bigint FROM pg_catalog.pg_database WHERE datname = current_database())
        AS same_database,
    -- xmin is the lower half of the number of the transaction that wrote the row as it is
    g.written_by % 4294967296 = g.xmin::text::bigint AS same_row,
    g.held_since,
    g.held_change
FROM pg_catalog.pg_control_system() AS control
LEFT JOIN wvl.outbox_guards AS g ON true
