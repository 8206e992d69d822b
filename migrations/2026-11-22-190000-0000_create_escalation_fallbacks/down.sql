-- Lost is which refused reminders were seen to: a later version would see to those of the last days again.
DROP TABLE wvl.escalation_fallbacks;
