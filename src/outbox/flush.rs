//! Delivers what is due: claim a batch, hand over each message, commit the outcome of each recipient.
//!
//! Bounded by the queue and by [`FlushLimits`]; safe to run twice at the same time, on any hosts. Whatever ends it early
//! leaves every message in the queue: put back with the reason, or claimed until its lease ends and then rescued.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use diesel::PgConnection;
use uuid::Uuid;

use super::delivery::{Answer, Delivery, Destination, Parcel};
use super::schedule;
use super::settings::{MailMode, MailSettings};
use super::store::{self, Claimed, Outcome};
use crate::error::{Error, Result};

/// Recipients claimed at a time: enough to make the claim cheap, few enough to be lost for one lease.
const BATCH: i64 = 50;

/// A claim is kept at least so long, however fast the transport is.
const SHORTEST_LEASE: TimeDelta = TimeDelta::minutes(10);

/// A lease older than this is renewed before the next message begins.
const RENEW_AFTER: Duration = Duration::from_secs(30);

/// How many troubles a report names; the rest is counted.
const MOST_TROUBLES: usize = 100;

/// How much one flush may do.
#[derive(Clone, Copy, Debug, Default)]
pub struct FlushLimits {
    /// At most about so many recipients (a message is not torn apart for it); none: all that are due.
    pub recipients: Option<i64>,
}

/// What a flush did; recipients are counted, not messages.
#[derive(Debug, Default)]
pub struct FlushReport {
    /// Taken by the server, or written.
    pub sent: usize,
    /// To be tried again.
    pub retry: usize,
    /// Given up.
    pub failed: usize,
    /// Perhaps arrived; a person decides.
    pub unknown: usize,
    /// Kept back: queued while mails were redirected, and now they would reach people.
    pub held: usize,
    /// Taken over by another sender while this one was busy; that one has counted them.
    pub superseded: usize,
    /// Claims of senders that died, put back into the queue.
    pub rescued: usize,
    /// Recipients that failed, are unknown or held, by name; the first hundred.
    pub troubles: Vec<Trouble>,
    /// Why the flush ended before the queue did; everything it had claimed is back in the queue.
    pub stopped: Option<Error>,
}

/// A recipient somebody should look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// The message.
    pub message: Uuid,
    /// What it is: `escalation` …
    pub kind: String,
    /// Its subject.
    pub subject: String,
    /// The recipient.
    pub address: String,
    /// `failed`, `unknown` or `held`.
    pub state: &'static str,
    /// What the server said.
    pub reply: String,
}

impl FlushReport {
    /// Whether somebody should hear of it.
    pub fn has_trouble(&self) -> bool {
        self.failed + self.unknown + self.held > 0
    }

    /// The counts, for `job_runs`.
    pub fn counts(&self) -> serde_json::Value {
        serde_json::json!({
            "sent": self.sent, "retry": self.retry, "failed": self.failed, "unknown": self.unknown, "held": self.held,
            "superseded": self.superseded, "rescued": self.rescued,
        })
    }

    fn count(&mut self, claimed: &Claimed, outcome: Outcome, reply: &str) {
        let state = match outcome {
            Outcome::Sent => return self.sent += 1,
            Outcome::Retry { .. } => return self.retry += 1,
            Outcome::Failed => {
                self.failed += 1;
                "failed"
            }
            Outcome::Unknown => {
                self.unknown += 1;
                "unknown"
            }
            Outcome::Held => {
                self.held += 1;
                "held"
            }
        };
        if self.troubles.len() < MOST_TROUBLES {
            self.troubles.push(Trouble {
                message: claimed.message_id,
                kind: claimed.kind.clone(),
                subject: claimed.subject.clone(),
                address: claimed.address.clone(),
                state,
                reply: reply.to_owned(),
            });
        }
    }
}

/// Delivers what is due. In mode `off` nothing is sent.
///
/// A server that cannot be reached is no error here: it stands in [`FlushReport::stopped`] with its kind. Errors are
/// those of the database; what was claimed then comes back when its lease ends.
pub fn flush(
    connection: &mut PgConnection,
    settings: &MailSettings,
    delivery: &mut dyn Delivery,
    limits: FlushLimits,
) -> Result<FlushReport> {
    let mut report = FlushReport::default();
    if settings.mode == MailMode::Off {
        return Ok(report);
    }
    rescue(connection, &mut report)?;
    let lease = TimeDelta::from_std(delivery.patience() + RENEW_AFTER).unwrap_or(SHORTEST_LEASE).max(SHORTEST_LEASE);
    // who turned redirection on wants nothing to reach people, also not what was queued before
    let only_redirected = settings.mode == MailMode::Redirect && delivery.leaves_the_house();
    let mut left = limits.recipients.unwrap_or(i64::MAX);
    let outcome = loop {
        if left <= 0 || report.stopped.is_some() {
            break Ok(());
        }
        let claimed = match store::claim(connection, left.min(BATCH), lease, only_redirected) {
            Ok(claimed) if claimed.is_empty() => break Ok(()),
            Ok(claimed) => claimed,
            Err(error) => break Err(error),
        };
        left -= i64::try_from(claimed.len()).unwrap_or(i64::MAX);
        if let Err(error) = deliver_batch(connection, delivery, claimed, lease, &mut report) {
            break Err(error);
        }
    };
    delivery.close();
    outcome.map(|()| report)
}

/// Puts back what senders held that died, row by row: one that cannot be written does not keep the others.
///
/// Nobody knows how far they came, so it is as if the answer to the last line had been lost.
fn rescue(connection: &mut PgConnection, report: &mut FlushReport) -> Result<()> {
    let mut last_error = None;
    for claimed in store::expired_leases(connection)? {
        let reply = "the sender died before it noted an answer";
        let outcome =
            if claimed.class().may_repeat() { Outcome::Retry { wait: TimeDelta::zero() } } else { Outcome::Unknown };
        match store::acknowledge(connection, &claimed, outcome, reply) {
            Ok(false) => {}
            Ok(true) if outcome == Outcome::Unknown => report.count(&claimed, outcome, reply),
            Ok(true) => report.rescued += 1,
            Err(error) => last_error = Some(error),
        }
    }
    last_error.map_or(Ok(()), Err)
}

fn deliver_batch(
    connection: &mut PgConnection,
    delivery: &mut dyn Delivery,
    claimed: Vec<Claimed>,
    lease: TimeDelta,
    report: &mut FlushReport,
) -> Result<()> {
    let parcels = by_message(claimed);
    let ids: Vec<Uuid> = parcels.iter().map(|recipients| recipients[0].message_id).collect();
    let mut bytes: HashMap<Uuid, Vec<u8>> = store::load_bytes(connection, &ids)?.into_iter().collect();
    let mut clock = LeaseClock::new(lease);
    for recipients in parcels {
        let raw = bytes.remove(&recipients[0].message_id);
        if let Some(error) = &report.stopped {
            put_back(connection, &recipients, &error.full_message(), report)?;
            continue;
        }
        let recipients = still_ours(connection, recipients, &mut clock, report)?;
        let (deliverable, kept) = sort_out(recipients, raw.is_some(), delivery.leaves_the_house());
        for (recipient, outcome, reply) in kept {
            acknowledge(connection, &recipient, outcome, reply, report)?;
        }
        let (Some(raw), false) = (raw, deliverable.is_empty()) else { continue };
        match delivery.deliver(&parcel(&deliverable, raw)) {
            Ok(answers) => {
                for (recipient, answer) in deliverable.iter().zip(answers) {
                    let (outcome, reply) = judge(recipient, answer);
                    acknowledge(connection, recipient, outcome, &reply, report)?;
                }
            }
            Err(error) => {
                put_back(connection, &deliverable, &error.full_message(), report)?;
                report.stopped = Some(error);
            }
        }
    }
    Ok(())
}

/// The recipients of each message together, in the order of the queue.
fn by_message(claimed: Vec<Claimed>) -> Vec<Vec<Claimed>> {
    let mut places: HashMap<Uuid, usize> = HashMap::new();
    let mut parcels: Vec<Vec<Claimed>> = Vec::new();
    for recipient in claimed {
        let place = *places.entry(recipient.message_id).or_insert(parcels.len());
        match parcels.get_mut(place) {
            Some(parcel) => parcel.push(recipient),
            None => parcels.push(vec![recipient]),
        }
    }
    parcels
}

/// When the leases of a batch were last seen to. It measures a span of this process, and decides nothing but whether
/// the database is asked; by whose clock the lease ends stays with the database.
struct LeaseClock {
    seen_to: Instant,
    lease: TimeDelta,
}

impl LeaseClock {
    fn new(lease: TimeDelta) -> LeaseClock {
        LeaseClock { seen_to: Instant::now(), lease }
    }

    /// Whether the lease may not last for another message: it is as long as one message can take, or ten minutes.
    fn runs_down(&self) -> bool {
        self.seen_to.elapsed() > RENEW_AFTER
    }
}

/// Renews the leases of the message that is next if time has passed; whom another sender has taken over is left to it.
fn still_ours(
    connection: &mut PgConnection,
    recipients: Vec<Claimed>,
    clock: &mut LeaseClock,
    report: &mut FlushReport,
) -> Result<Vec<Claimed>> {
    if !clock.runs_down() {
        return Ok(recipients);
    }
    let mut ours = Vec::with_capacity(recipients.len());
    for recipient in recipients {
        if store::renew(connection, &recipient, clock.lease)? {
            ours.push(recipient);
        } else {
            report.superseded += 1;
        }
    }
    Ok(ours)
}

/// Splits off those who must not be tried at all, with the outcome and the reason.
fn sort_out(
    recipients: Vec<Claimed>,
    has_bytes: bool,
    leaves_the_house: bool,
) -> (Vec<Claimed>, Vec<(Claimed, Outcome, &'static str)>) {
    let mut deliverable = Vec::with_capacity(recipients.len());
    let mut kept = Vec::new();
    for recipient in recipients {
        let was_rehearsal = recipient.original_address.as_deref() == Some(recipient.address.as_str());
        if !has_bytes {
            kept.push((recipient, Outcome::Failed, "the stored message was deleted"));
        } else if recipient.expired {
            kept.push((recipient, Outcome::Failed, "it was too late to send it (expires_at)"));
        } else if leaves_the_house && was_rehearsal {
            kept.push((recipient, Outcome::Held, "queued while mail.mode was redirect and no server was configured"));
        } else {
            deliverable.push(recipient);
        }
    }
    (deliverable, kept)
}

fn parcel(recipients: &[Claimed], raw: Vec<u8>) -> Parcel {
    let first = &recipients[0];
    Parcel {
        message: first.message_id,
        queued_at: first.queued_at,
        envelope_from: first.envelope_from.clone(),
        raw,
        destinations: recipients
            .iter()
            .map(|recipient| Destination {
                recipient: recipient.id,
                attempt: recipient.attempt,
                address: recipient.address.clone(),
                original_address: recipient.original_address.clone(),
            })
            .collect(),
    }
}

/// What an answer means for the recipient.
fn judge(recipient: &Claimed, answer: Answer) -> (Outcome, String) {
    match answer {
        Answer::Accepted(reply) => (Outcome::Sent, reply),
        Answer::Refused(reply) => (Outcome::Failed, reply),
        Answer::Lost(reply) if !recipient.class().may_repeat() => (Outcome::Unknown, reply),
        Answer::Lost(reply) | Answer::Later(reply) if schedule::is_over(recipient.attempt, recipient.age()) => {
            (Outcome::Failed, reply)
        }
        Answer::Lost(reply) | Answer::Later(reply) => {
            (Outcome::Retry { wait: schedule::wait_after(recipient.attempt) }, reply)
        }
    }
}

/// Claimed and not tried: back into the queue with the reason. The five days do not end here, because it was our way
/// that was closed and not the recipient's.
fn put_back(
    connection: &mut PgConnection,
    recipients: &[Claimed],
    reason: &str,
    report: &mut FlushReport,
) -> Result<()> {
    for recipient in recipients {
        let outcome = Outcome::Retry { wait: schedule::wait_after(recipient.attempt) };
        acknowledge(connection, recipient, outcome, reason, report)?;
    }
    Ok(())
}

fn acknowledge(
    connection: &mut PgConnection,
    recipient: &Claimed,
    outcome: Outcome,
    reply: &str,
    report: &mut FlushReport,
) -> Result<()> {
    let reply: String = reply.chars().take(super::reply::MAX_CHARACTERS).collect();
    if store::acknowledge(connection, recipient, outcome, &reply)? {
        report.count(recipient, outcome, &reply);
    } else {
        report.superseded += 1;
    }
    Ok(())
}
