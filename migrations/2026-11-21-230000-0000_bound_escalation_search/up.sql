-- What the search needs to look only at what is new: where the last one stopped, and chains that nobody must look at.

ALTER TABLE wvl.escalation_chains
    ADD baseline boolean NOT NULL DEFAULT false,
    ADD state text NOT NULL DEFAULT 'live'
        CONSTRAINT escalation_chains_state_check CHECK (state IN ('live', 'spent', 'gone')),
    ADD judged_txid bigint,
    ADD CONSTRAINT escalation_chains_judged_check CHECK (state = 'live' OR judged_txid IS NOT NULL);
COMMENT ON COLUMN wvl.escalation_chains.baseline IS 'The last step was recorded by escalate baseline: after the last stage nothing repeats.';
COMMENT ON COLUMN wvl.escalation_chains.state IS 'live: a run looks at it when its time has come; spent: nothing can follow under the rules of that run; gone: the item had left its view, or moved to another due date.';
COMMENT ON COLUMN wvl.escalation_chains.judged_txid IS 'Transaction of the run that found it spent or gone; the next run looks again at what that one may have judged behind the back of a change.';

-- all repeats stand together: only their instants tell which of them are due
DROP INDEX wvl.escalation_chains_step;
CREATE INDEX escalation_chains_live ON wvl.escalation_chains (type, least(step, 101), last_at) WHERE state = 'live';
CREATE INDEX escalation_chains_judged ON wvl.escalation_chains (judged_txid) WHERE state = 'gone';

-- the first live run undoes them
CREATE INDEX escalation_steps_rehearsal ON wvl.escalation_steps (type, item_id, due_version) WHERE rehearsal;
ALTER TABLE wvl.escalation_marks ADD rehearsal boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN wvl.escalation_marks.rehearsal IS 'Taken while mail.mode was off or redirect.';

CREATE TABLE wvl.escalation_searches (
    type text NOT NULL,
    due_until timestamptz NOT NULL CONSTRAINT escalation_searches_due_until_finite CHECK (isfinite(due_until)),
    txid bigint NOT NULL,
    origin text NOT NULL,
    definition text NOT NULL,
    swept_at timestamptz NOT NULL CONSTRAINT escalation_searches_swept_at_finite CHECK (isfinite(swept_at)),
    rehearsal boolean NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    created_by text NOT NULL DEFAULT current_user,
    changed_at timestamptz,
    CONSTRAINT escalation_searches_pkey PRIMARY KEY (type)
);
COMMENT ON TABLE wvl.escalation_searches IS 'How far the last search for new items came, for each type: the next one looks at what is due since and at what changed since.';
COMMENT ON COLUMN wvl.escalation_searches.type IS 'Escalation type.';
COMMENT ON COLUMN wvl.escalation_searches.due_until IS 'Every item due up to here has a chain, or has changed since.';
COMMENT ON COLUMN wvl.escalation_searches.txid IS 'Oldest transaction that was open when the search began: whatever it did not see carries this number or a higher one.';
COMMENT ON COLUMN wvl.escalation_searches.origin IS 'The database cluster and database that these transaction numbers belong to; another one after a restore.';
COMMENT ON COLUMN wvl.escalation_searches.definition IS 'Digest of view and rules; other ones are searched whole.';
COMMENT ON COLUMN wvl.escalation_searches.swept_at IS 'The last search over everything.';
COMMENT ON COLUMN wvl.escalation_searches.rehearsal IS 'Made while mail.mode was off or redirect; the first live run searches everything anew.';
COMMENT ON COLUMN wvl.escalation_searches.created_at IS 'When the row was made.';
COMMENT ON COLUMN wvl.escalation_searches.created_by IS 'Database role that made the row.';
COMMENT ON COLUMN wvl.escalation_searches.changed_at IS 'When the row last changed.';
CREATE TRIGGER escalation_searches_touch BEFORE UPDATE ON wvl.escalation_searches FOR EACH ROW
    WHEN (OLD IS DISTINCT FROM NEW) EXECUTE FUNCTION wvl.touch_row();
GRANT SELECT ON wvl.escalation_searches TO wvl_read, wvl_work, wvl_admin, wvl_cron;
GRANT INSERT, UPDATE, DELETE ON wvl.escalation_searches TO wvl_admin, wvl_cron;
