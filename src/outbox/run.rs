//! What all senders of a flush share: limits, what was done, whether to end.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use diesel::PgConnection;

use super::bodies;
use super::delivery::Delivery;
use super::flush::FlushLimits;
use super::guard::{self, Guard};
use super::lane::LaneRun;
use super::report::FlushReport;
use super::rescue::rescue;
use super::session::{Connect, Session};
use super::settings::{MailMode, MailSettings};
use super::worker::{Share, Worker};
use crate::db::job_runs;
use crate::error::{Error, Result};

/// How often a long flush looks for senders that died meanwhile.
const RESCUE_EVERY: Duration = Duration::from_secs(60);

/// What all senders of a flush share.
pub(super) struct Run<'r> {
    pub settings: &'r MailSettings,
    pub limits: FlushLimits<'r>,
    /// `host:process`.
    pub process: String,
    pub connect: Option<Connect<'r>>,
    /// Recipients that may still be claimed.
    budget: AtomicI64,
    /// An error that is none of a single lane: all end after the message at hand.
    failed: AtomicBool,
    rescued_at: Mutex<Instant>,
    total: Mutex<FlushReport>,
    error: Mutex<Option<Error>>,
}

impl<'r> Run<'r> {
    pub fn new(settings: &'r MailSettings, connect: Option<Connect<'r>>, limits: FlushLimits<'r>) -> Run<'r> {
        Run {
            settings,
            limits,
            process: format!("{}:{}", job_runs::host(), std::process::id()),
            connect,
            budget: AtomicI64::new(limits.recipients.unwrap_or(i64::MAX)),
            failed: AtomicBool::new(false),
            rescued_at: Mutex::new(Instant::now()),
            total: Mutex::default(),
            error: Mutex::new(None),
        }
    }

    /// Whether anything may leave; then dead senders have been looked after.
    pub fn may_begin(&self, connection: &mut PgConnection) -> bool {
        if self.settings.mode == MailMode::Off {
            return false;
        }
        self.watch(|| {
            let guard = guard::ask(connection)?;
            self.total().guard = guard;
            if guard != Guard::Open {
                return Ok(());
            }
            let mut report = FlushReport::default();
            let outcome = rescue(&mut Session { connection, connect: self.connect }, &mut report);
            self.total().add(report);
            outcome
        });
        self.total().guard == Guard::Open && !self.is_halted()
    }

    /// Lets a sender work, and adds what it did.
    pub fn employ<'w>(
        &'w self,
        lane: &'w LaneRun<'w>,
        session: Session<'w>,
        delivery: &'w mut dyn Delivery,
        number: usize,
        share: Share,
        engage: &dyn Fn(),
    ) -> Result<()> {
        lane.begin();
        let mut worker = Worker::new(self, lane, session, delivery, number);
        let outcome = catch_unwind(AssertUnwindSafe(|| worker.work(share, engage)))
            .unwrap_or_else(|_| Err(Error::bug(format!("the sender {} broke down", worker.name))));
        self.total().add(worker.report);
        outcome
    }

    /// Runs a sender's work; an error ends all the others after the message at hand.
    pub fn watch(&self, work: impl FnOnce() -> Result<()>) {
        if let Err(error) = work() {
            self.failed.store(true, Ordering::Relaxed);
            locked(&self.error).get_or_insert(error);
        }
    }

    /// Deletes the bytes of what was delivered long ago, at the end, where nobody waits for it.
    pub fn sweep(&self, connection: &mut PgConnection) {
        if self.is_halted() || self.limits.message.is_some() {
            return;
        }
        match bodies::sweep(connection, self.settings.keep_bodies_days) {
            Ok(swept) => self.total().bodies += swept,
            // the mails have left all the same, and the next flush tries again
            Err(error) => {
                let note = format!("what was delivered long ago keeps its bytes: {}", error.full_message());
                self.total().notes.push(note);
            }
        }
    }

    /// Looks for senders that died since the flush began, if nobody has for a while.
    pub fn rescue_now_and_then(&self, session: &mut Session<'_>, report: &mut FlushReport) -> Result<()> {
        {
            let mut rescued_at = locked(&self.rescued_at);
            if rescued_at.elapsed() < RESCUE_EVERY {
                return Ok(());
            }
            *rescued_at = Instant::now();
        }
        rescue(session, report)
    }

    /// Whether nothing more is to be begun, by anybody.
    pub fn is_halted(&self) -> bool {
        self.failed.load(Ordering::Relaxed) || self.is_interrupted()
    }

    /// Whether a signal wants the end.
    pub fn is_interrupted(&self) -> bool {
        self.limits.noted_signal() != 0
    }

    /// How many recipients may be claimed, at most so many; they count as claimed.
    pub fn reserve(&self, most: i64) -> i64 {
        let take = |left: i64| Some(left - left.clamp(0, most));
        match self.budget.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take) {
            Ok(before) | Err(before) => before.clamp(0, most),
        }
    }

    /// Of those reserved so many were not claimed; less than none: a message had more recipients.
    pub fn give_back(&self, count: i64) {
        self.budget.fetch_add(count, Ordering::Relaxed);
    }

    pub fn total(&self) -> MutexGuard<'_, FlushReport> {
        locked(&self.total)
    }

    pub fn into_report(self) -> Result<FlushReport> {
        let mut report = self.total.into_inner().unwrap_or_else(PoisonError::into_inner);
        match self.error.into_inner().unwrap_or_else(PoisonError::into_inner) {
            Some(error) if report.is_empty() => return Err(error),
            Some(error) => {
                let of_lane = report.stopped.take();
                report.stop(error);
                of_lane.into_iter().for_each(|error| report.stop(error));
            }
            None => {}
        }
        report.stopped = report.stopped.or_else(|| self.limits.interruption());
        Ok(report)
    }
}

pub(super) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
