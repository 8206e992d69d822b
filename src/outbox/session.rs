//! A sender's session with the database, which stands up again: an outcome that the server has spoken must be noted, also where the
//! connection to the database broke in between.

use std::time::{Duration, Instant};

use diesel::PgConnection;

use crate::error::{Kind, Result};
use crate::failpoint;

/// Opens another connection to the same database, in whatever thread.
pub type Connect<'c> = &'c (dyn Fn() -> Result<PgConnection> + Sync);

/// How long to wait before each new try: a server that restarts is back within a minute, one that failed over mostly too.
const PAUSES_MILLISECONDS: [u64; 5] = [200, 1_000, 3_000, 10_000, 30_000];

/// How long to wait before each further try, where it has to be noted whatever it takes: one that replays its log after a crash
/// needs minutes.
const LONG_PAUSE: Duration = Duration::from_secs(30);

/// How often a long pause looks whether it is to end.
const LOOK_UP_EVERY: Duration = Duration::from_millis(200);

/// A connection, and the way to another one.
pub(super) struct Session<'s> {
    pub connection: &'s mut PgConnection,
    pub connect: Option<Connect<'s>>,
}

impl Session<'_> {
    /// Runs statements that can be run again: `again` says that an earlier try may have been committed, and the answer was lost.
    ///
    /// Errors: that of the last try; what is not temporary is not tried again.
    pub fn insist<T>(&mut self, statements: impl FnMut(&mut PgConnection, bool) -> Result<T>) -> Result<T> {
        self.insist_while(&|| false, statements)
    }

    /// The same, and where the usual tries are over it goes on as long as it may.
    pub fn insist_while<T>(
        &mut self,
        may_go_on: &dyn Fn() -> bool,
        mut statements: impl FnMut(&mut PgConnection, bool) -> Result<T>,
    ) -> Result<T> {
        let mut outcome = statements(self.connection, false);
        let Some(connect) = self.connect else { return outcome };
        let mut tries = 0;
        while outcome.as_ref().is_err_and(|error| error.kind() == Kind::Temporary) {
            let Some(pause) = pause_before(tries, may_go_on()) else { break };
            if tries < PAUSES_MILLISECONDS.len() {
                std::thread::sleep(pause)
            } else {
                sleep_while(may_go_on, pause)
            }
            tries += 1;
            // else it is not back yet
            if let Ok(connection) = connect() {
                *self.connection = connection;
                outcome = statements(self.connection, true);
            }
        }
        outcome
    }
}

/// How long to wait before the next try where there were so many; none: there is no other one.
fn pause_before(tries: usize, may_go_on: bool) -> Option<Duration> {
    let pause = match PAUSES_MILLISECONDS.get(tries) {
        Some(milliseconds) => Some(Duration::from_millis(*milliseconds)),
        None => may_go_on.then_some(LONG_PAUSE),
    };
    match failpoint::number("longest-pause-milliseconds") {
        Some(most) => pause.map(|pause| pause.min(Duration::from_millis(most))),
        None => pause,
    }
}

fn sleep_while(may_go_on: &dyn Fn() -> bool, pause: Duration) {
    let since = Instant::now();
    while let Some(left) = pause.checked_sub(since.elapsed()).filter(|_| may_go_on()) {
        std::thread::sleep(left.min(LOOK_UP_EVERY));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_go_on_only_where_they_may() {
        let usual: Vec<u64> =
            (0..5).filter_map(|tries| pause_before(tries, false)).map(|pause| pause.as_secs()).collect();
        assert_eq!(usual, [0, 1, 3, 10, 30]);
        assert_eq!((pause_before(5, false), pause_before(5, true)), (None, Some(LONG_PAUSE)));
        assert_eq!(pause_before(500, true), Some(LONG_PAUSE));
    }
}
