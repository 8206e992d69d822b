//! What was sent, in the model and in the database.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use chrono::{DateTime, Utc};
use diesel::PgConnection;
use diesel::prelude::*;

use crate::escalation::model::minutes::written;
use crate::escalation::model::world::{Taken, World};

/// A step as it is compared: item, version, step.
pub type Key = (usize, i64, Taken);

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = diesel::sql_types::Text)]
    r#type: String,
    #[diesel(sql_type = diesel::sql_types::Text)]
    item_id: String,
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    due_version: i64,
    #[diesel(sql_type = diesel::sql_types::Integer)]
    step: i32,
    #[diesel(sql_type = diesel::sql_types::Timestamptz)]
    at: DateTime<Utc>,
    #[diesel(sql_type = diesel::sql_types::Bool)]
    rehearsal: bool,
    #[diesel(sql_type = diesel::sql_types::Bool)]
    baseline: bool,
}

/// The steps in the database that fulfil the condition.
pub fn sent(connection: &mut PgConnection, world: &World, condition: &str) -> BTreeSet<Key> {
    let rows: Vec<Row> = diesel::sql_query(format!(
        "SELECT type, item_id, due_version, step, at, rehearsal, baseline FROM wvl.escalation_steps WHERE {condition}"
    ))
    .load(connection)
    .unwrap();
    let ids: BTreeMap<String, usize> = (0..world.items.len()).map(|item| (world.name(item), item)).collect();
    let key = |row: &Row| {
        let at = row.at.timestamp() / 60;
        let taken = Taken { step: row.step, at, is_rehearsal: row.rehearsal, is_baseline: row.baseline };
        (ids[&format!("{} {}", row.r#type, row.item_id)], row.due_version, taken)
    };
    rows.iter().map(key).collect()
}

/// The steps of the model.
pub fn expected(world: &World, wanted: impl Fn(&Taken) -> bool) -> BTreeSet<Key> {
    let of_chain = |(&(item, version), steps): (&(usize, i64), &Vec<Taken>)| -> Vec<Key> {
        steps.iter().filter(|taken| wanted(taken)).map(|taken| (item, version, *taken)).collect()
    };
    world.steps.iter().flat_map(of_chain).collect()
}

/// Both sides of one item, to be read by whoever looks for the reason.
pub fn of_item(world: &World, item: usize, expected: &BTreeSet<Key>, sent: &BTreeSet<Key>) -> String {
    let of = |steps: &BTreeSet<Key>| -> String {
        let of_item = steps.iter().filter(|(other, ..)| *other == item);
        of_item.map(|(_, version, taken)| format!("    {version}: {}\n", said(taken))).collect()
    };
    let mut text = format!("  model:\n{}  engine:\n{}", of(expected), of(sent));
    for ((_, version), steps) in world.steps.iter().filter(|((other, _), _)| *other == item) {
        let _ = writeln!(text, "  all of {version}: {}", steps.iter().map(said).collect::<Vec<_>>().join(", "));
    }
    text
}

fn said(taken: &Taken) -> String {
    let Taken { step, at, is_rehearsal, is_baseline } = taken;
    let mut text = format!("{step} at {}", written(*at));
    text += if *is_rehearsal { " (rehearsal)" } else { "" };
    text + if *is_baseline { " (baseline)" } else { "" }
}
