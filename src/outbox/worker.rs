//! One sender: a session with the database, one way of delivery, a batch at a time. Each message is claimed before it is handed
//! over, and what became of it is committed before the next one begins.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::acknowledge::{Outcome, Verdict, acknowledge};
use super::brake::BRAKED;
use super::delivery::{Answer, Delivery, Destination, Parcel};
use super::flush::{LaneRun, Run};
use super::guard::Guard;
use super::lane::Lane;
use super::lease::Lease;
use super::pace;
use super::report::FlushReport;
use super::schedule;
use super::session::Session;
use super::settings::MailMode;
use super::store::{self, Claim, Claimed, FRONT, Wanted};
use crate::error::{Error, Result};
use crate::failpoint;

/// Recipients claimed at a time: enough to make the claim cheap, few enough to be lost for one lease.
const BATCH: i64 = 50;

/// Bytes of messages held at a time; a larger message is held alone.
const PORTION_BYTES: i64 = 512 * 1024;

/// How often a sender that waits for its turn looks whether it is to end.
const LOOK_UP_EVERY: Duration = Duration::from_millis(200);

/// A sender whose turn comes later than this ends: others are at work at the same pace.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// Why a claim that was not begun goes back.
const ENDED: &str = "the sender was ended before it began";

/// A sender.
pub(super) struct Worker<'w> {
    pub run: &'w Run<'w>,
    pub lane: &'w LaneRun<'w>,
    pub session: Session<'w>,
    pub delivery: &'w mut dyn Delivery,
    /// As it stands in the rows that it claims.
    pub name: String,
    pub report: FlushReport,
    /// Messages over the present connection.
    carried: u32,
    /// The other side has taken or refused something: its way is open.
    standing: bool,
    /// Its way is closed.
    closed: bool,
    /// Somebody else has taken over what it had in hand: perhaps more of it, so the database is asked before it goes on.
    overtaken: bool,
}

/// What of the queue a sender takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Share {
    /// What no sender has died with, in batches.
    Usual,
    /// The others, one message at a time: if one of them kills its sender, no other is in its hands.
    Struck,
}

/// What was claimed and waits.
struct Batch {
    lease: Lease,
    waiting: VecDeque<Vec<Claimed>>,
    bytes: HashMap<Uuid, Vec<u8>>,
}

impl<'w> Worker<'w> {
    pub fn new(
        run: &'w Run<'w>,
        lane: &'w LaneRun<'w>,
        session: Session<'w>,
        delivery: &'w mut dyn Delivery,
        number: usize,
    ) -> Worker<'w> {
        let name = format!("{}/{number}", run.process);
        Worker {
            run,
            lane,
            session,
            delivery,
            name,
            report: FlushReport::default(),
            carried: 0,
            standing: false,
            closed: false,
            overtaken: false,
        }
    }

    /// Delivers its share until nothing is left; `engage` is called once more would be faster with another sender.
    pub fn work(&mut self, share: Share, engage: &dyn Fn()) -> Result<()> {
        let outcome = self.deliver_all(share, engage);
        self.delivery.close();
        if std::mem::take(&mut self.standing) {
            self.lane.sits_down();
        }
        outcome
    }

    fn deliver_all(&mut self, share: Share, engage: &dyn Fn()) -> Result<()> {
        // who turned redirection on wants nothing to reach people, also not what was queued before
        let only_redirected = self.run.settings.mode == MailMode::Redirect && self.delivery.leaves_the_house();
        let patience = self.delivery.patience();
        let mut behind = FRONT;
        while !self.must_end() {
            self.run.rescue_now_and_then(&mut self.session, &mut self.report)?;
            let most = self.run.reserve(if share == Share::Struck { 1 } else { BATCH });
            if most == 0 {
                break;
            }
            let lease = Lease::begin(patience);
            let wanted = Wanted {
                channel: &self.lane.lane.channel,
                sender: &self.name,
                limit: most,
                lease_seconds: lease.seconds(),
                only_redirected,
                behind,
                struck: share == Share::Struck,
                message: self.run.limits.message,
                max_per_hour: self.run.settings.max_per_hour,
            };
            let Claim { guard, claimed, braked } = store::claim(self.session.connection, wanted)?;
            for recipient in &braked {
                self.report.count(recipient, Outcome::Held, BRAKED);
            }
            let count = i64::try_from(claimed.len() + braked.len()).unwrap_or(i64::MAX);
            self.run.give_back(most - count);
            let Some(last) = claimed.iter().chain(&braked).map(Claimed::place).max() else {
                if guard != Guard::Open {
                    self.report.guard = guard;
                    break;
                }
                if behind == FRONT {
                    break;
                }
                // what was put back meanwhile stands at the front
                behind = FRONT;
                continue;
            };
            behind = last;
            failpoint::pass("leased");
            // with a pace one sender is as fast as many
            let is_full = share == Share::Usual && count >= most && self.lane.lane.max_per_minute == 0;
            self.deliver_batch(lease, claimed, &|| {
                if is_full {
                    engage();
                }
            })?;
        }
        Ok(())
    }

    /// Whether nothing more is to be begun.
    fn must_end(&self) -> bool {
        self.closed || self.lane.is_closed() || self.run.is_halted()
    }

    fn deliver_batch(&mut self, lease: Lease, claimed: Vec<Claimed>, engage: &dyn Fn()) -> Result<()> {
        let mut batch = Batch { lease, waiting: by_message(claimed), bytes: HashMap::new() };
        while !batch.waiting.is_empty() {
            self.keep_pace(&mut batch)?;
            if self.must_end() {
                return self.put_back(batch.waiting.iter().flatten(), |_| TimeDelta::zero(), ENDED);
            }
            if batch.lease.is_worn() || std::mem::take(&mut self.overtaken) {
                self.keep_what_is_ours(&mut batch)?;
            }
            let Some(recipients) = batch.waiting.pop_front() else { break };
            let raw = self.take_bytes(&mut batch, &recipients)?;
            let redirect_to = self.lane.lane.redirect_to.as_deref();
            let (deliverable, kept) =
                sort_out(recipients, raw.as_deref(), self.delivery.leaves_the_house(), redirect_to);
            let verdicts: Vec<Verdict<'_>> = kept
                .iter()
                .map(|(claimed, outcome, reply)| Verdict { claimed, outcome: *outcome, reply: (*reply).to_owned() })
                .collect();
            self.acknowledge(&verdicts, None)?;
            let (Some(raw), false) = (raw, deliverable.is_empty()) else { continue };
            failpoint::pass("before-delivery");
            match self.hand_over(&mut batch.lease, &deliverable, raw)? {
                Ok(answers) => {
                    failpoint::pass("after-delivery");
                    if answers.iter().any(|answer| matches!(answer, Answer::Accepted(_) | Answer::Refused(_))) {
                        self.stand_up();
                        engage();
                    }
                    let verdicts: Vec<Verdict<'_>> =
                        deliverable.iter().zip(answers).map(|(claimed, answer)| judge(claimed, answer)).collect();
                    self.acknowledge(&verdicts, Some(batch.lease))?;
                    self.rest_the_connection();
                }
                Err(error) => {
                    let untouched: Vec<&Claimed> = deliverable.iter().chain(batch.waiting.iter().flatten()).collect();
                    return self.close_the_way(&untouched, error);
                }
            }
        }
        Ok(())
    }

    /// Waits until the server may get its next message.
    fn keep_pace(&mut self, batch: &mut Batch) -> Result<()> {
        let Lane { host, max_per_minute, .. } = self.lane.lane;
        if *max_per_minute == 0 || self.must_end() {
            return Ok(());
        }
        let wait = self.session.insist(|connection, _| pace::wait_for(connection, host, *max_per_minute))?;
        let slot = Duration::from_secs(60) / *max_per_minute;
        if wait > LONGEST_WAIT.max(slot * 2) {
            // enough others keep this pace already; what every further run of cron would only wait for is theirs
            self.closed = true;
            return Ok(());
        }
        let since = Instant::now();
        while let Some(left) = wait.checked_sub(since.elapsed()).filter(|left| !left.is_zero()) {
            if self.must_end() {
                break;
            }
            if batch.lease.is_worn() {
                self.keep_what_is_ours(batch)?;
            }
            std::thread::sleep(left.min(LOOK_UP_EVERY));
        }
        Ok(())
    }

    /// The outer error is the database's, the inner one that of the way.
    fn hand_over(&mut self, lease: &mut Lease, recipients: &[Claimed], raw: Vec<u8>) -> Result<Result<Vec<Answer>>> {
        let parcel = parcel(recipients, raw);
        let mut asked = Ok(());
        let session = &mut self.session;
        let mut gate = || match lease.may_hand_over(session, recipients) {
            Ok(is_open) => is_open,
            Err(error) => {
                asked = Err(error);
                false
            }
        };
        let answers = self.delivery.deliver(&parcel, &mut gate);
        asked.map(|()| answers)
    }

    fn stand_up(&mut self) {
        if !self.standing {
            self.standing = true;
            self.lane.stands_up();
        }
    }

    /// Gives the connection up where it has carried enough; the next message opens another one.
    fn rest_the_connection(&mut self) {
        self.carried += 1;
        if self.lane.lane.per_connection > 0 && self.carried >= self.lane.lane.per_connection {
            self.delivery.close();
            self.carried = 0;
        }
    }

    /// Nothing more goes this way. Where other senders of the lane have theirs open, they go on with what this one had; else the
    /// lane is closed.
    fn close_the_way(&mut self, untouched: &[&Claimed], error: Error) -> Result<()> {
        self.closed = true;
        if std::mem::take(&mut self.standing) {
            self.lane.sits_down();
        }
        let reason = error.full_message();
        if self.lane.close_unless_others_stand() {
            self.report.notes.push(format!("one connection fewer: {reason}"));
            return self.put_back(untouched.iter().copied(), |_| TimeDelta::zero(), &reason);
        }
        self.report.stopped = Some(error);
        self.put_back(untouched.iter().copied(), |claimed| schedule::wait_after(claimed.attempt), &reason)
    }

    /// Claimed and not tried: back into the queue with the reason. The five days do not end here, because it was our way
    /// that was closed and not the recipient's.
    fn put_back<'c>(
        &mut self,
        recipients: impl Iterator<Item = &'c Claimed>,
        wait: impl Fn(&Claimed) -> TimeDelta,
        reason: &str,
    ) -> Result<()> {
        let verdicts: Vec<Verdict<'_>> = recipients
            .map(|claimed| Verdict {
                claimed,
                outcome: Outcome::Retry { wait: wait(claimed) },
                reply: reason.to_owned(),
            })
            .collect();
        self.acknowledge(&verdicts, None)
    }

    /// Notes what became of them. What the other side has said is said for as long as the lease lasts, also to a database that
    /// stays away for minutes: else it would be sent again.
    fn acknowledge(&mut self, verdicts: &[Verdict<'_>], lease: Option<Lease>) -> Result<()> {
        if verdicts.is_empty() {
            return Ok(());
        }
        let run = self.run;
        let may_go_on = || lease.is_some_and(|lease| !lease.is_over()) && !run.is_interrupted();
        let noted = acknowledge(&mut self.session, verdicts, &may_go_on)?;
        for verdict in verdicts {
            if noted.contains(&verdict.claimed.id) {
                self.report.count(verdict.claimed, verdict.outcome, &verdict.reply);
            } else {
                self.report.superseded += 1;
                self.overtaken = true;
            }
        }
        Ok(())
    }

    /// Renews the leases of what is still waiting; whom another sender has taken over is left to it.
    fn keep_what_is_ours(&mut self, batch: &mut Batch) -> Result<()> {
        let ours = batch.lease.renew(&mut self.session, batch.waiting.iter().flatten())?;
        for parcel in &mut batch.waiting {
            let before = parcel.len();
            parcel.retain(|recipient| ours.contains(&recipient.id));
            self.report.superseded += before - parcel.len();
        }
        batch.waiting.retain(|parcel| !parcel.is_empty());
        Ok(())
    }

    /// The bytes of the message whose turn it is, loaded with those behind it; none if they were deleted.
    fn take_bytes(&mut self, batch: &mut Batch, recipients: &[Claimed]) -> Result<Option<Vec<u8>>> {
        let Some(first) = recipients.first().filter(|first| first.bytes.is_some()) else { return Ok(None) };
        if !batch.bytes.contains_key(&first.message_id) {
            let mut sum = 0;
            let next = std::iter::once(first).chain(batch.waiting.iter().flat_map(|parcel| parcel.first()));
            let ids: Vec<Uuid> = next
                .take_while(|claimed| {
                    let is_first = sum == 0;
                    sum += i64::from(claimed.bytes.unwrap_or(0)).max(1);
                    is_first || sum <= PORTION_BYTES
                })
                .map(|claimed| claimed.message_id)
                .collect();
            batch.bytes = store::load_bytes(&mut self.session, &ids)?.into_iter().collect();
            failpoint::pass("bytes-loaded");
        }
        Ok(batch.bytes.remove(&first.message_id))
    }
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

/// Splits off those who must not be tried at all, with the outcome and the reason.
fn sort_out(
    recipients: Vec<Claimed>,
    raw: Option<&[u8]>,
    leaves_the_house: bool,
    redirect_to: Option<&str>,
) -> (Vec<Claimed>, Vec<(Claimed, Outcome, &'static str)>) {
    let mut deliverable = Vec::with_capacity(recipients.len());
    let mut kept = Vec::new();
    let digest = raw.map(Sha256::digest);
    for recipient in recipients {
        // unless the one who gets everything meanwhile was a recipient anyway
        let address = Some(recipient.address.as_str());
        let was_rehearsal = recipient.original_address.as_deref() == address && redirect_to != address;
        let Some(digest) = &digest else {
            kept.push((recipient, Outcome::Failed, "the stored message was deleted"));
            continue;
        };
        if recipient.expired {
            kept.push((recipient, Outcome::Failed, "it was too late to send it (expires_at)"));
        } else if leaves_the_house && was_rehearsal {
            kept.push((recipient, Outcome::Held, "queued while mail.mode was redirect and no server was configured"));
        } else if digest[..] != recipient.sha256[..] {
            kept.push((recipient, Outcome::Held, "the stored message is not the one that was queued (sha256)"));
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
        kind: first.kind.clone(),
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
fn judge(claimed: &Claimed, answer: Answer) -> Verdict<'_> {
    let is_over = schedule::is_over(claimed.attempt, claimed.age());
    let wait = schedule::wait_after(claimed.attempt);
    let (outcome, reply) = match answer {
        Answer::Accepted(reply) => (Outcome::Sent, reply),
        Answer::Refused(reply) => (Outcome::Failed, reply),
        Answer::Lost(reply) if !claimed.class().may_repeat() => (Outcome::Unknown, reply),
        Answer::Lost(reply) | Answer::Later { said: reply, .. } if is_over => (Outcome::Failed, reply),
        Answer::Lost(reply) => (Outcome::Retry { wait }, reply),
        Answer::Later { said, after } => {
            let asked = after.and_then(|after: Duration| TimeDelta::from_std(after).ok()).unwrap_or_default();
            (Outcome::Retry { wait: wait.max(asked) }, said)
        }
    };
    Verdict { claimed, outcome, reply }
}
