//! The mark of a database that the demo made: a comment on the database itself.
//!
//! A comment is seen by whoever lists the databases, and it goes neither into a dump nor into a clone: data of the demo that
//! was restored elsewhere does not make that place a playground.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};

use crate::db;
use crate::error::{Error, Result};

/// What stands at the database.
const MARK: &str = "wvl demo: may be filled and emptied by \"wvl demo\"";

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = Text)]
    database: String,
    #[diesel(sql_type = Bool)]
    is_marked: bool,
    #[diesel(sql_type = Bool)]
    has_people: bool,
}

/// Marks a database that holds nobody's data. One with data that is not marked is refused.
pub fn set(connection: &mut PgConnection) -> Result<()> {
    db::transaction(connection, |connection| {
        let found = look(connection)?;
        if found.is_marked {
            return Ok(());
        }
        if found.has_people {
            return Err(not_ours(&found));
        }
        let statement =
            format!("DO $$ BEGIN EXECUTE format('COMMENT ON DATABASE %I IS %L', current_database(), '{MARK}'); END $$");
        Ok(connection.batch_execute(&statement)?)
    })
}

/// Refuses a database that the demo did not make.
pub fn require(connection: &mut PgConnection) -> Result<()> {
    let found = db::read_only(connection, look)?;
    if found.is_marked { Ok(()) } else { Err(not_ours(&found)) }
}

fn look(connection: &mut PgConnection) -> Result<Found> {
    let question = "SELECT datname::text AS database,
            coalesce(shobj_description(oid, 'pg_database') = $1, false) AS is_marked,
            EXISTS (SELECT FROM wvl.employees) OR EXISTS (SELECT FROM wvl.partners)
                OR EXISTS (SELECT FROM wvl.documents) AS has_people
        FROM pg_database WHERE datname = current_database()";
    Ok(diesel::sql_query(question).bind::<Text, _>(MARK).get_result(connection)?)
}

fn not_ours(found: &Found) -> Error {
    Error::usage(format!("the database “{}” was not made by the demo; nothing was changed", found.database))
        .hint("wvl demo start makes one of its own")
}
