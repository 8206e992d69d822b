-- Lost is which database may send. After going up again the first flush takes the one it finds.
DROP TABLE wvl.outbox_guards;
