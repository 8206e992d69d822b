//! What is stored about an item: its chains, every step with what became of its mail.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::db::schema::{escalation_chains as chains, escalation_steps as steps};
use crate::error::Result;
use crate::escalation::deliveries::{self, Delivery};
use crate::escalation::step::Step;
use crate::outbox::MAIL;

/// A step that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Version of the due date.
    pub due_version: i64,
    /// The step.
    pub step: Step,
    /// The instant of its run.
    pub at: DateTime<Utc>,
    /// The item's title at that time.
    pub title: String,
    /// Due at that time, offset included.
    pub due_at: DateTime<Utc>,
    /// Who was written to, as `name <address>`.
    pub recipients: Vec<String>,
    /// Taken while nothing left the house.
    pub rehearsal: bool,
    /// Recorded by `escalate baseline`, without a mail.
    pub baseline: bool,
    /// What became of its mails; empty where they are deleted already, or were never written.
    pub deliveries: Vec<Delivery>,
}

impl Said {
    /// What became of the mail to one of [`Said::recipients`].
    pub fn delivery_to(&self, recipient: &str) -> Option<&Delivery> {
        let (name, address) = recipient
            .rsplit_once('<')
            .map_or(("", recipient), |(name, rest)| (name.trim(), rest.trim_end_matches('>')));
        let is_there = |delivery: &&Delivery| delivery.address.eq_ignore_ascii_case(address);
        // an address may be one on a channel too, which then stands behind the name
        let is_named = |delivery: &&Delivery| name.ends_with(&format!("({})", delivery.channel));
        let mut there = self.deliveries.iter().filter(is_there);
        there
            .clone()
            .find(is_named)
            .or_else(|| there.find(|delivery| delivery.channel == MAIL))
            .or_else(|| self.deliveries.iter().find(is_there))
    }
}

/// How far an item came under one due date.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Chain {
    /// Version of the due date.
    pub due_version: i64,
    /// [`Step::code`]; 0: found, nothing said.
    pub step: i32,
}

/// Every step of an item, oldest first.
pub fn steps_of(connection: &mut PgConnection, type_key: &str, item_ids: &[String]) -> Result<Vec<Said>> {
    type Row = (i64, i64, i32, DateTime<Utc>, String, DateTime<Utc>, Vec<Option<String>>, bool, bool);
    let rows: Vec<Row> = steps::table
        .filter(steps::type_.eq(type_key).and(steps::item_id.eq_any(item_ids)))
        .order((steps::at, steps::id))
        .select((
            steps::id,
            steps::due_version,
            steps::step,
            steps::at,
            steps::title,
            steps::due_at,
            steps::recipients,
            steps::rehearsal,
            steps::baseline,
        ))
        .load(connection)?;
    let steps: Vec<i64> = rows.iter().map(|row| row.0).collect();
    let mut deliveries = deliveries::of_steps(connection, &steps)?;
    let said =
        rows.into_iter().map(|(id, due_version, step, at, title, due_at, recipients, rehearsal, baseline)| Said {
            due_version,
            title,
            step: Step::from_code(step),
            at,
            due_at,
            recipients: recipients.into_iter().flatten().collect(),
            rehearsal,
            baseline,
            deliveries: deliveries.extract_if(.., |delivery| delivery.step_id == id).collect(),
        });
    Ok(said.collect())
}

/// The chains of an item.
pub fn chains_of(connection: &mut PgConnection, type_key: &str, item_ids: &[String]) -> Result<Vec<Chain>> {
    Ok(chains::table
        .filter(chains::type_.eq(type_key).and(chains::item_id.eq_any(item_ids)))
        .order(chains::due_version)
        .select((chains::due_version, chains::step))
        .load(connection)?)
}
