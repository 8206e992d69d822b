-- Takes away what is old of one type's items that have left their view. $1 is the type, $2 the instant up to which
-- something is old, $3 the same in whole minutes since 1970; the condition in braces says that an item is gone.
WITH
    -- By the last step. A chain without one was found and never spoke: by its due date, where the version is one (a
    -- counter is always old). What a run is just moving on is none of our business.
    old_chains AS MATERIALIZED (
        SELECT item_id, due_version
        FROM wvl.escalation_chains
        WHERE type = $1 AND CASE WHEN last_at IS NULL THEN due_version < $3 ELSE last_at < $2 END
        ORDER BY item_id, due_version
        FOR UPDATE SKIP LOCKED
    ),
    -- what no longer holds, for as long
    old_silences AS MATERIALIZED (
        SELECT id, item_id, due_version
        FROM wvl.escalation_silences
        WHERE type = $1 AND least(until, lifted_at) < $2
    ),
    -- items that no row of the view shows, under whatever due date
    gone AS MATERIALIZED (
        SELECT old.item_id
        FROM (SELECT item_id FROM old_chains UNION SELECT item_id FROM old_silences) AS old
        WHERE {gone}
    ),
    doomed AS MATERIALIZED (
        SELECT item_id, due_version FROM old_chains JOIN gone USING (item_id)
    ),
    -- the links to messages go with the steps
    steps AS (
        DELETE FROM wvl.escalation_steps step
        USING doomed
        WHERE step.type = $1 AND step.item_id = doomed.item_id AND step.due_version = doomed.due_version
        RETURNING step.id
    ),
    chains AS (
        DELETE FROM wvl.escalation_chains chain
        USING doomed
        WHERE chain.type = $1 AND chain.item_id = doomed.item_id AND chain.due_version = doomed.due_version
        RETURNING chain.item_id
    ),
    -- a silence stays as long as a chain that it was about
    silences AS (
        DELETE FROM wvl.escalation_silences silence
        USING old_silences JOIN gone USING (item_id)
        WHERE silence.id = old_silences.id
            AND NOT EXISTS (
                SELECT FROM wvl.escalation_chains chain
                WHERE chain.type = $1
                    AND chain.item_id = old_silences.item_id
                    AND chain.due_version = coalesce(old_silences.due_version, chain.due_version)
                    AND NOT EXISTS (
                        SELECT FROM doomed
                        WHERE doomed.item_id = chain.item_id AND doomed.due_version = chain.due_version
                    )
            )
        RETURNING silence.id
    )
SELECT
    (SELECT count(*) FROM chains) AS chains,
    (SELECT count(*) FROM steps) AS steps,
    (SELECT count(*) FROM silences) AS silences
