-- Everything in these tables is lost.
DROP TABLE wvl.contact_persons;
DROP TABLE wvl.partners;
