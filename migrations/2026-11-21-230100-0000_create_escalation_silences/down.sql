-- Every acknowledgement and mute is lost: what they held back is said with the next run.
DROP TABLE wvl.escalation_silences;
