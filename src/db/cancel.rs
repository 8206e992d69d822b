//! Ends a statement whose answer nobody wants any more.
//!
//! Without that the server would compute a list of a million rows to its end for a reader that has gone after the first
//! page. The protocol's own cancel request needs what diesel does not hand out; the same signal can be sent from a second
//! connection.

use diesel::prelude::*;
use diesel::sql_types::Integer;

use crate::db::connection::connect;
use crate::db::settings::{DatabaseSettings, Places};
use crate::error::Result;

/// The server process that works for this transaction.
pub fn server_process(connection: &mut PgConnection) -> Result<i32> {
    Ok(diesel::select(diesel::dsl::sql::<Integer>("pg_backend_pid()")).get_result(connection)?)
}

/// Ends what a server process of the same role is at work on: its statement fails.
pub fn cancel(settings: &DatabaseSettings, places: &Places, server_process: i32) -> Result<()> {
    let mut second = connect(settings, places)?;
    diesel::sql_query("SELECT pg_cancel_backend($1)").bind::<Integer, _>(server_process).execute(&mut second)?;
    Ok(())
}
