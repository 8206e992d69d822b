-- A refused reminder may need nobody else: whoever it was for has it another way, or it is too long ago.

ALTER TABLE wvl.escalation_fallbacks
    DROP CONSTRAINT escalation_fallbacks_outcome_check,
    ADD CONSTRAINT escalation_fallbacks_outcome_check
        CHECK (outcome IN ('sent', 'closed', 'nobody', 'reached', 'late'));
COMMENT ON COLUMN wvl.escalation_fallbacks.outcome IS 'sent: others were written to; closed: the item needs nobody any more; nobody: there is nobody else to write to; reached: the same person was written to another way; late: it was refused too long ago to tell others.';
