-- Everything in these tables is lost.
DROP TABLE wvl.escalation_marks;
DROP TABLE wvl.escalation_step_messages;
DROP TABLE wvl.escalation_steps;
DROP TABLE wvl.escalation_chains;
