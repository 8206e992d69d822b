//! One run: find, decide, claim, render, write, in one transaction (DESIGN.md §4).
//!
//! The claim is what makes a step happen once: whoever inserts its key owns it, whatever two searches found. A step
//! counts from the commit of its message, whatever delivery does with it afterwards.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use diesel::PgConnection;

use super::messages::{self, Workshop};
use super::plan::{self, Plan, Planned};
use super::store::{self, NewStep, StepKey};
use crate::db;
use crate::error::Result;
use crate::outbox::message_id::SigningKeys;
use crate::outbox::settings::MailMode;
use crate::outbox::{self, NewMessage};
use crate::settings::Settings;
use crate::template::{Templates, one_line};

/// How to run.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Take the same path and roll back.
    pub dry_run: bool,
}

/// What a run did, or would do.
#[derive(Debug)]
pub struct Report<'a> {
    /// The steps taken, in the order of their keys.
    pub steps: Vec<Planned<'a>>,
    /// The messages written; empty with `mail.mode = "off"`.
    pub messages: Vec<NewMessage>,
    /// Indexes of steps that share a mail with others.
    pub bundled: BTreeSet<usize>,
    /// Everybody, for names.
    pub people: super::people::People,
    /// What somebody should put right; the run ends 3 if there is any.
    pub troubles: BTreeSet<String>,
}

/// Runs at `now`. `None` if another process is running: nothing was done.
pub fn run<'a>(
    connection: &mut PgConnection,
    settings: &'a Settings,
    templates: &Templates,
    keys: &SigningKeys,
    now: DateTime<Utc>,
    options: Options,
) -> Result<Option<Report<'a>>> {
    let workshop = Workshop { settings, templates, keys, now };
    if options.dry_run {
        return db::rehearse(connection, |connection| take_steps(connection, settings, &workshop).map(Some));
    }
    db::transaction(connection, |connection| {
        if !store::try_lock(connection)? {
            return Ok(None);
        }
        take_steps(connection, settings, &workshop).map(Some)
    })
}

fn take_steps<'a>(
    connection: &mut PgConnection,
    settings: &'a Settings,
    workshop: &Workshop<'_>,
) -> Result<Report<'a>> {
    let now = workshop.now;
    db::set_instant(connection, now, settings.zone)?;
    let Plan { steps: planned, held, collections, mut troubles, people } = plan::plan(connection, settings, now)?;

    let wanted: Vec<NewStep> = planned.iter().flat_map(new_steps).collect();
    let rehearsal = settings.mail.mode != MailMode::Live;
    let claimed = store::claim(connection, &wanted, now, rehearsal)?;
    // of merged stages the highest decides
    let is_ours = |step: &Planned<'_>| keys_of(step).last().is_some_and(|key| claimed.contains_key(key));
    let (ours, others): (Vec<Planned<'a>>, Vec<Planned<'a>>) = planned.into_iter().partition(is_ours);

    let written = write_messages(connection, workshop, &ours, &people, &claimed)?;
    troubles.extend(written.failed.values().cloned());

    // also the lower keys of merged stages whose highest somebody else has taken
    let failed = written.failed.keys().map(|&index| &ours[index]);
    let lost = failed.chain(&others).flat_map(keys_of).filter_map(|key| claimed.get(&key).copied());
    let lost: Vec<i64> = lost.collect();
    store::give_back(connection, &lost)?;
    let mut held = held;
    held.extend(written.failed.keys().map(|&index| chain_of(&ours[index])));
    store::hold(connection, &held)?;

    let is_written = |index: &usize| !written.failed.contains_key(index);
    let taken = ours.iter().enumerate().filter(|(index, _)| is_written(index)).flat_map(|(_, step)| keys_of(step));
    store::advance(connection, &taken.collect(), now)?;
    store::take_collections(connection, &collections, now)?;

    let bundled = written.bundled.iter().map(|index| index - written.failed.range(..index).count()).collect();
    let steps = ours.into_iter().enumerate().filter(|(index, _)| is_written(index)).map(|(_, step)| step).collect();
    let troubles = troubles.iter().map(|trouble| one_line(trouble)).collect();
    Ok(Report { steps, messages: written.messages, bundled, people, troubles })
}

struct Written {
    messages: Vec<NewMessage>,
    bundled: BTreeSet<usize>,
    /// Steps whose mail could not be made, with the reason.
    failed: BTreeMap<usize, String>,
}

/// Renders what was claimed and queues it. A step with a mail that cannot be made leaves to nobody.
fn write_messages(
    connection: &mut PgConnection,
    workshop: &Workshop<'_>,
    ours: &[Planned<'_>],
    people: &super::people::People,
    claimed: &BTreeMap<StepKey, i64>,
) -> Result<Written> {
    let chains: Vec<(String, String, i64)> = ours.iter().map(chain_of).collect();
    let threads = store::threads(connection, &chains, messages::SINGLE)?;
    let mut failed: BTreeMap<usize, String> = BTreeMap::new();
    loop {
        let good: Vec<usize> = (0..ours.len()).filter(|index| !failed.contains_key(index)).collect();
        let steps: Vec<&Planned<'_>> = good.iter().map(|&index| &ours[index]).collect();
        let mut made = Vec::new();
        let mut broken = BTreeMap::new();
        for envelope in messages::bundle(&steps) {
            match workshop.message(&envelope, &steps, people, &threads) {
                Ok(message) => made.push((envelope, message)),
                // one bad item must not take a bundle with it: try its items alone
                Err(error) if envelope.parts.len() > 1 => {
                    let before = broken.len();
                    for part in &envelope.parts {
                        let alone = messages::Envelope { parts: vec![*part] };
                        if let Err(error) = workshop.message(&alone, &steps, people, &threads) {
                            broken.insert(good[part.0], describe(steps[part.0], &error));
                        }
                    }
                    if broken.len() == before {
                        broken
                            .extend(envelope.parts.iter().map(|part| (good[part.0], describe(steps[part.0], &error))));
                    }
                }
                Err(error) => {
                    broken.extend(envelope.parts.iter().map(|part| (good[part.0], describe(steps[part.0], &error))));
                }
            }
        }
        if !broken.is_empty() {
            // the others are bundled anew without them; each round drops at least one step, so this ends
            failed.extend(broken);
            continue;
        }
        let bundled = made.iter().filter(|(envelope, _)| envelope.parts.len() > 1);
        let bundled = bundled.flat_map(|(envelope, _)| envelope.parts.iter().map(|part| good[part.0])).collect();
        if workshop.settings.mail.mode == MailMode::Off {
            return Ok(Written { messages: Vec::new(), bundled, failed });
        }
        let mut links = Vec::new();
        for (envelope, message) in &made {
            let keys = envelope.parts.iter().flat_map(|part| keys_of(steps[part.0]));
            links.extend(keys.filter_map(|key| claimed.get(&key)).map(|step| (*step, message.id)));
        }
        let messages: Vec<NewMessage> = made.into_iter().map(|(_, message)| message).collect();
        outbox::enqueue(connection, &messages)?;
        store::link(connection, &links)?;
        return Ok(Written { messages, bundled, failed });
    }
}

fn describe(step: &Planned<'_>, error: &crate::error::Error) -> String {
    format!("{}:{}: no mail could be made: {}", step.rules.key, step.item.reference, error.full_message())
}

fn chain_of(step: &Planned<'_>) -> (String, String, i64) {
    (step.rules.key.clone(), step.item.id.clone(), step.item.due_version)
}

/// The keys of a step, the deciding one last.
fn keys_of(step: &Planned<'_>) -> Vec<StepKey> {
    let key = |code| StepKey {
        type_key: step.rules.key.clone(),
        item_id: step.item.id.clone(),
        due_version: step.item.due_version,
        step: code,
    };
    step.next.steps.iter().map(|taken| key(taken.code())).collect()
}

fn new_steps(step: &Planned<'_>) -> Vec<NewStep> {
    let recipients = step.recipients.iter().map(|recipient| match recipient.name.as_str() {
        "" => recipient.address.clone(),
        name => format!("{name} <{}>", recipient.address).replace('\n', " "),
    });
    let recipients: Vec<String> = recipients.collect();
    let new = |key| NewStep {
        key,
        due_at: step.due_at,
        reference: step.item.reference.clone(),
        title: step.item.title.clone(),
        recipients: recipients.clone(),
    };
    keys_of(step).into_iter().map(new).collect()
}
