//! Takes the steps and queues their mails, while those are being rendered on the other cores: no more than a few batches
//! of mails are in memory at a time, however many there are.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

use diesel::{Connection, PgConnection};

use super::messages::{self, Envelope, Workshop};
use super::people::People;
use super::plan::Planned;
use super::store::{self, StepKey, Threads};
use crate::error::{Error, Result};
use crate::failpoint;
use crate::outbox::settings::MailMode;
use crate::outbox::{Intake, NewMessage, Prepared};

/// Mails rendered and queued at a time: enough to make a COPY cheap.
const BATCH: usize = 128;
/// Links are held back until so many are worth a round trip.
const LINKS_AT_ONCE: usize = 1_000;
/// Batches in memory at a time, those in work included: the database is still taking the steps when the first ones are
/// ready, and whoever makes them should not have to wait for it.
const BATCHES_AHEAD: usize = 8;
/// More threads than this only wait for the database.
const MOST_THREADS: usize = 4;

/// What was queued.
#[derive(Debug, Default)]
pub struct Mailed {
    /// How many mails.
    pub mails: usize,
    /// The mails, if somebody wants to keep them.
    pub messages: Vec<NewMessage>,
    /// Steps that share a mail with others.
    pub bundled: BTreeSet<usize>,
    /// Steps whose mail could not be made, with the reason.
    pub failed: BTreeMap<usize, String>,
    /// Steps that somebody else has taken.
    pub lost: BTreeSet<usize>,
}

/// Takes steps (the first list), knowing which others dropped out, and answers with the keys that nobody had taken, with
/// their rows. Halts with [`Halt::Lost`] unless all steps are ours now.
pub type Take<'a> = &'a dyn Fn(
    &mut PgConnection,
    &[&Planned<'_>],
    &[&Planned<'_>],
) -> std::result::Result<BTreeMap<StepKey, i64>, Halt>;

/// Everything that mails are made of.
#[derive(Clone, Copy)]
pub struct Material<'a, 's> {
    /// Settings, templates, keys.
    pub workshop: &'a Workshop<'a>,
    /// The steps that may leave.
    pub steps: &'a [Planned<'s>],
    /// Everybody.
    pub people: &'a People,
    /// The earlier mails of their chains.
    pub threads: &'a Threads,
    /// Whether the mails are handed back too.
    pub keep: bool,
    /// Asked between two batches: an error ends it.
    pub check: &'a (dyn Fn() -> Result<()> + Sync),
}

/// Takes all steps, makes and queues their mails, in the caller's transaction. A step with a mail that cannot be made
/// leaves to nobody, one that somebody else has taken is not told again: what shares a mail with it is bundled anew, and
/// nothing of it stays taken.
pub fn write(connection: &mut PgConnection, material: Material<'_, '_>, take: Take<'_>) -> Result<Mailed> {
    let (mut failed, mut lost) = (BTreeMap::new(), BTreeSet::new());
    loop {
        let is_good = |index: &usize| !failed.contains_key(index) && !lost.contains(index);
        let good: Vec<usize> = (0..material.steps.len()).filter(is_good).collect();
        let steps: Vec<&Planned<'_>> = good.iter().map(|&index| &material.steps[index]).collect();
        let envelopes = messages::bundle(&steps, &|recipient| material.workshop.is_written(recipient));
        let round = |connection: &mut PgConnection| {
            let out = material.steps.iter().enumerate().filter(|(index, _)| !is_good(index));
            let out: Vec<&Planned<'_>> = out.map(|(_, step)| step).collect();
            queue(connection, material, &steps, &envelopes, |connection| take(connection, &steps, &out))
        };
        match connection.transaction(round) {
            Ok((mails, messages)) => {
                let shared = envelopes.iter().filter(|envelope| envelope.parts.len() > 1);
                let bundled = shared.flat_map(|envelope| envelope.parts.iter().map(|part| good[part.0])).collect();
                return Ok(Mailed { mails, messages, bundled, failed, lost });
            }
            // each round drops at least one step, so this ends
            Err(Halt::Lost(places)) => lost.extend(places.into_iter().map(|place| good[place])),
            Err(Halt::Broken(broken)) => {
                failed.extend(broken.into_iter().map(|(place, reason)| (good[place], reason)));
            }
            Err(Halt::Error(error)) => return Err(error),
        }
    }
}

/// Why a round was taken back; steps by their places in it.
#[derive(Debug)]
pub enum Halt {
    /// Somebody else has taken these steps.
    Lost(Vec<usize>),
    /// These steps have no mail, with the reason.
    Broken(BTreeMap<usize, String>),
    /// Nothing helps.
    Error(Error),
}

impl From<diesel::result::Error> for Halt {
    fn from(error: diesel::result::Error) -> Halt {
        Halt::Error(error.into())
    }
}

impl From<Error> for Halt {
    fn from(error: Error) -> Halt {
        Halt::Error(error)
    }
}

/// The mails of some envelopes, or the steps that stand in the way.
type Batch = std::result::Result<Vec<(usize, Prepared)>, BTreeMap<usize, String>>;

fn queue(
    connection: &mut PgConnection,
    material: Material<'_, '_>,
    steps: &[&Planned<'_>],
    envelopes: &[Envelope],
    take: impl FnOnce(&mut PgConnection) -> std::result::Result<BTreeMap<StepKey, i64>, Halt>,
) -> std::result::Result<(usize, Vec<NewMessage>), Halt> {
    // one core is busy with what this thread and the database write
    let threads = std::thread::available_parallelism().map_or(1, |cores| cores.get().saturating_sub(1).max(1));
    let threads = threads.min(MOST_THREADS).min(envelopes.len().div_ceil(BATCH));
    let (sender, batches) = mpsc::sync_channel::<Batch>(BATCHES_AHEAD - threads);
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            let sender = sender.clone();
            let next = &next;
            scope.spawn(move || {
                loop {
                    let start = next.fetch_add(BATCH, Ordering::Relaxed);
                    if start >= envelopes.len() {
                        break;
                    }
                    let batch = render(material, steps, envelopes, start..envelopes.len().min(start + BATCH));
                    // nobody listens any more: the round is lost
                    if sender.send(batch).is_err() {
                        break;
                    }
                }
            });
        }
        drop(sender);
        let claimed = take(connection)?;
        let write_all = |connection: &mut PgConnection, intake: &mut Intake| {
            let (mut mails, mut kept, mut broken, mut links) = (0, Vec::new(), BTreeMap::new(), Vec::new());
            for batch in batches {
                (material.check)()?;
                failpoint::pass("rendered");
                match batch {
                    Err(more) => broken.extend(more),
                    // the round is lost: only what else is wrong is still of interest
                    Ok(_) if !broken.is_empty() => {}
                    Ok(_) if material.workshop.settings.mail.mode == MailMode::Off => {}
                    Ok(batch) => {
                        mails += batch.len();
                        intake.put(connection, batch.iter().map(|(_, prepared)| prepared))?;
                        links.extend(batch.iter().flat_map(|(envelope, prepared)| {
                            let keys = envelopes[*envelope].parts.iter().flat_map(|part| steps[part.0].keys());
                            keys.filter_map(|key| Some((*claimed.get(&key)?, prepared.message().id)))
                        }));
                        if links.len() >= LINKS_AT_ONCE {
                            store::link(connection, &links)?;
                            links.clear();
                        }
                        if material.keep {
                            kept.extend(batch.into_iter().map(|(_, prepared)| prepared.into_message()));
                        }
                    }
                }
            }
            store::link(connection, &links)?;
            if broken.is_empty() { Ok((mails, kept)) } else { Err(Halt::Broken(broken)) }
        };
        let (mails, kept) = Intake::within(connection, write_all)?;
        if mails > 0 {
            failpoint::pass("queued");
        }
        Ok((mails, kept))
    })
}

fn render(material: Material<'_, '_>, steps: &[&Planned<'_>], envelopes: &[Envelope], range: Range<usize>) -> Batch {
    let mut made = Vec::with_capacity(range.len());
    let mut broken = BTreeMap::new();
    let message = |envelope: &Envelope| {
        material.workshop.message(envelope, steps, material.people, material.threads).and_then(NewMessage::prepare)
    };
    for index in range {
        let envelope = &envelopes[index];
        match message(envelope) {
            Ok(prepared) => made.push((index, prepared)),
            Err(error) => {
                let alone = envelope.parts.iter().map(|part| (part.0, Envelope { parts: vec![*part] }));
                // one bad item must not take a bundle with it: its items are tried alone
                let mut bad: Vec<(usize, Error)> = match envelope.parts.len() {
                    1 => Vec::new(),
                    _ => alone.filter_map(|(place, alone)| Some((place, message(&alone).err()?))).collect(),
                };
                if bad.is_empty() {
                    broken.extend(envelope.parts.iter().map(|part| (part.0, describe(steps[part.0], &error))));
                }
                broken.extend(bad.drain(..).map(|(place, error)| (place, describe(steps[place], &error))));
            }
        }
    }
    if broken.is_empty() { Ok(made) } else { Err(broken) }
}

fn describe(step: &Planned<'_>, error: &Error) -> String {
    format!("{}:{}: no mail could be made: {}", step.rules.key, step.item.reference, error.full_message())
}
