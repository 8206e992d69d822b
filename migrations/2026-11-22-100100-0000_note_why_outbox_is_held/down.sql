-- Lost is why the outbox is held, not that it is.
ALTER TABLE wvl.outbox_guards DROP COLUMN held_change;
