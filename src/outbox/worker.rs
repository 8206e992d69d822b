//! One sender: a session with the database, one way of delivery, a batch at a time. Each message is claimed before it is handed
//! over, and what became of it is committed before the next one begins.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use chrono::TimeDelta;

use super::acknowledge::{Outcome, Verdict, acknowledge};
use super::batch::{Batch, Next, parcel};
use super::brake::BRAKED;
use super::delivery::{Answer, Delivery};
use super::guard::Guard;
use super::lane::{Lane, LaneRun};
use super::lease::Lease;
use super::pace;
use super::report::FlushReport;
use super::run::Run;
use super::schedule;
use super::session::Session;
use super::settings::MailMode;
use super::store::{self, Claim, Claimed, FRONT, Wanted};
use super::verdict::{judge, sort_out};
use crate::error::{Error, Result};
use crate::failpoint;

/// Recipients claimed at a time: enough to make the claim cheap, few enough to be lost for one lease.
const BATCH: i64 = 50;

/// How often a sender that waits for its turn looks whether it is to end.
const LOOK_UP_EVERY: Duration = Duration::from_millis(200);

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
            if self.is_one_too_many()? {
                break;
            }
            let usual = pace::claimed_ahead(self.lane.lane.max_per_minute, BATCH);
            let most = self.run.reserve(if share == Share::Struck { 1 } else { usual });
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
            if count == 0 {
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
            }
            // whoever has only come along may stand far behind
            let places = claimed.iter().chain(&braked).filter(|claimed| !claimed.came_along).map(Claimed::place);
            behind = places.max().unwrap_or(behind);
            failpoint::pass("leased");
            // with a pace one sender is as fast as many
            let is_full = share == Share::Usual && count >= BATCH && self.lane.lane.max_per_minute == 0;
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
        let mut batch = Batch::new(lease, claimed);
        let outcome = catch_unwind(AssertUnwindSafe(|| self.deliver_what_waits(&mut batch, engage)))
            .unwrap_or_else(|_| Err(Error::bug(format!("the sender {} broke down", self.name))));
        if outcome.is_err() {
            // once, if it can be said at all: else the next sender takes this one for dead, and them for what it died with
            let connect = self.session.connect.take();
            drop(self.put_back(batch.waiting.iter().flatten(), |_| TimeDelta::zero(), ENDED));
            self.session.connect = connect;
        }
        outcome
    }

    fn deliver_what_waits(&mut self, batch: &mut Batch, engage: &dyn Fn()) -> Result<()> {
        while !batch.waiting.is_empty() {
            self.keep_pace(batch)?;
            if self.must_end() {
                return self.put_back(batch.waiting.iter().flatten(), |_| TimeDelta::zero(), ENDED);
            }
            if batch.lease.is_worn() || std::mem::take(&mut self.overtaken) {
                self.report.superseded += batch.keep_what_is_ours(&mut self.session)?;
            }
            let Some(Next { recipients, raw }) = batch.next(&mut self.session)? else { break };
            let redirect_to = self.lane.lane.redirect_to.as_deref();
            let (deliverable, kept) =
                sort_out(recipients, raw.as_deref(), self.delivery.leaves_the_house(), redirect_to);
            let verdicts: Vec<Verdict<'_>> = kept
                .iter()
                .map(|(claimed, outcome, reply)| Verdict {
                    claimed,
                    outcome: *outcome,
                    reply: (*reply).to_owned(),
                    survived: true,
                })
                .collect();
            if let Err(error) = self.acknowledge(&verdicts, None) {
                batch.give_back(deliverable);
                return Err(error);
            }
            let (Some(raw), false) = (raw, deliverable.is_empty()) else { continue };
            failpoint::pass("before-delivery");
            match self.hand_over(&mut batch.lease, &deliverable, raw) {
                Err(error) => {
                    batch.give_back(deliverable);
                    return Err(error);
                }
                Ok(Ok(answers)) => {
                    failpoint::pass("after-delivery");
                    if answers.iter().any(|answer| matches!(answer, Answer::Accepted(_) | Answer::Refused(_))) {
                        self.stand_up();
                        engage();
                    }
                    let verdicts: Vec<Verdict<'_>> =
                        deliverable.iter().zip(answers).map(|(claimed, answer)| judge(claimed, answer)).collect();
                    self.acknowledge(&verdicts, Some(batch.lease))?;
                }
                Ok(Err(error)) => {
                    let untouched: Vec<&Claimed> = deliverable.iter().chain(batch.waiting.iter().flatten()).collect();
                    return self.close_the_way(&untouched, error);
                }
            }
        }
        Ok(())
    }

    /// Whether others keep the server's pace already, and this one would only wait: each run of cron would leave one more.
    /// What somebody waits for by itself is waited for.
    fn is_one_too_many(&mut self) -> Result<bool> {
        let Lane { host, max_per_minute, .. } = self.lane.lane;
        if *max_per_minute == 0 || self.run.limits.message.is_some() {
            return Ok(false);
        }
        let wait = self.session.insist(|connection, _| pace::next_wait(connection, host))?;
        let is_crowded = pace::is_crowded(wait, *max_per_minute);
        if is_crowded {
            self.report.notes.push(format!("{host} gets its {max_per_minute} a minute from other senders already"));
        }
        Ok(is_crowded)
    }

    /// Waits until the server may get its next message.
    fn keep_pace(&mut self, batch: &mut Batch) -> Result<()> {
        let Lane { host, max_per_minute, .. } = self.lane.lane;
        if *max_per_minute == 0 || self.must_end() {
            return Ok(());
        }
        let wait = self.session.insist(|connection, _| pace::wait_for(connection, host, *max_per_minute))?;
        if pace::is_crowded(wait, *max_per_minute) && self.run.limits.message.is_none() {
            // others have come in between
            self.closed = true;
            return Ok(());
        }
        let since = Instant::now();
        while let Some(left) = wait.checked_sub(since.elapsed()).filter(|left| !left.is_zero()) {
            if self.must_end() {
                break;
            }
            if batch.lease.is_worn() {
                self.report.superseded += batch.keep_what_is_ours(&mut self.session)?;
            }
            std::thread::sleep(left.min(LOOK_UP_EVERY));
        }
        Ok(())
    }

    /// The outer error is the database's, the inner one that of the way; after both nothing was handed over.
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
                survived: false,
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
}
