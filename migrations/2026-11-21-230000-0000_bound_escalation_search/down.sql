-- Lost: where the searches stopped, which chains are ended, and which marks belong to rehearsals.
DROP TABLE wvl.escalation_searches;
ALTER TABLE wvl.escalation_marks DROP rehearsal;
DROP INDEX wvl.escalation_steps_rehearsal;
DROP INDEX wvl.escalation_chains_ended;
DROP INDEX wvl.escalation_chains_live;
ALTER TABLE wvl.escalation_chains DROP ended_txid, DROP ended_at, DROP baseline;
CREATE INDEX escalation_chains_step ON wvl.escalation_chains (type, step, last_at);
