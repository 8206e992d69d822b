//! A part of the mail that may fail without the others.

use diesel::PgConnection;
use diesel::connection::SimpleConnection;

use super::evening::Part;
use crate::db;
use crate::error::{Error, Kind, Result};
use crate::failpoint;

/// A part that the database works on for longer than this is missing in the mail.
const LONGEST: &str = "SET LOCAL statement_timeout = '30s'";

/// Reads a part of the mail. What fails in it is its own affair: it is undone alone and told. `point` is a place at which a test
/// can stop or break it.
///
/// Errors: where the database itself is gone.
pub(super) fn section<T>(
    connection: &mut PgConnection,
    name: &'static str,
    point: &'static str,
    work: impl FnOnce(&mut PgConnection) -> Result<T>,
) -> Result<Part<T>> {
    let read = db::savepoint(connection, |connection| {
        connection.batch_execute(LONGEST)?;
        match failpoint::is_set(point) {
            true => Err(Error::new(Kind::Failed, format!("the point {point} is set"))),
            false => work(connection),
        }
    });
    match read {
        Ok(found) => Ok(Part::There(found)),
        // the connection is there and answers
        Err(error) if db::clock(connection).is_ok() => Ok(Part::Failed { name, reason: in_one_line(&error) }),
        Err(error) => Err(error),
    }
}

fn in_one_line(error: &Error) -> String {
    error.full_message().split_whitespace().collect::<Vec<_>>().join(" ")
}
