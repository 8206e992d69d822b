//! Delivers what is due: puts back what dead senders held, then lets senders work side by side until nothing is left.
//!
//! Bounded by the queue and by [`FlushLimits`]; safe to run twice at the same time, on any hosts. Whatever ends it early
//! leaves every message in the queue: put back with the reason, or claimed until its lease ends and then rescued.
//!
//! Each sender claims for itself, so that nothing grows with the queue and none waits for another. The first one of the
//! first lane works in the caller's thread on its connection; another one is engaged when a claim came back full and the
//! server has taken something: a dead server meets one connection, a few mails need no second.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::Scope;

use diesel::PgConnection;
use uuid::Uuid;

use super::delivery::Delivery;
use super::lane::{Lane, LaneRun};
use super::report::FlushReport;
use super::run::Run;
use super::session::{Connect, Session};
use super::settings::{MailMode, MailSettings};
use super::worker::Share;
use crate::error::{Error, Result};

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
    pub(super) fn noted_signal(&self) -> usize {
        self.signal.map_or(0, |noted| noted.load(Ordering::Relaxed))
    }

    pub(super) fn interruption(&self) -> Option<Error> {
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
        let shares: &[Share] = if lane.has_begun() { &[Share::Struck] } else { &[Share::Usual, Share::Struck] };
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
