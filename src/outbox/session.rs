//! A sender's session with the database, which stands up again: an outcome that the server has spoken must be noted, also where the
//! connection to the database broke in between.

use std::time::Duration;

use diesel::PgConnection;

use crate::error::{Kind, Result};

/// Opens another connection to the same database, in whatever thread.
pub type Connect<'c> = &'c (dyn Fn() -> Result<PgConnection> + Sync);

/// How long to wait before each new try: a server that restarts is back within a minute, one that failed over mostly too.
const PAUSES_MILLISECONDS: [u64; 5] = [200, 1_000, 3_000, 10_000, 30_000];

/// A connection, and the way to another one.
pub(super) struct Session<'s> {
    pub connection: &'s mut PgConnection,
    pub connect: Option<Connect<'s>>,
}

impl Session<'_> {
    /// Runs statements that can be run again: `again` says that an earlier try may have been committed, and the answer was lost.
    ///
    /// Errors: that of the last try; what is not temporary is not tried again.
    pub fn insist<T>(&mut self, mut statements: impl FnMut(&mut PgConnection, bool) -> Result<T>) -> Result<T> {
        let mut outcome = statements(self.connection, false);
        for pause in PAUSES_MILLISECONDS {
            match (&outcome, self.connect) {
                (Err(error), Some(connect)) if error.kind() == Kind::Temporary => {
                    std::thread::sleep(Duration::from_millis(pause));
                    match connect() {
                        Ok(connection) => *self.connection = connection,
                        // not back yet
                        Err(_) => continue,
                    }
                    outcome = statements(self.connection, true);
                }
                _ => break,
            }
        }
        outcome
    }
}
