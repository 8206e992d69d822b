-- Reminders that were refused for good and what the next run has done about it; the key keeps it from being done twice.

CREATE TABLE wvl.escalation_fallbacks (
    step_id bigint NOT NULL
        CONSTRAINT escalation_fallbacks_step_id_fkey REFERENCES wvl.escalation_steps ON DELETE CASCADE,
    recipient_id bigint NOT NULL
        CONSTRAINT escalation_fallbacks_recipient_id_fkey REFERENCES wvl.outbox_recipients ON DELETE CASCADE,
    outcome text NOT NULL
        CONSTRAINT escalation_fallbacks_outcome_check CHECK (outcome IN ('sent', 'closed', 'nobody')),
    at timestamptz NOT NULL CONSTRAINT escalation_fallbacks_at_finite CHECK (isfinite(at)),
    created_at timestamptz NOT NULL DEFAULT now(),
    created_by text NOT NULL DEFAULT current_user,
    CONSTRAINT escalation_fallbacks_pkey PRIMARY KEY (step_id, recipient_id)
);
COMMENT ON TABLE wvl.escalation_fallbacks IS 'Which refused reminder was seen to, once for each step it told of.';
COMMENT ON COLUMN wvl.escalation_fallbacks.step_id IS 'The step.';
COMMENT ON COLUMN wvl.escalation_fallbacks.recipient_id IS 'The recipient whose mail failed for good.';
COMMENT ON COLUMN wvl.escalation_fallbacks.outcome IS 'sent: others were written to; closed: the item needs nobody any more; nobody: there is nobody else to write to.';
COMMENT ON COLUMN wvl.escalation_fallbacks.at IS 'The instant of the run.';
COMMENT ON COLUMN wvl.escalation_fallbacks.created_at IS 'When the row was made.';
COMMENT ON COLUMN wvl.escalation_fallbacks.created_by IS 'Database role that made the row.';
CREATE INDEX escalation_fallbacks_recipient_id ON wvl.escalation_fallbacks (recipient_id);

GRANT SELECT ON wvl.escalation_fallbacks TO wvl_read, wvl_work, wvl_admin, wvl_cron;
GRANT INSERT ON wvl.escalation_fallbacks TO wvl_admin, wvl_cron;
