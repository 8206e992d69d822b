-- Everything in these tables is lost.
DROP TABLE wvl.notices;
DROP TABLE wvl.tasks;
