//! One run, in one transaction (DESIGN.md §4): find, decide, take the steps, write their mails. The mails are being rendered
//! while the steps are taken; a round in which a step turns out to be somebody else's, or to have no mail, is taken back
//! as a whole and done again without it.
//!
//! The claim is what makes a step happen once: whoever inserts its key owns it, whatever two searches found. A step
//! counts from the commit of its message, whatever delivery does with it afterwards.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::{DateTime, Utc};
use diesel::PgConnection;

use super::chains::{self, ChainKey, Change};
use super::collections;
use super::fallback;
use super::items::Unread;
use super::mailing::{self, Halt, Mailed, Material};
use super::messages::{self, Workshop};
use super::people::People;
use super::plan::{self, Plan, Planned};
use super::search;
use super::store::{self, NewStep, StepKey};
use crate::error::{Error, Result};
use crate::outbox::message_id::SigningKeys;
use crate::outbox::settings::MailMode;
use crate::outbox::{NewMessage, guard};
use crate::settings::Settings;
use crate::template::{Templates, one_line};
use crate::{db, failpoint};

/// How to run.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options<'s> {
    /// Take the same path and roll back.
    pub dry_run: bool,
    /// Hand the messages back in the report, to write them as files.
    pub keep_messages: bool,
    /// Where the number of a signal is noted that takes the run back; 0: none has come.
    pub signal: Option<&'s AtomicUsize>,
}

impl Options<'_> {
    /// The error that ends the run if a signal was noted.
    fn check_signal(&self) -> Result<()> {
        match self.signal.map_or(0, |noted| noted.load(Ordering::Relaxed)) {
            0 => Ok(()),
            signal => Err(Error::taken_back(signal)),
        }
    }
}

/// What a run did, or would do.
#[derive(Debug)]
pub struct Report<'a> {
    /// The steps taken, in the order of their keys; then those that were told again in the place of somebody who refused.
    pub steps: Vec<Planned<'a>>,
    /// How many messages were written; none with `mail.mode = "off"`.
    pub mails: usize,
    /// The messages, where they were asked for.
    pub messages: Vec<NewMessage>,
    /// Indexes of steps that share a mail with others.
    pub bundled: BTreeSet<usize>,
    /// Everybody, for names.
    pub people: People,
    /// Rehearsed steps that this run took back, because it is the first one whose mails reach people.
    pub undone: usize,
    /// Steps that are over the caps and leave with a later run.
    pub over_caps: usize,
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
    options: Options<'_>,
) -> Result<Option<Report<'a>>> {
    if !options.dry_run && settings.mail.mode != MailMode::Off {
        // after a restore what is queued from here on is no longer from before it, and a release has to know
        guard::ask(connection)?;
    }
    let workshop = Workshop { settings, templates, keys, now };
    let mut unread = BTreeMap::new();
    loop {
        let report = run_without(connection, settings, &workshop, options, &unread);
        let broken = report.as_ref().err().and_then(|error| std::error::Error::source(error)?.downcast_ref::<Unread>());
        match broken {
            // nothing was committed: once more without this type, so that this ends
            Some(broken) if !unread.contains_key(&broken.type_key) => {
                unread.insert(broken.type_key.clone(), broken.told.clone());
            }
            _ => return report,
        }
    }
}

/// One transaction, in which these types are not looked at.
fn run_without<'a>(
    connection: &mut PgConnection,
    settings: &'a Settings,
    workshop: &Workshop<'_>,
    options: Options<'_>,
    unread: &BTreeMap<String, String>,
) -> Result<Option<Report<'a>>> {
    if options.dry_run {
        return db::rehearse(connection, |connection| {
            take_steps(connection, settings, workshop, options, unread).map(Some)
        });
    }
    let report = db::transaction(connection, |connection| {
        if !store::try_lock(connection)? {
            return Ok(None);
        }
        let report = take_steps(connection, settings, workshop, options, unread)?;
        failpoint::pass("before-commit");
        Ok(Some(report))
    });
    failpoint::pass("after-commit");
    report
}

fn take_steps<'a>(
    connection: &mut PgConnection,
    settings: &'a Settings,
    workshop: &Workshop<'_>,
    options: Options<'_>,
    unread: &BTreeMap<String, String>,
) -> Result<Report<'a>> {
    let now = workshop.now;
    db::set_instant(connection, now, settings.zone)?;
    let rehearsal = settings.mail.mode != MailMode::Live;
    let undone = if rehearsal { 0 } else { store::undo_rehearsals(connection)? };
    let plan = plan::plan_without(connection, settings, unread, now)?;
    let Plan { steps: planned, changes, collections, searches, under_new_rules, over_caps, mut troubles, people } =
        plan;
    failpoint::pass("found");
    options.check_signal()?;

    let answered: Vec<ChainKey> = planned.iter().filter(|step| step.item.last.is_some()).map(Planned::chain).collect();
    let threads = store::threads(connection, &answered, messages::SINGLE)?;
    let check = || options.check_signal();
    let material = Material {
        workshop,
        steps: &planned,
        people: &people,
        threads: &threads,
        keep: options.keep_messages,
        check: &check,
    };
    let take = |connection: &mut PgConnection, steps: &[&Planned<'_>], out: &[&Planned<'_>]| {
        let wanted: Vec<NewStep<'_>> = steps.iter().flat_map(|step| new_steps(step)).collect();
        let claimed = store::claim(connection, &wanted, now, rehearsal)?;
        drop(wanted);
        failpoint::pass("claimed");
        // of merged stages the highest decides
        let is_lost = |step: &Planned<'_>| step.keys().last().is_none_or(|key| !claimed.contains_key(key));
        let not_ours: Vec<usize> = (0..steps.len()).filter(|&place| is_lost(steps[place])).collect();
        if !not_ours.is_empty() {
            return Err(Halt::Lost(not_ours));
        }
        let advance = |step: &&Planned<'_>| (step.chain(), Change::Advance(step.step(), now));
        let mut moved: Vec<(ChainKey, Change)> = steps.iter().map(advance).collect();
        // taken by a run that committed first: the chain stands there, or must
        let keys: Vec<StepKey> = out.iter().filter_map(|step| step.keys().pop()).collect();
        let taken = store::taken(connection, &keys)?;
        for step in out {
            let at = step.keys().pop().and_then(|key| taken.get(&key).copied());
            moved.extend(match at {
                Some(at) => Some((step.chain(), Change::Advance(step.step(), at))),
                None => step.held(),
            });
        }
        chains::write(connection, changes.iter().chain(moved.iter().map(|(chain, change)| (chain, change))))?;
        Ok(claimed)
    };
    let Mailed { mails, messages, bundled, failed, lost } = mailing::write(connection, material, &take)?;
    troubles.extend(failed.values().cloned());
    chains::forget_old_rules(connection, &under_new_rules)?;
    collections::take(connection, &collections, now, rehearsal)?;
    search::save(connection, &searches)?;

    let out: BTreeSet<usize> = failed.keys().chain(&lost).copied().collect();
    let bundled: BTreeSet<usize> = bundled.iter().map(|index| index - out.range(..index).count()).collect();
    let is_written = |(index, step)| (!out.contains(&index)).then_some(step);
    let mut steps: Vec<Planned<'a>> = planned.into_iter().enumerate().filter_map(is_written).collect();
    let mut report = Report { steps: Vec::new(), mails, messages, bundled, people, undone, over_caps, troubles };
    let keep = options.keep_messages;
    let instead = fallback::Run { workshop, people: &report.people, unread, before: &steps, keep, check: &check };
    let sent = fallback::write(connection, settings, instead)?;
    report.bundled.extend(sent.bundled.iter().map(|index| index + steps.len()));
    steps.extend(sent.steps);
    report.steps = steps;
    report.mails += sent.mails;
    report.messages.extend(sent.messages);
    report.over_caps += sent.over_caps;
    report.troubles.extend(sent.troubles);
    report.troubles = report.troubles.iter().map(|trouble| one_line(trouble)).collect();
    Ok(report)
}

fn new_steps<'p>(step: &'p Planned<'_>) -> impl Iterator<Item = NewStep<'p>> {
    let recipients = step.written_to();
    step.keys().into_iter().map(move |key| NewStep {
        key,
        due_at: step.due_at,
        reference: &step.item.reference,
        title: &step.item.title,
        recipients: recipients.clone(),
    })
}
