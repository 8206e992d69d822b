-- To note since when the outbox is held changes the row of its guard, and with that the row no longer tells why. So the
-- reason is noted with it.

ALTER TABLE wvl.outbox_guards ADD COLUMN held_change text
    CONSTRAINT outbox_guards_held_change_check CHECK (held_change IN ('cluster', 'database', 'restored', 'timeline'));
COMMENT ON COLUMN wvl.outbox_guards.held_change IS 'What did not fit when that was first seen.';

GRANT UPDATE (held_change) ON wvl.outbox_guards TO wvl_cron;
