DROP INDEX wvl.escalation_steps_at;
DROP INDEX wvl.documents_lost;
DROP INDEX wvl.documents_booked;
DROP INDEX wvl.documents_day;
