//! What was seen to, as the database keeps it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Text, Timestamptz};

use super::Row;
use crate::error::Result;
use crate::escalation::plan::Planned;

/// Notes what was seen to; answers with what nobody had noted before.
pub(super) fn outcome<'r>(
    connection: &mut PgConnection,
    rows: impl Iterator<Item = &'r Row>,
    outcome: &str,
    now: DateTime<Utc>,
) -> Result<BTreeSet<(i64, i64)>> {
    #[derive(QueryableByName)]
    struct Ours {
        #[diesel(sql_type = BigInt)]
        step_id: i64,
        #[diesel(sql_type = BigInt)]
        recipient_id: i64,
    }
    let (steps, recipients): (Vec<i64>, Vec<i64>) = rows.map(|row| (row.step_id, row.recipient_id)).unzip();
    if steps.is_empty() {
        return Ok(BTreeSet::new());
    }
    let ours: Vec<Ours> = diesel::sql_query(
        "INSERT INTO wvl.escalation_fallbacks (step_id, recipient_id, outcome, at)
         SELECT step_id, recipient_id, $3, $4 FROM unnest($1, $2) AS seen (step_id, recipient_id)
         ORDER BY step_id, recipient_id
         ON CONFLICT ON CONSTRAINT escalation_fallbacks_pkey DO NOTHING
         RETURNING step_id, recipient_id",
    )
    .bind::<Array<BigInt>, _>(steps)
    .bind::<Array<BigInt>, _>(recipients)
    .bind::<Text, _>(outcome)
    .bind::<Timestamptz, _>(now)
    .load(connection)?;
    Ok(ours.into_iter().map(|row| (row.step_id, row.recipient_id)).collect())
}

/// History tells who was written to in the end.
pub(super) fn recipients<'r>(
    connection: &mut PgConnection,
    steps: &[&Planned<'_>],
    rows_of: impl Fn(&Planned<'_>) -> &'r [Row],
) -> Result<()> {
    let mut added: BTreeMap<i64, String> = BTreeMap::new();
    for step in steps {
        for row in rows_of(step) {
            added.insert(row.step_id, step.written_to());
        }
    }
    diesel::sql_query(
        "UPDATE wvl.escalation_steps s SET recipients = s.recipients || string_to_array(added.recipients, E'\\n')
         FROM unnest($1, $2) AS added (id, recipients) WHERE s.id = added.id",
    )
    .bind::<Array<BigInt>, _>(added.keys().copied().collect::<Vec<_>>())
    .bind::<Array<Text>, _>(added.values().map(String::as_str).collect::<Vec<_>>())
    .execute(connection)?;
    Ok(())
}
