//! Delivers what is due: claim a batch, hand over each message, commit the outcome of each recipient.
//!
//! Bounded by the queue and by [`FlushLimits`]; safe to run twice at the same time, on any hosts. Whatever ends it early
//! leaves every message in the queue: put back with the reason, or claimed until its lease ends and then rescued.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use diesel::PgConnection;
use uuid::Uuid;

use super::delivery::{Answer, Delivery, Destination, Parcel};
use super::guard::{self, Guard};
use super::report::FlushReport;
use super::schedule;
use super::settings::{MailMode, MailSettings};
use super::store::{self, Claimed, Outcome};
use crate::error::{Error, Result};
use crate::failpoint;

/// Recipients claimed at a time: enough to make the claim cheap, few enough to be lost for one lease.
const BATCH: i64 = 50;

/// A claim is kept at least so long, however fast the transport is.
const SHORTEST_LEASE: TimeDelta = TimeDelta::minutes(10);

/// A lease older than this is renewed before the next message begins.
const RENEW_AFTER: TimeDelta = TimeDelta::seconds(30);

/// How much one flush may do.
#[derive(Clone, Copy, Debug, Default)]
pub struct FlushLimits<'f> {
    /// At most about so many recipients (a message is not torn apart for it); none: all that are due.
    pub recipients: Option<i64>,
    /// Where the number of a signal is noted that ends the flush after the current message; 0: none has come.
    pub signal: Option<&'f AtomicUsize>,
}

impl FlushLimits<'_> {
    fn interruption(&self) -> Option<Error> {
        let signal = self.signal.map_or(0, |noted| noted.load(Ordering::Relaxed));
        (signal != 0).then(|| Error::interrupted(signal))
    }
}

/// Delivers what is due. In mode `off` nothing is sent, nor where the [guard](super::guard) holds everything
/// ([`FlushReport::guard`]).
///
/// A server that cannot be reached is no error here: it stands in [`FlushReport::stopped`] with its kind. Errors are
/// those of the database; what was claimed then comes back when its lease ends.
pub fn flush(
    connection: &mut PgConnection,
    settings: &MailSettings,
    delivery: &mut dyn Delivery,
    limits: FlushLimits<'_>,
) -> Result<FlushReport> {
    let mut report = FlushReport::default();
    if settings.mode == MailMode::Off {
        return Ok(report);
    }
    report.guard = guard::ask(connection)?;
    if report.guard != Guard::Open {
        return Ok(report);
    }
    rescue(connection, &mut report)?;
    let lease = lease_for(delivery.patience());
    // who turned redirection on wants nothing to reach people, also not what was queued before
    let only_redirected = settings.mode == MailMode::Redirect && delivery.leaves_the_house();
    let mut left = limits.recipients.unwrap_or(i64::MAX);
    let outcome = loop {
        report.stopped = report.stopped.or_else(|| limits.interruption());
        if left <= 0 || report.stopped.is_some() {
            break Ok(());
        }
        let claimed = match store::claim(connection, left.min(BATCH), lease, only_redirected) {
            Ok((guard, claimed)) if claimed.is_empty() => {
                report.guard = guard;
                break Ok(());
            }
            Ok((_, claimed)) => claimed,
            Err(error) => break Err(error),
        };
        failpoint::pass("leased");
        left -= i64::try_from(claimed.len()).unwrap_or(i64::MAX);
        if let Err(error) = deliver_batch(connection, settings, delivery, claimed, lease, limits, &mut report) {
            break Err(error);
        }
    };
    delivery.close();
    outcome.map(|()| report)
}

fn lease_for(patience: Duration) -> TimeDelta {
    TimeDelta::from_std(patience).map_or(SHORTEST_LEASE, |patience| (patience + RENEW_AFTER).max(SHORTEST_LEASE))
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
            Ok(None) => {}
            Ok(Some(_)) if outcome == Outcome::Unknown => report.count(&claimed, outcome, reply),
            Ok(Some(_)) => report.rescued += 1,
            Err(error) => last_error = Some(error),
        }
    }
    last_error.map_or(Ok(()), Err)
}

fn deliver_batch(
    connection: &mut PgConnection,
    settings: &MailSettings,
    delivery: &mut dyn Delivery,
    claimed: Vec<Claimed>,
    lease: TimeDelta,
    limits: FlushLimits<'_>,
    report: &mut FlushReport,
) -> Result<()> {
    // by the database's clock, as its last answer told it
    let (mut now, mut renewed_at) =
        claimed.first().map_or_else(Default::default, |first| (first.loaded_at, first.loaded_at));
    let mut waiting = by_message(claimed);
    let ids: Vec<Uuid> = waiting.iter().map(|recipients| recipients[0].message_id).collect();
    let mut bytes: HashMap<Uuid, Vec<u8>> = store::load_bytes(connection, &ids)?.into_iter().collect();
    while let Some(recipients) = waiting.pop_front() {
        if let Some(error) = limits.interruption() {
            let untouched = recipients.iter().chain(waiting.iter().flatten());
            let at_once = |_: &Claimed| TimeDelta::zero();
            put_back(connection, untouched, at_once, "the sender was ended before it began", report)?;
            report.stopped = Some(error);
            return Ok(());
        }
        let raw = bytes.remove(&recipients[0].message_id);
        let (deliverable, kept) =
            sort_out(recipients, raw.is_some(), delivery.leaves_the_house(), settings.redirect_to.as_deref());
        for (recipient, outcome, reply) in kept {
            acknowledge(connection, &recipient, outcome, reply, report)?;
        }
        let (Some(raw), false) = (raw, deliverable.is_empty()) else { continue };
        failpoint::pass("before-delivery");
        match delivery.deliver(&parcel(&deliverable, raw), &mut || true) {
            Ok(answers) => {
                failpoint::pass("after-delivery");
                for (recipient, answer) in deliverable.iter().zip(answers) {
                    let (outcome, reply) = judge(recipient, answer);
                    let at = acknowledge(connection, recipient, outcome, &reply, report)?;
                    now = at.unwrap_or(now);
                }
            }
            Err(error) => {
                let reason = error.full_message();
                let untouched = deliverable.iter().chain(waiting.iter().flatten());
                let later = |recipient: &Claimed| schedule::wait_after(recipient.attempt);
                put_back(connection, untouched, later, &reason, report)?;
                report.stopped = Some(error);
                return Ok(());
            }
        }
        if now - renewed_at > RENEW_AFTER {
            keep_what_is_ours(connection, &mut waiting, lease, report)?;
            renewed_at = now;
        }
    }
    Ok(())
}

/// The recipients of each message together, in the order of the queue.
fn by_message(claimed: Vec<Claimed>) -> VecDeque<Vec<Claimed>> {
    let mut places: HashMap<Uuid, usize> = HashMap::new();
    let mut parcels: VecDeque<Vec<Claimed>> = VecDeque::new();
    for recipient in claimed {
        let place = *places.entry(recipient.message_id).or_insert(parcels.len());
        match parcels.get_mut(place) {
            Some(parcel) => parcel.push(recipient),
            None => parcels.push_back(vec![recipient]),
        }
    }
    parcels
}

/// Renews the leases of what is still waiting; whom another sender has taken over is left to it.
fn keep_what_is_ours(
    connection: &mut PgConnection,
    waiting: &mut VecDeque<Vec<Claimed>>,
    lease: TimeDelta,
    report: &mut FlushReport,
) -> Result<()> {
    let ours = store::renew(connection, waiting.iter().flatten(), lease)?;
    for parcel in waiting.iter_mut() {
        let before = parcel.len();
        parcel.retain(|recipient| ours.contains(&recipient.id));
        report.superseded += before - parcel.len();
    }
    waiting.retain(|parcel| !parcel.is_empty());
    Ok(())
}

/// Splits off those who must not be tried at all, with the outcome and the reason.
fn sort_out(
    recipients: Vec<Claimed>,
    has_bytes: bool,
    leaves_the_house: bool,
    redirect_to: Option<&str>,
) -> (Vec<Claimed>, Vec<(Claimed, Outcome, &'static str)>) {
    let mut deliverable = Vec::with_capacity(recipients.len());
    let mut kept = Vec::new();
    for recipient in recipients {
        // unless the one who gets everything meanwhile was a recipient anyway
        let address = Some(recipient.address.as_str());
        let was_rehearsal = recipient.original_address.as_deref() == address && redirect_to != address;
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
        Answer::Lost(reply) | Answer::Later { said: reply, .. }
            if schedule::is_over(recipient.attempt, recipient.age()) =>
        {
            (Outcome::Failed, reply)
        }
        Answer::Lost(reply) => (Outcome::Retry { wait: schedule::wait_after(recipient.attempt) }, reply),
        Answer::Later { said, after } => {
            let asked = after.and_then(|after| TimeDelta::from_std(after).ok()).unwrap_or_default();
            (Outcome::Retry { wait: schedule::wait_after(recipient.attempt).max(asked) }, said)
        }
    }
}

/// Claimed and not tried: back into the queue with the reason. The five days do not end here, because it was our way
/// that was closed and not the recipient's.
fn put_back<'c>(
    connection: &mut PgConnection,
    recipients: impl Iterator<Item = &'c Claimed>,
    wait: impl Fn(&Claimed) -> TimeDelta,
    reason: &str,
    report: &mut FlushReport,
) -> Result<()> {
    for recipient in recipients {
        let outcome = Outcome::Retry { wait: wait(recipient) };
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
) -> Result<Option<DateTime<Utc>>> {
    let reply: String = reply.chars().take(super::reply::MAX_CHARACTERS).collect();
    let at = store::acknowledge(connection, recipient, outcome, &reply)?;
    failpoint::pass("after-acknowledgement");
    match at {
        Some(_) => report.count(recipient, outcome, &reply),
        None => report.superseded += 1,
    }
    Ok(at)
}
