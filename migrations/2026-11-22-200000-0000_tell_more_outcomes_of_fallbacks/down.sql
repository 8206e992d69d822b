-- What was reached another way, or was too late, is told as having nobody else: there was no other word for it.
ALTER TABLE wvl.escalation_fallbacks DROP CONSTRAINT escalation_fallbacks_outcome_check;
UPDATE wvl.escalation_fallbacks SET outcome = 'nobody' WHERE outcome IN ('reached', 'late');
ALTER TABLE wvl.escalation_fallbacks
    ADD CONSTRAINT escalation_fallbacks_outcome_check CHECK (outcome IN ('sent', 'closed', 'nobody'));
COMMENT ON COLUMN wvl.escalation_fallbacks.outcome IS 'sent: others were written to; closed: the item needs nobody any more; nobody: there is nobody else to write to.';
