//! A reminder that was refused for good goes to somebody else, with the next run in the window of its type: once, and the
//! run names who cannot be reached.
//!
//! [`escalation_fallbacks`](crate::db::schema::escalation_fallbacks) holds what was seen to; its key is what makes it happen
//! once, whatever two runs found. A fall-back that is refused too has a row of its own, and the run after that looks for the
//! next one: whoever was written to before is never asked again, so that this ends.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Integer, Text, Timestamptz};

use super::caps::Caps;
use super::mailing::{self, Halt, Mailed, Material};
use super::messages::Workshop;
use super::people::People;
use super::plan::Planned;
use super::store::{StepKey, Threads};
use crate::error::Result;
use crate::outbox::NewMessage;
use crate::outbox::settings::MailMode;
use crate::settings::Settings;

mod decide;
mod note;

use decide::{Found, Office, Retold};

/// What was refused longer ago helps nobody any more.
const LOOKED_BACK: TimeDelta = TimeDelta::days(14);

/// What was sent to others.
#[derive(Debug, Default)]
pub struct Sent<'a> {
    /// The steps that were told once more.
    pub steps: Vec<Planned<'a>>,
    /// How many mails.
    pub mails: usize,
    /// The mails, if somebody wants to keep them.
    pub messages: Vec<NewMessage>,
    /// Indexes of steps that share a mail with others.
    pub bundled: BTreeSet<usize>,
    /// Steps that are over the caps and wait for the next run.
    pub over_caps: usize,
    /// Who cannot be reached, and what kept others from being written to.
    pub troubles: BTreeSet<String>,
}

/// What is the same for the whole run.
#[derive(Clone, Copy)]
pub struct Run<'r, 'w> {
    /// Settings, templates, keys, the instant.
    pub workshop: &'r Workshop<'w>,
    /// Everybody.
    pub people: &'r People,
    /// Types that cannot be read in this run.
    pub unread: &'r BTreeMap<String, String>,
    /// The steps that the run has taken before: their mails count where mails are counted.
    pub before: &'r [Planned<'r>],
    /// Whether the mails are handed back too.
    pub keep: bool,
    /// Asked between two batches: an error ends it.
    pub check: &'r (dyn Fn() -> Result<()> + Sync),
}

/// One refused reminder, for one step.
#[derive(Clone, Debug, QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    step_id: i64,
    #[diesel(sql_type = Text)]
    type_key: String,
    #[diesel(sql_type = Text)]
    item_id: String,
    #[diesel(sql_type = BigInt)]
    due_version: i64,
    #[diesel(sql_type = Integer)]
    step: i32,
    #[diesel(sql_type = Text)]
    reference: String,
    #[diesel(sql_type = BigInt)]
    recipient_id: i64,
    #[diesel(sql_type = Text)]
    channel: String,
    #[diesel(sql_type = Text)]
    address: String,
    #[diesel(sql_type = Text)]
    reply: String,
    /// Refused so long ago that it helps nobody any more.
    #[diesel(sql_type = Bool)]
    is_late: bool,
    /// Everywhere the step was sent to: the channel, a line break, the address.
    #[diesel(sql_type = Array<Text>)]
    told: Vec<String>,
    /// Where it has arrived or still may.
    #[diesel(sql_type = Array<Text>)]
    reached: Vec<String>,
}

/// The refused reminders of one item under one due date.
type Chain = (String, String, i64);

/// What was refused of an item, and what is to be said of it.
type Cause = (Vec<Row>, BTreeSet<String>);

/// Writes to others what was refused, in the caller's transaction. Nothing while mails reach nobody anyway.
///
/// Errors: one caused by [`Unread`](crate::escalation::items::Unread) where a type must be left out, in another transaction.
pub fn write<'a>(connection: &mut PgConnection, settings: &'a Settings, run: Run<'_, '_>) -> Result<Sent<'a>> {
    let now = run.workshop.now;
    let mut sent = Sent::default();
    if settings.mail.mode != MailMode::Live {
        return Ok(sent);
    }
    let rows: Vec<Row> =
        diesel::sql_query(include_str!("refused.sql")).bind::<Timestamptz, _>(now - LOOKED_BACK).load(connection)?;
    if rows.is_empty() {
        return Ok(sent);
    }
    let mut types: BTreeMap<String, BTreeMap<Chain, Vec<Row>>> = BTreeMap::new();
    for row in rows {
        let chain = (row.type_key.clone(), row.item_id.clone(), row.due_version);
        types.entry(row.type_key.clone()).or_default().entry(chain).or_default().push(row);
    }
    let office = Office::open(connection, settings, run.people, now)?;
    let mut found = Found::default();
    for (key, chains) in types {
        match settings.escalation.rules(&key).filter(|rules| rules.active) {
            Some(_) if run.unread.contains_key(&key) => {}
            Some(rules) => office.look(connection, rules, chains, &mut found)?,
            None => found.closed.extend(chains.into_values().flatten()),
        }
    }
    for (rows, outcome) in
        [(&found.closed, "closed"), (&found.nobody, "nobody"), (&found.reached, "reached"), (&found.late, "late")]
    {
        note::outcome(connection, rows.iter(), outcome, now)?;
    }
    let retold = within_caps(settings, run.before, found.retold, &mut sent.over_caps);
    sent.troubles = found.troubles;
    if retold.is_empty() {
        return Ok(sent);
    }
    let (steps, causes): (Vec<Planned<'a>>, Vec<Cause>) =
        retold.into_iter().map(|it| (it.step, (it.rows, it.troubles))).unzip();
    let by_chain: BTreeMap<Chain, &Vec<Row>> =
        steps.iter().map(Planned::chain).zip(causes.iter().map(|(rows, _)| rows)).collect();
    let take = |connection: &mut PgConnection, steps: &[&Planned<'_>], _: &[&Planned<'_>]| {
        let rows_of = |step: &Planned<'_>| by_chain.get(&step.chain()).map_or(&[][..], |rows| rows.as_slice());
        let wanted: Vec<Row> = steps.iter().flat_map(|step| rows_of(step)).cloned().collect();
        let ours = note::outcome(connection, wanted.iter(), "sent", now)?;
        let is_ours = |row: &Row| ours.contains(&(row.step_id, row.recipient_id));
        let lost = |place: &usize| !rows_of(steps[*place]).iter().all(is_ours);
        let lost: Vec<usize> = (0..steps.len()).filter(lost).collect();
        if !lost.is_empty() {
            return Err(Halt::Lost(lost));
        }
        note::recipients(connection, steps, rows_of)?;
        Ok(wanted.iter().map(|row| (key_of(row), row.step_id)).collect())
    };
    let threads = Threads::new();
    let (workshop, people, keep, check) = (run.workshop, run.people, run.keep, run.check);
    let material = Material { workshop, steps: &steps, people, threads: &threads, keep, check };
    let Mailed { mails, messages, bundled, failed, lost } = mailing::write(connection, material, &take)?;
    sent.troubles.extend(failed.values().cloned());
    let out: BTreeSet<usize> = failed.keys().chain(&lost).copied().collect();
    sent.bundled = bundled.iter().map(|index| index - out.range(..index).count()).collect();
    (sent.mails, sent.messages) = (mails, messages);
    // what waits, or has no mail, is not told as done
    for (index, (step, (_, troubles))) in steps.into_iter().zip(causes).enumerate() {
        if !out.contains(&index) {
            sent.steps.push(step);
            sent.troubles.extend(troubles);
        }
    }
    Ok(sent)
}

fn key_of(row: &Row) -> StepKey {
    StepKey {
        type_key: row.type_key.clone(),
        item_id: row.item_id.clone(),
        due_version: row.due_version,
        step: row.step,
    }
}

/// What the caps leave beside what the run has queued before; the rest waits for the next one.
fn within_caps<'a>(
    settings: &Settings,
    before: &[Planned<'_>],
    retold: Vec<Retold<'a>>,
    over_caps: &mut usize,
) -> Vec<Retold<'a>> {
    let rules = &settings.escalation;
    let caps = Caps { per_run: rules.max_mails_per_run, per_recipient: rules.max_mails_per_recipient };
    let steps: Vec<&Planned<'_>> = retold.iter().map(|it| &it.step).collect();
    let over = caps.over(before, &steps);
    *over_caps = over.len();
    retold.into_iter().enumerate().filter_map(|(index, it)| (!over.contains(&index)).then_some(it)).collect()
}
