//! Forgets what is long over: chains of items that have left their view, their steps, and what people said to them.
//!
//! Whether an item is still in its view is asked of the view itself, of all chains at once and whatever its due date: as
//! long as any row shows the item, all of its history stays.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Text, Timestamptz};

use super::items::{self, shift_days};
use super::rules::TypeRules;
use crate::db;
use crate::db::rights::{Verb, require};
use crate::error::Result;
use crate::output::{Cell, Output, Table, column};
use crate::settings::Settings;

/// What is purged of one type: a configured one, or what is left of one that was.
#[derive(Clone, Debug)]
pub struct Job<'a> {
    /// The type.
    pub type_key: String,
    /// Its rules; none if it is no longer configured. Then nothing is left that could show its items.
    pub rules: Option<&'a TypeRules>,
}

/// What was, or would be, deleted of one type.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Purged {
    /// The type.
    pub type_key: String,
    /// Whether it is still configured.
    pub is_configured: bool,
    /// Chains.
    pub chains: i64,
    /// Their steps.
    pub steps: i64,
    /// Acknowledgements and mutes.
    pub silences: i64,
}

impl Purged {
    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        (self.chains, self.steps, self.silences) == (0, 0, 0)
    }
}

/// What was deleted, by type.
#[derive(Clone, Debug, Default)]
pub struct PurgeList {
    /// The types of which something was found.
    pub types: Vec<Purged>,
}

/// Says clearly who may not purge: whoever does not run the jobs.
pub fn check_permitted(connection: &mut PgConnection) -> Result<()> {
    require(connection, "escalation_chains", Verb::Delete, "delete escalations")
}

/// The types to purge: the configured ones, and those of which only rows are left.
pub fn jobs<'a>(connection: &mut PgConnection, settings: &'a Settings) -> Result<Vec<Job<'a>>> {
    #[derive(QueryableByName)]
    struct Left {
        #[diesel(sql_type = Text)]
        type_key: String,
    }
    let types = &settings.escalation.types;
    let keys: Vec<&str> = types.iter().map(|rules| rules.key.as_str()).collect();
    let left: Vec<Left> = db::read_only(connection, |connection| {
        Ok(diesel::sql_query(
            "SELECT DISTINCT type AS type_key FROM wvl.escalation_chains WHERE type <> ALL ($1)
             UNION
             SELECT type FROM wvl.escalation_silences WHERE type <> ALL ($1)",
        )
        .bind::<Array<Text>, _>(keys)
        .load(connection)?)
    })?;
    let left: BTreeSet<String> = left.into_iter().map(|row| row.type_key).collect();
    let configured = types.iter().map(|rules| Job { type_key: rules.key.clone(), rules: Some(rules) });
    Ok(configured.chain(left.into_iter().map(|type_key| Job { type_key, rules: None })).collect())
}

/// Purges one type of what is older than so many days, in a transaction of its own; a rehearsal rolls it back.
///
/// Errors: whatever the view of the type fails with; then nothing of it was touched.
pub fn purge(
    connection: &mut PgConnection,
    settings: &Settings,
    job: &Job<'_>,
    (now, days): (DateTime<Utc>, u32),
    rehearsal: bool,
) -> Result<Purged> {
    let zone = settings.zone;
    let work = |connection: &mut PgConnection| {
        db::set_instant(connection, now, zone)?;
        let until = shift_days(now, i32::try_from(days).unwrap_or(i32::MAX).saturating_neg(), zone);
        delete(connection, job, until)
    };
    if rehearsal { db::rehearse(connection, work) } else { db::transaction(connection, work) }
}

fn delete(connection: &mut PgConnection, job: &Job<'_>, until: DateTime<Utc>) -> Result<Purged> {
    #[derive(QueryableByName)]
    struct Counts {
        #[diesel(sql_type = BigInt)]
        chains: i64,
        #[diesel(sql_type = BigInt)]
        steps: i64,
        #[diesel(sql_type = BigInt)]
        silences: i64,
    }
    let gone = match job.rules {
        Some(rules) => {
            let relation = items::view(connection, rules)?.relation;
            format!("NOT EXISTS (SELECT FROM {relation} v WHERE v.item_id::text = old.item_id)")
        }
        None => "true".to_owned(),
    };
    let counts: Counts = diesel::sql_query(include_str!("purge.sql").replace("{gone}", &gone))
        .bind::<Text, _>(&job.type_key)
        .bind::<Timestamptz, _>(until)
        .bind::<BigInt, _>(until.timestamp().div_euclid(60))
        .get_result(connection)?;
    Ok(Purged {
        type_key: job.type_key.clone(),
        is_configured: job.rules.is_some(),
        chains: counts.chains,
        steps: counts.steps,
        silences: counts.silences,
    })
}

impl PurgeList {
    /// Chains, steps, silences of all types.
    pub fn sums(&self) -> (i64, i64, i64) {
        let sum = |count: fn(&Purged) -> i64| self.types.iter().map(count).sum();
        (sum(|it| it.chains), sum(|it| it.steps), sum(|it| it.silences))
    }
}

impl Output for PurgeList {
    fn table(&self) -> Table {
        let mut table = Table::new(vec![
            column("type", "Typ"),
            column("configured", "konfiguriert").optional(),
            column("chains", "Ketten"),
            column("steps", "Schritte"),
            column("silences", "quittiert/stumm"),
        ]);
        for purged in &self.types {
            table.push(vec![
                Cell::Text(purged.type_key.clone()),
                Cell::Flag(purged.is_configured),
                Cell::Int(purged.chains),
                Cell::Int(purged.steps),
                Cell::Int(purged.silences),
            ]);
        }
        table
    }
}
