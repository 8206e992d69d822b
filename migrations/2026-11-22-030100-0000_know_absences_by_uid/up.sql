-- An absence that came from a calendar is known by the UID of its event, so that the same file changes nothing and a moved
-- event moves its absence. One event may be in the calendars of several employees.

ALTER TABLE wvl.absences ADD COLUMN uid text;
COMMENT ON COLUMN wvl.absences.uid IS 'UID of the event in the calendar that it came from; empty if it was entered here.';
ALTER TABLE wvl.absences ADD CONSTRAINT absences_uid_once UNIQUE (employee_id, uid);
