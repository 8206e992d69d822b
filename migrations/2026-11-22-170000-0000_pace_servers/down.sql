-- Lost is when each server may get its next message: the first ones after it may come too fast.
DROP TABLE wvl.outbox_hosts;
