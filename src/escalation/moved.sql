(
        SELECT count(*)
        FROM wvl.escalation_chains other
        WHERE other.type = $1 AND other.item_id = v.item_id::text AND other.due_version <> {due_version}
    )
