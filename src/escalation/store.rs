//! The tables of the escalation: chains, steps, the link to messages, and the collections taken.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Integer, Nullable, Text, Timestamptz};
use uuid::Uuid;

use super::step::Step;
use crate::db::schema::{escalation_marks, escalation_step_messages, escalation_steps};
use crate::error::Result;

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
pub struct NewStep {
    /// Its key.
    pub key: StepKey,
    /// Due instant, offset included.
    pub due_at: DateTime<Utc>,
    /// Reference of the item.
    pub reference: String,
    /// Title of the item.
    pub title: String,
    /// Each as `Name <address>`.
    pub recipients: Vec<String>,
}

/// When the last run took a collection, by type and calendar.
pub type Marks = BTreeMap<(String, String), DateTime<Utc>>;

/// The collections taken so far.
pub fn marks(connection: &mut PgConnection) -> Result<Marks> {
    use escalation_marks::{calendar, collected_at, type_};
    let rows: Vec<(String, String, DateTime<Utc>)> =
        escalation_marks::table.select((type_, calendar, collected_at)).load(connection)?;
    Ok(rows.into_iter().map(|(key, name, at)| ((key, name), at)).collect())
}

/// Notes that these collections were taken at `now`.
pub fn take_collections(
    connection: &mut PgConnection,
    collections: &BTreeSet<(String, String)>,
    now: DateTime<Utc>,
) -> Result<()> {
    let (types, calendars): (Vec<&str>, Vec<&str>) =
        collections.iter().map(|(key, name)| (key.as_str(), name.as_str())).unzip();
    diesel::sql_query(
        "INSERT INTO wvl.escalation_marks (type, calendar, collected_at)
         SELECT type, calendar, $3 FROM unnest($1, $2) AS taken (type, calendar) ORDER BY 1, 2
         ON CONFLICT (type, calendar) DO UPDATE
         SET collected_at = CASE
             -- left by a trial of another day
             WHEN escalation_marks.collected_at > clock_timestamp() THEN excluded.collected_at
             ELSE greatest(escalation_marks.collected_at, excluded.collected_at)
         END",
    )
    .bind::<Array<Text>, _>(types)
    .bind::<Array<Text>, _>(calendars)
    .bind::<Timestamptz, _>(now)
    .execute(connection)?;
    Ok(())
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
    steps: &[NewStep],
    now: DateTime<Utc>,
    rehearsal: bool,
) -> Result<BTreeMap<StepKey, i64>> {
    // a list of lists is no array: the recipients travel as lines
    let lines: Vec<String> = steps.iter().map(|step| step.recipients.join("\n")).collect();
    let rows: Vec<Claimed> = diesel::sql_query(include_str!("claim.sql"))
        .bind::<Array<Text>, _>(steps.iter().map(|step| step.key.type_key.as_str()).collect::<Vec<_>>())
        .bind::<Array<Text>, _>(steps.iter().map(|step| step.key.item_id.as_str()).collect::<Vec<_>>())
        .bind::<Array<BigInt>, _>(steps.iter().map(|step| step.key.due_version).collect::<Vec<_>>())
        .bind::<Array<Integer>, _>(steps.iter().map(|step| step.key.step).collect::<Vec<_>>())
        .bind::<Array<Timestamptz>, _>(steps.iter().map(|step| step.due_at).collect::<Vec<_>>())
        .bind::<Array<Text>, _>(steps.iter().map(|step| step.reference.as_str()).collect::<Vec<_>>())
        .bind::<Array<Text>, _>(steps.iter().map(|step| step.title.as_str()).collect::<Vec<_>>())
        .bind::<Array<Text>, _>(lines)
        .bind::<Timestamptz, _>(now)
        .bind::<Bool, _>(rehearsal)
        .load(connection)?;
    let key = |row: &Claimed| StepKey {
        type_key: row.type_key.clone(),
        item_id: row.item_id.clone(),
        due_version: row.due_version,
        step: row.step,
    };
    Ok(rows.iter().map(|row| (key(row), row.id)).collect())
}

/// Gives claimed steps back: their mail could not be made.
pub fn give_back(connection: &mut PgConnection, steps: &[i64]) -> Result<()> {
    diesel::delete(escalation_steps::table.filter(escalation_steps::id.eq_any(steps))).execute(connection)?;
    Ok(())
}

/// Moves the chains of taken steps on to them.
pub fn advance(connection: &mut PgConnection, steps: &BTreeSet<StepKey>, now: DateTime<Utc>) -> Result<()> {
    // of merged stages the highest is where the chain stands
    let mut highest: BTreeMap<(&str, &str, i64), i32> = BTreeMap::new();
    for key in steps {
        let step = highest.entry((&key.type_key, &key.item_id, key.due_version)).or_insert(key.step);
        *step = (*step).max(key.step);
    }
    upsert_chains(
        connection,
        &highest,
        Some(now),
        "ON CONFLICT (type, item_id, due_version) DO UPDATE SET step = excluded.step, last_at = excluded.last_at",
    )
}

/// Notes what was found and did not leave, so that a later search may start above it.
pub fn hold(connection: &mut PgConnection, items: &BTreeSet<(String, String, i64)>) -> Result<()> {
    let held = items.iter().map(|(key, item, version)| ((key.as_str(), item.as_str(), *version), Step::Held.code()));
    upsert_chains(connection, &held.collect(), None, "ON CONFLICT DO NOTHING")
}

fn upsert_chains(
    connection: &mut PgConnection,
    chains: &BTreeMap<(&str, &str, i64), i32>,
    last_at: Option<DateTime<Utc>>,
    on_conflict: &str,
) -> Result<()> {
    if chains.is_empty() {
        return Ok(());
    }
    let sql = format!(
        "INSERT INTO wvl.escalation_chains (type, item_id, due_version, step, last_at)
         SELECT type, item_id, due_version, step, $5
         FROM unnest($1, $2, $3, $4) AS chain (type, item_id, due_version, step)
         ORDER BY 1, 2, 3
         {on_conflict}"
    );
    diesel::sql_query(sql)
        .bind::<Array<Text>, _>(chains.keys().map(|(key, _, _)| *key).collect::<Vec<_>>())
        .bind::<Array<Text>, _>(chains.keys().map(|(_, item, _)| *item).collect::<Vec<_>>())
        .bind::<Array<BigInt>, _>(chains.keys().map(|(_, _, version)| *version).collect::<Vec<_>>())
        .bind::<Array<Integer>, _>(chains.values().copied().collect::<Vec<_>>())
        .bind::<Nullable<Timestamptz>, _>(last_at)
        .execute(connection)?;
    Ok(())
}

/// Notes which message tells of which step.
pub fn link(connection: &mut PgConnection, links: &[(i64, Uuid)]) -> Result<()> {
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
pub fn threads(connection: &mut PgConnection, chains: &[(String, String, i64)], kind: &str) -> Result<Threads> {
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
