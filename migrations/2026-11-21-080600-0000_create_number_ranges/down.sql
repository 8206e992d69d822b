-- Everything in these tables is lost.
DROP TABLE wvl.number_ranges;
