//! What an import needs of its session: memory, the right to temporary tables, a lock, and the tables through which a
//! register's own SQL speaks.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};

use super::register::Register;
use crate::error::{Error, Kind, Result};

/// What sorting and hashing a large file may take of the server's memory. The usual 4 MB send every step to its disk.
const WORK_MEMORY: &str = "SET LOCAL work_mem = '64MB'";

/// Prepares the transaction.
pub(super) fn prepare(connection: &mut PgConnection, register: &Register) -> Result<()> {
    connection.batch_execute(WORK_MEMORY)?;
    may_make_temporary_tables(connection)?;
    one_import_at_a_time(connection, register)
}

/// Two imports of one register wait for each other instead of colliding on a key that both find new. That is all the
/// lock is for; the unique keys would catch it too.
fn one_import_at_a_time(connection: &mut PgConnection, register: &Register) -> Result<()> {
    let locked = diesel::sql_query("SELECT pg_advisory_xact_lock(hashtext('wvl import'), hashtext($1))")
        .bind::<Text, _>(register.table)
        .execute(connection);
    locked.map(drop).map_err(|error| match Error::from(error) {
        error if error.kind() == Kind::Temporary && error.to_string().contains("locked") => {
            Error::new(Kind::Temporary, format!("another import of {}s is at work", register.noun))
                .hint("nothing was imported; run it again when the other one has ended")
        }
        error => error,
    })
}

/// Files go through temporary tables.
fn may_make_temporary_tables(connection: &mut PgConnection) -> Result<()> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Bool)]
        may: bool,
        #[diesel(sql_type = Text)]
        role: String,
        #[diesel(sql_type = Text)]
        database: String,
    }
    let row: Row = diesel::sql_query(
        "SELECT has_database_privilege(current_database(), 'TEMPORARY') AS may, current_user::text AS role, \
         current_database()::text AS database",
    )
    .get_result(connection)?;
    if row.may {
        return Ok(());
    }
    Err(Error::new(Kind::Forbidden, format!("the role {} may not make temporary tables, as an import needs", row.role))
        .hint(format!("an administrator permits it: GRANT TEMPORARY ON DATABASE {} TO {}", row.database, row.role)))
}

/// Makes what a register's own SQL reads and writes.
pub(super) fn tell_register(connection: &mut PgConnection, present: &[&str]) -> Result<()> {
    connection.batch_execute(
        "CREATE TEMP TABLE import_problems (file_line bigint, column_key text, message text) ON COMMIT DROP; \
         CREATE TEMP TABLE import_warnings (message text) ON COMMIT DROP; \
         CREATE TEMP TABLE import_touched (id bigint) ON COMMIT DROP; \
         CREATE TEMP TABLE import_columns (key text) ON COMMIT DROP",
    )?;
    diesel::sql_query("INSERT INTO import_columns SELECT unnest(string_to_array($1, ','))")
        .bind::<Text, _>(present.join(","))
        .execute(connection)?;
    Ok(())
}

/// What the register's own SQL and the kernel's want somebody to know.
pub(super) fn warnings(connection: &mut PgConnection) -> Result<Vec<String>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        message: String,
    }
    let rows: Vec<Row> = diesel::sql_query("SELECT message FROM import_warnings ORDER BY message").load(connection)?;
    Ok(rows.into_iter().map(|row| row.message).collect())
}
