-- What came from a calendar stays, but is no longer known by its event: a file brought in again is refused or doubles it.
ALTER TABLE wvl.absences DROP COLUMN uid;
