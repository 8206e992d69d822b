//! Chains: how far each item has come under one due date, and whether a run must look at it again.
//!
//! Every item that a search finds gets a chain, whatever becomes of it: that is what lets the next search begin where
//! this one stopped. A chain is live (looked at when its time has come), spent (nothing can follow under the rules it was
//! judged by) or gone (its item left the view, or moved to another due date); what returns is live again.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Integer, Nullable, Text, Timestamptz};

use super::items::CutOffs;
use super::step::Step;
use crate::error::Result;

/// Type, item, version of the due date.
pub type ChainKey = (String, String, i64);

/// What a run makes of a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Found, and nothing leaves: a chain that exists keeps its step, and is live again if it was not.
    Hold,
    /// This step was taken, at that instant.
    Advance(Step, DateTime<Utc>),
    /// Nothing can follow under these rules.
    Spend,
    /// The item is not in its view under this due date.
    Leave,
}

impl Change {
    fn state(self) -> &'static str {
        match self {
            Change::Hold | Change::Advance(..) => "live",
            Change::Spend => "spent",
            Change::Leave => "gone",
        }
    }

    fn step(self) -> (Step, Option<DateTime<Utc>>) {
        match self {
            Change::Advance(step, at) => (step, Some(at)),
            Change::Hold | Change::Spend | Change::Leave => (Step::Held, None),
        }
    }
}

/// The changes of a run, each chain once.
pub type Changes = BTreeMap<ChainKey, Change>;

/// Writes the changes, each chain once, in one statement and by the order of their keys.
pub fn write<'c>(
    connection: &mut PgConnection,
    changes: impl IntoIterator<Item = (&'c ChainKey, &'c Change)>,
) -> Result<()> {
    let changes: Vec<(&ChainKey, &Change)> = changes.into_iter().collect();
    if changes.is_empty() {
        return Ok(());
    }
    diesel::sql_query(include_str!("chains.sql"))
        .bind::<Array<Text>, _>(changes.iter().map(|((key, _, _), _)| key.as_str()).collect::<Vec<_>>())
        .bind::<Array<Text>, _>(changes.iter().map(|((_, item, _), _)| item.as_str()).collect::<Vec<_>>())
        .bind::<Array<BigInt>, _>(changes.iter().map(|((_, _, version), _)| *version).collect::<Vec<_>>())
        .bind::<Array<Integer>, _>(changes.iter().map(|(_, change)| change.step().0.code()).collect::<Vec<_>>())
        .bind::<Array<Nullable<Timestamptz>>, _>(changes.iter().map(|(_, change)| change.step().1).collect::<Vec<_>>())
        .bind::<Array<Text>, _>(changes.iter().map(|(_, change)| change.state()).collect::<Vec<_>>())
        .execute(connection)?;
    Ok(())
}

/// What is spent and was not judged by this run, which looked at everything under new rules, is not in its view: should it
/// return, the new rules are to judge it.
pub fn forget_old_rules(connection: &mut PgConnection, types: &BTreeSet<String>) -> Result<()> {
    if types.is_empty() {
        return Ok(());
    }
    diesel::sql_query(
        "UPDATE wvl.escalation_chains c
         SET state = 'gone'
         FROM (
             SELECT type, item_id, due_version
             FROM wvl.escalation_chains
             WHERE type = ANY ($1) AND state = 'spent' AND judged_txid <> pg_current_xact_id()::text::bigint
             ORDER BY type, item_id, due_version
             FOR UPDATE
         ) old
         WHERE c.type = old.type AND c.item_id = old.item_id AND c.due_version = old.due_version",
    )
    .bind::<Array<Text>, _>(types.iter().map(String::as_str).collect::<Vec<_>>())
    .execute(connection)?;
    Ok(())
}

/// Lets chains stand at these stages although nothing was said; those that came further stay where they are.
pub fn stand_at_baseline(
    connection: &mut PgConnection,
    stands: &BTreeMap<ChainKey, Step>,
    now: DateTime<Utc>,
) -> Result<()> {
    if stands.is_empty() {
        return Ok(());
    }
    diesel::sql_query(
        "INSERT INTO wvl.escalation_chains AS c (type, item_id, due_version, step, last_at, baseline)
         SELECT type, item_id, due_version, step, $5, true
         FROM unnest($1, $2, $3, $4) AS stand (type, item_id, due_version, step)
         ORDER BY type, item_id, due_version
         ON CONFLICT (type, item_id, due_version) DO UPDATE
         SET step = excluded.step, last_at = excluded.last_at, baseline = true, state = 'live', judged_txid = NULL
         WHERE c.step < excluded.step",
    )
    .bind::<Array<Text>, _>(stands.keys().map(|(key, _, _)| key.as_str()).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(stands.keys().map(|(_, item, _)| item.as_str()).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(stands.keys().map(|(_, _, version)| *version).collect::<Vec<_>>())
    .bind::<Array<Integer>, _>(stands.values().map(|step| step.code()).collect::<Vec<_>>())
    .bind::<Timestamptz, _>(now)
    .execute(connection)?;
    Ok(())
}

/// Where the chains of one type are looked for.
pub struct Bounds<'a> {
    /// The type's key.
    pub type_key: &'a str,
    /// Up to which last steps.
    pub cut_offs: &'a CutOffs,
    /// The version of a due date is its minute, or a number that is counted up from 1.
    pub versions_tell_due: bool,
    /// Chains judged gone by this transaction or a later one are looked at again; none: by a search over everything.
    pub judged_since: Option<i64>,
}

/// Chains whose time may have come, by type, item and version: whether they are live.
pub type Waiting = BTreeMap<String, BTreeMap<String, BTreeMap<i64, bool>>>;

#[derive(QueryableByName)]
struct WaitingRow {
    #[diesel(sql_type = Text)]
    type_key: String,
    #[diesel(sql_type = Text)]
    item_id: String,
    #[diesel(sql_type = BigInt)]
    due_version: i64,
    #[diesel(sql_type = Bool)]
    is_live: bool,
}

/// The chains within the bounds, of all types in one statement: what it costs depends on how many they are, not on how
/// many lie beyond.
pub fn waiting(connection: &mut PgConnection, bounds: &[Bounds<'_>]) -> Result<Waiting> {
    let (mut types, mut codes, mut untils) = (Vec::new(), Vec::new(), Vec::new());
    let (mut announced, mut from_codes, mut to_codes, mut versions) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for Bounds { type_key, cut_offs, versions_tell_due, .. } in bounds {
        for (step, until) in &cut_offs.last_until {
            types.push(*type_key);
            codes.push(step.code());
            untils.push(*until);
        }
        for (days, due_until) in &cut_offs.announced_until {
            announced.push(*type_key);
            from_codes.push(Step::Announce(*days.end()).code());
            to_codes.push(Step::Announce(*days.start()).code());
            versions.push(if *versions_tell_due { due_until.timestamp().div_euclid(60) } else { i64::MAX });
        }
    }
    let rows: Vec<WaitingRow> = diesel::sql_query(include_str!("waiting.sql"))
        .bind::<Array<Text>, _>(types)
        .bind::<Array<Integer>, _>(codes)
        .bind::<Array<Timestamptz>, _>(untils)
        .bind::<Array<Text>, _>(bounds.iter().map(|bounds| bounds.type_key).collect::<Vec<_>>())
        .bind::<Array<Nullable<BigInt>>, _>(bounds.iter().map(|bounds| bounds.judged_since).collect::<Vec<_>>())
        .bind::<Array<Text>, _>(announced)
        .bind::<Array<Integer>, _>(from_codes)
        .bind::<Array<Integer>, _>(to_codes)
        .bind::<Array<BigInt>, _>(versions)
        .load(connection)?;
    let mut waiting = Waiting::new();
    for row in rows {
        waiting.entry(row.type_key).or_default().entry(row.item_id).or_default().insert(row.due_version, row.is_live);
    }
    Ok(waiting)
}
