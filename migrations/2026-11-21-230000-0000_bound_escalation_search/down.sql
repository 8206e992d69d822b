-- Lost: where the searches stopped, which chains are spent or gone, and which marks belong to rehearsals.
DROP TABLE wvl.escalation_searches;
ALTER TABLE wvl.escalation_marks DROP rehearsal;
DROP INDEX wvl.escalation_steps_rehearsal;
DROP INDEX wvl.escalation_chains_judged;
DROP INDEX wvl.escalation_chains_live;
ALTER TABLE wvl.escalation_chains DROP judged_txid, DROP state, DROP baseline;
CREATE INDEX escalation_chains_step ON wvl.escalation_chains (type, step, last_at);
