//! Delivers what is due: puts back what dead senders held, then lets senders work side by side until nothing is left.
//!
//! Bounded by the queue and by [`FlushLimits`]; safe to run twice at the same time, on any hosts. Whatever ends it early
//! leaves every message in the queue: put back with the reason, or claimed until its lease ends and then rescued.
//!
//! Each sender claims for itself, so that nothing grows with the queue and none waits for another. The first one of the
//! first lane works in the caller's thread on its connection; another one is engaged when a claim came back full and the
//! server has taken something: a dead server meets one connection, a few mails need no second.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::Scope;
use std::time::{Duration, Instant};

use diesel::PgConnection;
use uuid::Uuid;

use super::bodies;
use super::delivery::Delivery;
use super::guard::{self, Guard};
use super::lane::{Lane, LaneRun};
use super::report::FlushReport;
use super::rescue::rescue;
use super::session::{Connect, Session};
use super::settings::{MailMode, MailSettings};
use super::worker::{Share, Worker};
use crate::db::job_runs;
use crate::error::{Error, Result};

/// How often a long flush looks for senders that died meanwhile.
const RESCUE_EVERY: Duration = Duration::from_secs(60);

/// How much one flush may do.
#[derive(Clone, Copy, Debug, Default)]
pub struct FlushLimits<'f> {
    /// At most about so many recipients (a message is not torn apart for it); none: all that are due.
    pub recipients: Option<i64>,
    /// Only this message.
    pub message: Option<Uuid>,
    /// Where the number of a signal is noted that ends the flush after the current messages; 0: none has come.
    pub signal: Option<&'f AtomicUsize>,
}

impl FlushLimits<'_> {
    fn noted_signal(&self) -> usize {
        self.signal.map_or(0, |noted| noted.load(Ordering::Relaxed))
    }

    fn interruption(&self) -> Option<Error> {
        let signal = self.noted_signal();
        (signal != 0).then(|| Error::interrupted(signal))
    }
}

/// Delivers what is due. In mode `off` nothing is sent, nor where the [guard](super::guard) holds everything
/// ([`FlushReport::guard`]). `connect` opens a connection for each sender beside the first, and another one where one was lost:
/// `connection` may be a new one afterwards.
///
/// A server that cannot be reached is no error here: it stands in [`FlushReport::stopped`] with its kind, and so does an error
/// of the database that ended what had begun: what was done until then has to be told. Errors are those that came before
/// anything was done; what was claimed then comes back when its lease ends.
pub fn flush(
    connection: &mut PgConnection,
    connect: Connect<'_>,
    settings: &MailSettings,
    lanes: &[Lane],
    limits: FlushLimits<'_>,
) -> Result<FlushReport> {
    let lanes: Vec<LaneRun<'_>> = lanes.iter().map(LaneRun::new).collect();
    let run = Run::new(settings, Some(connect), limits);
    if !run.may_begin(connection) {
        // whoever sends nothing keeps nothing either; a copy of a database is left as it is
        if settings.mode == MailMode::Off {
            run.sweep(connection);
        }
        return run.into_report();
    }
    std::thread::scope(|scope| {
        for lane in lanes.iter().skip(1) {
            engage(scope, &run, lane);
        }
        if let Some(first) = lanes.first() {
            let number = first.one_more().unwrap_or_default();
            run.watch(|| {
                let mut delivery = (first.lane.open)()?;
                let session = Session { connection: &mut *connection, connect: Some(connect) };
                run.employ(first, session, delivery.as_mut(), number, Share::Usual, &|| engage(scope, &run, first))
            });
        }
    });
    for lane in &lanes {
        // where the database or the system had no room for a sender of its own
        let shares: &[Share] =
            if lane.has_begun() { &[Share::Struck] } else { &[Share::Usual, Share::Struck] };
        for share in shares {
            run.watch(|| {
                if run.is_halted() || lane.is_closed() {
                    return Ok(());
                }
                let mut delivery = (lane.lane.open)()?;
                let session = Session { connection: &mut *connection, connect: Some(connect) };
                run.employ(lane, session, delivery.as_mut(), 1, *share, &|| {})
            });
        }
    }
    run.sweep(connection);
    run.into_report()
}

/// The same over one connection of the caller's, mails alone.
pub fn flush_with_one(
    connection: &mut PgConnection,
    settings: &MailSettings,
    delivery: &mut dyn Delivery,
    limits: FlushLimits<'_>,
) -> Result<FlushReport> {
    let lane = Lane::of_mails(settings);
    let lane = LaneRun::new(&lane);
    let run = Run::new(settings, None, limits);
    if run.may_begin(connection) {
        run.watch(|| {
            for share in [Share::Usual, Share::Struck] {
                let session = Session { connection: &mut *connection, connect: None };
                run.employ(&lane, session, &mut *delivery, 1, share, &|| {})?;
            }
            Ok(())
        });
    }
    run.into_report()
}

/// Starts one more sender of a lane in a thread of its own, if the lane may have it.
fn engage<'scope, 'env: 'scope>(
    scope: &'scope Scope<'scope, 'env>,
    run: &'scope Run<'scope>,
    lane: &'scope LaneRun<'scope>,
) {
    let (Some(connect), Some(number)) = (run.connect, lane.one_more()) else { return };
    let work = move || {
        run.watch(|| {
            let mut connection = match connect() {
                Ok(connection) => connection,
                // the others do its work, more slowly, and where there are none the caller's connection, in the end
                Err(error) => {
                    lane.engage_no_more();
                    run.total().notes.push(format!("one connection fewer: {}", error.full_message()));
                    return Ok(());
                }
            };
            let mut delivery = (lane.lane.open)()?;
            let session = Session { connection: &mut connection, connect: Some(connect) };
            run.employ(lane, session, delivery.as_mut(), number, Share::Usual, &|| engage(scope, run, lane))
        });
    };
    if let Err(error) = std::thread::Builder::new().spawn_scoped(scope, work) {
        lane.engage_no_more();
        run.total().notes.push(format!("one connection fewer: the system has no thread for it: {error}"));
    }
}

/// What all senders of a flush share.
pub(super) struct Run<'r> {
    pub settings: &'r MailSettings,
    pub limits: FlushLimits<'r>,
    /// `host:process`.
    pub process: String,
    connect: Option<Connect<'r>>,
    /// Recipients that may still be claimed.
    budget: AtomicI64,
    /// An error that is none of a single lane: all end after the message at hand.
    failed: AtomicBool,
    rescued_at: Mutex<Instant>,
    total: Mutex<FlushReport>,
    error: Mutex<Option<Error>>,
}

impl<'r> Run<'r> {
    fn new(settings: &'r MailSettings, connect: Option<Connect<'r>>, limits: FlushLimits<'r>) -> Run<'r> {
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
    fn may_begin(&self, connection: &mut PgConnection) -> bool {
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
    fn employ<'w>(
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
    fn watch(&self, work: impl FnOnce() -> Result<()>) {
        if let Err(error) = work() {
            self.failed.store(true, Ordering::Relaxed);
            locked(&self.error).get_or_insert(error);
        }
    }

    /// Deletes the bytes of what was delivered long ago, at the end, where nobody waits for it.
    fn sweep(&self, connection: &mut PgConnection) {
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

    fn total(&self) -> MutexGuard<'_, FlushReport> {
        locked(&self.total)
    }

    fn into_report(self) -> Result<FlushReport> {
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
