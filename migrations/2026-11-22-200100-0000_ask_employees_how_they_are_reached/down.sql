-- Lost is how people want to be reached: everybody gets mails again.
ALTER TABLE wvl.employees DROP COLUMN channels;
