//! What the server's and libpq's errors mean for the caller: one of our kinds, with a way out.
//!
//! diesel tells a handful of SQLSTATEs apart and hides the others (2.3: `DatabaseErrorKind::Unknown`, without the code), so
//! the rest is told by its text, in the two languages our users' servers speak. The private cluster always speaks English.
//! Details of the server's messages hold values of rows and are left out: what is printed may land in a log.

use diesel::ConnectionError;
use diesel::result::{DatabaseErrorKind, Error as DieselError};

use crate::error::{Error, Kind};

/// Texts of SQLSTATE 42501 and its neighbours.
const FORBIDDEN: &[&str] = &[
    "permission denied",
    "must be owner of",
    "must be superuser",
    "must be member of role",
    "must have admin option",
    "must be able to SET ROLE",
    "violates row-level security policy",
    "affected by row-level security policy",
    "keine Berechtigung",
    "Berechtigung nur für",
    "nur Superuser",
    "Admin-Option",
    "Policy für Sicherheit auf Zeilenebene",
];

/// Texts of the classes 40, 53, 55P03, 57 and 58: nothing is wrong with the command, run it again.
const TEMPORARY: &[(&str, &str)] = &[
    ("statement timeout", "a statement took too long"),
    ("Zeitüberschreitung der Anfrage", "a statement took too long"),
    ("lock timeout", "something is locked by another session"),
    ("Zeitüberschreitung einer Sperre", "something is locked by another session"),
    ("could not obtain lock", "something is locked by another session"),
    ("konnte Sperre", "something is locked by another session"),
    ("deadlock detected", "another session did the same work in another order"),
    ("Deadlock", "another session did the same work in another order"),
    ("user request", "the statement was cancelled"),
    ("Benutzeraufforderung", "the statement was cancelled"),
    ("conflict with recovery", "the standby had to go on"),
    ("Konflikt mit der Wiederherstellung", "the standby had to go on"),
    ("No space left on device", "the database's disk is full"),
    ("could not extend file", "the database's disk is full"),
    ("nicht erweitern", "the database's disk is full"),
    ("could not write", "the database cannot write"),
    ("konnte nicht in Datei", "the database cannot write"),
    ("temp_file_limit", "the server's limit for temporary files is reached"),
    ("out of memory", "the server is out of memory"),
    ("Speicher aufgebraucht", "the server is out of memory"),
    ("out of shared memory", "the server is out of memory"),
    ("Shared Memory aufgebraucht", "the server is out of memory"),
    ("shared memory segment", "the server is out of memory"),
    ("read-only transaction", "the database is read-only"),
    ("Read-Only-Transaktion", "the database is read-only"),
    ("too many clients", "the server has no connection left"),
    ("zu viele Verbindungen", "the server has no connection left"),
    ("too many connections", "the server has no connection left"),
    ("remaining connection slots", "the server has no connection left"),
    ("verbleibenden Verbindungen", "the server has no connection left"),
    ("no more connections allowed", "pgbouncer has no connection left"),
    ("query_wait_timeout", "pgbouncer has no connection left"),
    ("starting up", "the server is still starting"),
    ("Datenbanksystem startet", "the server is still starting"),
    ("not yet accepting connections", "the server is still starting"),
    ("not accepting connections", "the server takes no connections"),
    ("nimmt keine Verbindungen an", "the server takes no connections"),
    ("shutting down", "the server is shutting down"),
    ("fährt herunter", "the server is shutting down"),
    ("in recovery mode", "the server is recovering"),
    ("Wiederherstellungsmodus", "the server is recovering"),
];

/// Texts of class 08 that come from a foreign table: our own connection is as good as before.
const FOREIGN_SERVER: &[&str] = &["could not connect to server", "konnte nicht mit Server"];

/// Texts of a connection that has ended.
const LOST: &[&str] = &[
    "terminating connection",
    "Verbindung wird abgebrochen",
    "server closed the connection",
    "connection to server was lost",
    "no connection to the server",
    "could not receive data from server",
    "could not send data to server",
    "SSL connection has been closed",
    "SSL SYSCALL error",
    "server conn crashed",
    "server_login_retry",
];

/// Texts of 26000 and 42P05: a statement prepared on one server connection and used on another.
const PREPARED: &[&str] = &["prepared statement", "vorbereitete Anweisung"];

impl From<DieselError> for Error {
    fn from(error: DieselError) -> Error {
        use DatabaseErrorKind as Is;
        if is_lost(&error) {
            return Error::new(Kind::Temporary, "the connection to the database was lost").caused_by(error);
        }
        match &error {
            DieselError::NotFound => Error::new(Kind::NotFound, "no such record"),
            DieselError::RollbackErrorOnCommit { .. } => match error {
                DieselError::RollbackErrorOnCommit { commit_error, .. } => Error::from(*commit_error),
                other => Error::bug("COMMIT failed").caused_by(other),
            },
            DieselError::DatabaseError(kind, information) => match kind {
                Is::SerializationFailure => {
                    Error::new(Kind::Temporary, "another session changed the same rows at the same time")
                }
                Is::ReadOnlyTransaction => Error::new(Kind::Temporary, "the database is read-only"),
                Is::UniqueViolation
                | Is::ForeignKeyViolation
                | Is::NotNullViolation
                | Is::CheckViolation
                | Is::RestrictViolation
                | Is::ExclusionViolation => refused(information.table_name(), information.constraint_name()),
                _ => by_text(information.message()),
            }
            .caused_by(error),
            DieselError::DeserializationError(_) => {
                Error::data("a value in the database cannot be read").caused_by(error)
            }
            DieselError::SerializationError(_) => Error::data("a value cannot be stored").caused_by(error),
            _ => Error::bug("the database layer was used wrongly").caused_by(error),
        }
    }
}

/// A constraint of the schema said no. The commands check first and say it better; this is the net below them.
fn refused(table: Option<&str>, constraint: Option<&str>) -> Error {
    let rule = constraint.map_or_else(String::new, |constraint| format!(" (rule {constraint})"));
    Error::data(format!("the database refuses this change to {}{rule}", table.unwrap_or("its tables")))
}

/// The error that a text of the server means; the text itself is for the caller to add.
pub(crate) fn by_text(text: &str) -> Error {
    let says = |signs: &[&str]| signs.iter().any(|sign| text.contains(sign));
    if says(FORBIDDEN) {
        return Error::new(Kind::Forbidden, "the database does not permit this");
    }
    if is_of_foreign_server(text) {
        return Error::new(Kind::Unavailable, "a foreign server cannot be reached");
    }
    if let Some((_, meaning)) = TEMPORARY.iter().find(|(sign, _)| text.contains(sign)) {
        return Error::new(Kind::Temporary, *meaning);
    }
    if says(LOST) {
        return Error::new(Kind::Temporary, "the connection to the database was lost");
    }
    if says(PREPARED) {
        return Error::new(Kind::Config, "the database has lost a prepared statement")
            .hint("behind a pgbouncer before 1.21: prepared_statements = false in [database]");
    }
    Error::new(Kind::Failed, "the database reports an error")
}

fn is_of_foreign_server(text: &str) -> bool {
    FOREIGN_SERVER.iter().any(|sign| text.contains(sign))
}

/// Whether the connection is gone, so that nothing more can be asked on it.
pub(crate) fn is_lost(error: &DieselError) -> bool {
    match error {
        DieselError::DatabaseError(_, information) if is_of_foreign_server(information.message()) => false,
        DieselError::DatabaseError(kind, information) => {
            matches!(kind, DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand)
                || LOST.iter().any(|sign| information.message().contains(sign))
        }
        DieselError::RollbackErrorOnCommit { commit_error, .. } => is_lost(commit_error),
        DieselError::BrokenTransactionManager => true,
        _ => false,
    }
}

/// The error for a connection that could not be opened; `address` is the one without its password.
pub(crate) fn not_connected(address: &str, error: ConnectionError) -> Error {
    match &error {
        ConnectionError::BadConnection(text) => {
            if let Some((_, meaning)) = TEMPORARY.iter().find(|(sign, _)| text.contains(sign)) {
                return Error::new(Kind::Temporary, format!("cannot connect to {address} now: {meaning}"))
                    .caused_by(error);
            }
            if text.contains("unsupported startup parameter") {
                return Error::config(format!("pgbouncer refuses the parameters of {address}")).caused_by(error);
            }
            let of_environment = text.contains("definition of service");
            let failed = Error::new(Kind::Unavailable, format!("cannot connect to {address}")).caused_by(error);
            if of_environment { failed.hint("libpq wants to know the service: unset PGSERVICE") } else { failed }
        }
        ConnectionError::CouldntSetupConfiguration(_) => {
            Error::new(Kind::Temporary, format!("the connection to {address} broke at once")).caused_by(error)
        }
        _ => Error::config(format!("cannot connect to {address}: the address cannot be read")).caused_by(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unknown(text: &str) -> Error {
        DieselError::DatabaseError(DatabaseErrorKind::Unknown, Box::new(text.to_owned())).into()
    }

    #[test]
    fn kinds_by_text_in_both_languages() {
        for (text, kind) in [
            ("permission denied for table outbox_messages", Kind::Forbidden),
            ("keine Berechtigung für Tabelle outbox_messages", Kind::Forbidden),
            ("canceling statement due to lock timeout", Kind::Temporary),
            ("storniere Anfrage wegen Zeitüberschreitung der Anfrage", Kind::Temporary),
            ("could not extend file \"base/1/2\": No space left on device", Kind::Temporary),
            ("deadlock detected", Kind::Temporary),
            ("terminating connection due to administrator command", Kind::Temporary),
            ("could not connect to server \"erp\"", Kind::Unavailable),
            ("konnte nicht mit Server »erp« verbinden", Kind::Unavailable),
            ("prepared statement \"__diesel_stmt_0\" does not exist", Kind::Config),
            ("division by zero", Kind::Failed),
        ] {
            assert_eq!(unknown(text).kind(), kind, "{text}");
        }
    }

    #[test]
    fn connections() {
        let bad = |text: &str| not_connected("postgresql://db/wvl", ConnectionError::BadConnection(text.into())).kind();
        assert_eq!(bad("connection refused"), Kind::Unavailable);
        assert_eq!(bad("FATAL:  password authentication failed for user \"wvl\""), Kind::Unavailable);
        assert_eq!(bad("FATAL:  sorry, too many clients already"), Kind::Temporary);
        assert_eq!(bad("FATAL:  the database system is starting up"), Kind::Temporary);
    }
}
