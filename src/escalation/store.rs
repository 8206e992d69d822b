//! Steps: claimed once, linked to the messages that tell of them, undone if they were only rehearsed.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Integer, Text, Timestamptz};
use uuid::Uuid;

use super::chains::ChainKey;
use crate::db::schema::{escalation_marks, escalation_step_messages, escalation_steps};
use crate::error::Result;
use crate::failpoint;

/// The key of a step: what makes an escalation happen once.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StepKey {
    /// Escalation type.
    pub type_key: String,
    /// Item in the view of the type.
    pub item_id: String,
    /// Version of its due date.
    pub due_version: i64,
    /// [`Step::code`].
    pub step: i32,
}

/// A step to be claimed, with what history keeps of it.
#[derive(Clone, Debug)]
pub struct NewStep<'a> {
    /// Its key.
    pub key: StepKey,
    /// Due instant, offset included.
    pub due_at: DateTime<Utc>,
    /// Reference of the item.
    pub reference: &'a str,
    /// Title of the item.
    pub title: &'a str,
    /// Each as `Name <address>`, on a line of its own.
    pub recipients: String,
}

#[derive(QueryableByName)]
struct Claimed {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = Text)]
    type_key: String,
    #[diesel(sql_type = Text)]
    item_id: String,
    #[diesel(sql_type = BigInt)]
    due_version: i64,
    #[diesel(sql_type = Integer)]
    step: i32,
}

/// Inserts the steps that nobody has taken yet and returns their keys: whoever gets a key back owns the step.
///
/// The rows go in by the order of their keys: unsorted claims of two processes would wait for each other.
pub fn claim(
    connection: &mut PgConnection,
    steps: &[NewStep<'_>],
    now: DateTime<Utc>,
    rehearsal: bool,
) -> Result<BTreeMap<StepKey, i64>> {
    if steps.is_empty() {
        return Ok(BTreeMap::new());
    }
    let rows: Vec<Claimed> = diesel::sql_query(include_str!("claim.sql"))
        .bind::<Array<Text>, _>(steps.iter().map(|step| step.key.type_key.as_str()).collect::<Vec<_>>())
        .bind::<Array<Text>, _>(steps.iter().map(|step| step.key.item_id.as_str()).collect::<Vec<_>>())
        .bind::<Array<BigInt>, _>(steps.iter().map(|step| step.key.due_version).collect::<Vec<_>>())
        .bind::<Array<Integer>, _>(steps.iter().map(|step| step.key.step).collect::<Vec<_>>())
        .bind::<Array<Timestamptz>, _>(steps.iter().map(|step| step.due_at).collect::<Vec<_>>())
        .bind::<Array<Text>, _>(steps.iter().map(|step| step.reference).collect::<Vec<_>>())
        .bind::<Array<Text>, _>(steps.iter().map(|step| step.title).collect::<Vec<_>>())
        .bind::<Array<Text>, _>(steps.iter().map(|step| step.recipients.as_str()).collect::<Vec<_>>())
        .bind::<Timestamptz, _>(now)
        .bind::<Bool, _>(rehearsal)
        .load(connection)?;
    let key = |row: Claimed| {
        let id = row.id;
        (StepKey { type_key: row.type_key, item_id: row.item_id, due_version: row.due_version, step: row.step }, id)
    };
    Ok(rows.into_iter().map(key).collect())
}

/// Records steps that leave without a mail; those that were taken already stay as they are.
pub fn record_baseline(connection: &mut PgConnection, steps: &[NewStep<'_>], now: DateTime<Utc>) -> Result<()> {
    if steps.is_empty() {
        return Ok(());
    }
    diesel::sql_query(
        "INSERT INTO wvl.escalation_steps
             (type, item_id, due_version, step, at, due_at, reference, title, recipients, baseline)
         SELECT type, item_id, due_version, step, $8, due_at, reference, title, '{}', true
         FROM unnest($1, $2, $3, $4, $5, $6, $7)
             AS gone (type, item_id, due_version, step, due_at, reference, title)
         ORDER BY type, item_id, due_version, step
         ON CONFLICT ON CONSTRAINT escalation_steps_once DO NOTHING",
    )
    .bind::<Array<Text>, _>(steps.iter().map(|step| step.key.type_key.as_str()).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(steps.iter().map(|step| step.key.item_id.as_str()).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(steps.iter().map(|step| step.key.due_version).collect::<Vec<_>>())
    .bind::<Array<Integer>, _>(steps.iter().map(|step| step.key.step).collect::<Vec<_>>())
    .bind::<Array<Timestamptz>, _>(steps.iter().map(|step| step.due_at).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(steps.iter().map(|step| step.reference).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(steps.iter().map(|step| step.title).collect::<Vec<_>>())
    .bind::<Timestamptz, _>(now)
    .execute(connection)?;
    Ok(())
}

#[derive(QueryableByName)]
struct Taken {
    #[diesel(sql_type = Text)]
    type_key: String,
    #[diesel(sql_type = Text)]
    item_id: String,
    #[diesel(sql_type = BigInt)]
    due_version: i64,
    #[diesel(sql_type = Integer)]
    step: i32,
    #[diesel(sql_type = Timestamptz)]
    at: DateTime<Utc>,
}

/// When these steps were taken by others; what nobody has taken is not among them.
pub fn taken(connection: &mut PgConnection, keys: &[StepKey]) -> Result<BTreeMap<StepKey, DateTime<Utc>>> {
    if keys.is_empty() {
        return Ok(BTreeMap::new());
    }
    let rows: Vec<Taken> = diesel::sql_query(
        "SELECT s.type AS type_key, s.item_id, s.due_version, s.step, s.at
         FROM unnest($1, $2, $3, $4) AS key (type, item_id, due_version, step)
             JOIN wvl.escalation_steps s USING (type, item_id, due_version, step)",
    )
    .bind::<Array<Text>, _>(keys.iter().map(|key| key.type_key.as_str()).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(keys.iter().map(|key| key.item_id.as_str()).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(keys.iter().map(|key| key.due_version).collect::<Vec<_>>())
    .bind::<Array<Integer>, _>(keys.iter().map(|key| key.step).collect::<Vec<_>>())
    .load(connection)?;
    let key = |row: Taken| {
        let at = row.at;
        (StepKey { type_key: row.type_key, item_id: row.item_id, due_version: row.due_version, step: row.step }, at)
    };
    Ok(rows.into_iter().map(key).collect())
}

/// Takes back what was rehearsed while nothing reached anybody, and says how many steps that were. Each chain stands
/// again at its last real step, collections that only rehearsals took are open.
pub fn undo_rehearsals(connection: &mut PgConnection) -> Result<usize> {
    #[derive(QueryableByName)]
    struct Undone {
        #[diesel(sql_type = BigInt)]
        steps: i64,
    }
    diesel::delete(escalation_marks::table.filter(escalation_marks::rehearsal)).execute(connection)?;
    let rehearsed = escalation_steps::table.filter(escalation_steps::rehearsal);
    if !diesel::select(diesel::dsl::exists(rehearsed)).get_result::<bool>(connection)? {
        return Ok(0);
    }
    let undone: Undone = diesel::sql_query(include_str!("undo_rehearsals.sql")).get_result(connection)?;
    Ok(usize::try_from(undone.steps).unwrap_or_default())
}

/// Notes which message tells of which step.
pub fn link(connection: &mut PgConnection, links: &[(i64, Uuid)]) -> Result<()> {
    if links.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = links
        .iter()
        .map(|(step, message)| {
            (escalation_step_messages::step_id.eq(*step), escalation_step_messages::message_id.eq(*message))
        })
        .collect();
    diesel::copy_from(escalation_step_messages::table).from_insertable(&rows).execute(connection)?;
    Ok(())
}

#[derive(QueryableByName)]
struct Earlier {
    #[diesel(sql_type = Text)]
    type_key: String,
    #[diesel(sql_type = Text)]
    item_id: String,
    #[diesel(sql_type = BigInt)]
    due_version: i64,
    #[diesel(sql_type = Text)]
    address: String,
    #[diesel(sql_type = Text)]
    message_id: String,
}

/// Message-IDs of the earlier single mails, by chain and (lower case) address, oldest first.
pub type Threads = BTreeMap<(String, String, i64, String), Vec<String>>;

/// The earlier single mails of these chains.
pub fn threads(connection: &mut PgConnection, chains: &[ChainKey], kind: &str) -> Result<Threads> {
    let mut threads = Threads::new();
    if chains.is_empty() {
        return Ok(threads);
    }
    let rows: Vec<Earlier> = diesel::sql_query(include_str!("threads.sql"))
        .bind::<Array<Text>, _>(chains.iter().map(|(key, _, _)| key.as_str()).collect::<Vec<_>>())
        .bind::<Array<Text>, _>(chains.iter().map(|(_, item, _)| item.as_str()).collect::<Vec<_>>())
        .bind::<Array<BigInt>, _>(chains.iter().map(|(_, _, version)| *version).collect::<Vec<_>>())
        .bind::<Text, _>(kind)
        .load(connection)?;
    for row in rows {
        let key = (row.type_key, row.item_id, row.due_version, row.address);
        threads.entry(key).or_default().push(row.message_id);
    }
    Ok(threads)
}

/// A step in the history of an item.
#[derive(Clone, Debug, Queryable)]
pub struct PastStep {
    /// Version of the due date.
    pub due_version: i64,
    /// [`Step::code`].
    pub step: i32,
    /// The instant of its run.
    pub at: DateTime<Utc>,
    /// Who was written to.
    pub recipients: Vec<Option<String>>,
    /// Taken while nothing left the house.
    pub rehearsal: bool,
}

/// What has been said about an item, oldest first.
pub fn history(connection: &mut PgConnection, type_key: &str, item_id: &str) -> Result<Vec<PastStep>> {
    use escalation_steps as steps;
    Ok(steps::table
        .filter(steps::type_.eq(type_key).and(steps::item_id.eq(item_id)))
        .order((steps::at, steps::id))
        .select((steps::due_version, steps::step, steps::at, steps::recipients, steps::rehearsal))
        .load(connection)?)
}

/// Tries to be the only run; false if another process is at work. Only saves work: the claim decides.
pub fn try_lock(connection: &mut PgConnection) -> Result<bool> {
    if failpoint::is_set("no-job-lock") {
        return Ok(true);
    }
    #[derive(QueryableByName)]
    struct Locked {
        #[diesel(sql_type = Bool)]
        locked: bool,
    }
    let answer: Locked =
        diesel::sql_query("SELECT pg_try_advisory_xact_lock(hashtext('wvl escalate run'), 1) AS locked")
            .get_result(connection)?;
    Ok(answer.locked)
}
