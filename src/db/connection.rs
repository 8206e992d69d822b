//! Connections and transactions.
//!
//! A connection is opened with everything that decides identity and place written out (see [`parameters`]); what a
//! session would remember (search path, timeouts) is set at the beginning of every transaction instead. Between us and the
//! server there may be a pgbouncer in transaction mode: it refuses most startup parameters, hands each transaction to another
//! server connection, and leaves what a session has set to a stranger. So: every statement on a table runs in
//! [`transaction`], [`read_only`] or [`rehearse`] (what asks the server about itself, such as [`clock`], needs none);
//! advisory locks are those of a transaction; there is no LISTEN, no temporary table that
//! outlives its transaction, no cursor WITH HOLD. What we do set for the session (application_name, client_encoding, the time
//! zone UTC by diesel) are the very parameters that pgbouncer keeps apart for each client.
//!
//! [`parameters`]: crate::db::parameters

use chrono::{DateTime, Utc};
use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::result::Error as DieselError;
use diesel::sql_types::{Bool, Nullable, Text, Timestamptz};

use crate::db::cluster::Cluster;
use crate::db::error::{is_lost, not_connected};
use crate::db::migrations;
use crate::db::parameters::Parameters;
use crate::db::rights;
use crate::db::settings::{DatabaseSettings, Places};
use crate::error::{Error, Kind, Result};

/// What holds in every transaction, whatever role, database or environment say otherwise.
///
/// * `search_path`: tables need no prefix, and nobody's table in a temporary schema can take the place of ours.
/// * A statement may take long on a million rows, but not the night; a lock somebody else holds is waited for half a minute;
///   a transaction of ours that does nothing is one whose process hangs. Each ends as 75, safe to run again.
/// * What was reported as done survives a crash of the server, even where the role's default is asynchronous.
/// * jit costs the wide queries of a job up to 200 ms and gains none of them anything (PERFORMANCE.md).
const FOR_EVERY_TRANSACTION: &str = "\
    SET LOCAL search_path = wvl, pg_catalog, pg_temp; \
    SET LOCAL statement_timeout = '15min'; \
    SET LOCAL lock_timeout = '30s'; \
    SET LOCAL idle_in_transaction_session_timeout = '15min'; \
    SET LOCAL TimeZone = 'UTC'; \
    SET LOCAL DateStyle = 'ISO, YMD'; \
    SET LOCAL IntervalStyle = 'postgres'; \
    SET LOCAL jit = off";
const DURABLE: &str = "; SET LOCAL synchronous_commit = on";
const READ_ONLY: &str = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY; ";

/// Opens a connection. Without an address in the settings the private cluster is created and started as needed, if it is ours.
///
/// Errors: [`Kind::Unavailable`] if the server is not there or does not let us in, [`Kind::Temporary`] if it is there and has
/// no room or is still starting, [`Kind::Config`] if the settings cannot be read.
pub fn connect(settings: &DatabaseSettings, places: &Places) -> Result<PgConnection> {
    let mut connection = if settings.is_private() {
        let cluster = Cluster::new(settings, places)?;
        let parameters = cluster.parameters();
        match open(&parameters) {
            Ok(connection) => connection,
            Err(error) if cluster.guest().is_some() => return Err(cluster.not_let_in(error)),
            // asking first whether it runs would cost every other command the answer
            Err(_) => {
                cluster.start()?;
                open(&parameters)?
            }
        }
    } else {
        open(&address(settings, true)?)?
    };
    if !settings.prepared_statements {
        connection.set_prepared_statement_cache_size(diesel::connection::CacheSize::Disabled);
    }
    Ok(connection)
}

/// The configured or private address with all its gaps filled; with the password if `with_secret`.
pub fn address(settings: &DatabaseSettings, with_secret: bool) -> Result<Parameters> {
    let Some(url) = &settings.url else {
        return Err(Error::bug("the address of the private cluster was asked from the settings"));
    };
    let mut parameters = Parameters::parse(url)?;
    if let Some(password) = settings.password.as_ref().filter(|_| with_secret) {
        parameters.set("password", password.resolve()?.expose());
    }
    completed(parameters)
}

/// Fills who and where, which libpq would otherwise take from the environment, or from a default of the machine it was
/// compiled on. A service in the address is an answer to both.
fn completed(mut parameters: Parameters) -> Result<Parameters> {
    if parameters.get("service").is_none() {
        if parameters.get("host").is_none() && parameters.get("hostaddr").is_none() {
            parameters.set("host", "/var/run/postgresql");
        }
        parameters.set_default("port", "5432");
        parameters.set_default("dbname", "wvl");
        if parameters.get("user").is_none() {
            parameters.set("user", login_name()?);
        }
    }
    Ok(parameters)
}

/// What libpq would take from `PGHOSTADDR`, `PGSSLMODE` … or from a service that `PGSERVICE` names: given, each is asked
/// nowhere else. The values are libpq's own defaults; empty means none. Who wants others writes them into the address.
///
/// A `PGSERVICE` cannot be given away (an empty one is an error), but all it could fill in is filled already.
const NOT_FROM_THE_ENVIRONMENT: [(&str, &str); 13] = [
    ("hostaddr", ""),
    ("replication", ""),
    ("target_session_attrs", "any"),
    ("sslmode", "prefer"),
    ("sslrootcert", ""),
    ("sslcert", ""),
    ("sslkey", ""),
    ("sslcrl", ""),
    ("sslcrldir", ""),
    ("requirepeer", ""),
    ("channel_binding", "prefer"),
    ("gssencmode", "prefer"),
    ("krbsrvname", "postgres"),
];

/// What a connection of ours has beside its address.
fn with_manners(mut parameters: Parameters) -> Parameters {
    if parameters.get("service").is_none() {
        for (key, value) in NOT_FROM_THE_ENVIRONMENT {
            parameters.set_default(key, value);
        }
    }
    // given and empty: PGOPTIONS could set a role or a search path
    parameters.set_default("options", "");
    parameters.set_default("application_name", "wvl");
    parameters.set_default("client_encoding", "UTF8");
    parameters.set_default("connect_timeout", "10");
    // a server that vanished without a word is noticed within minutes, not hours
    parameters.set_default("keepalives_idle", "60");
    parameters.set_default("tcp_user_timeout", "120000");
    parameters
}

fn login_name() -> Result<String> {
    let uid = nix::unistd::geteuid();
    let user = nix::unistd::User::from_uid(uid).ok().flatten().map(|user| user.name);
    user.ok_or_else(|| {
        Error::config(format!("database.url names no user, and user id {uid} has no entry in passwd"))
            .hint("write the role into the address: postgresql://ROLE@HOST/DATABASE")
    })
}

fn open(parameters: &Parameters) -> Result<PgConnection> {
    let conninfo = with_manners(parameters.clone()).conninfo();
    PgConnection::establish(&conninfo).map_err(|error| not_connected(&parameters.masked(), error))
}

/// Whom we talk to, and as whom.
#[derive(Clone, Debug, QueryableByName)]
pub struct Server {
    /// Version as the server says it ("15.18").
    #[diesel(sql_type = Text)]
    pub version: String,
    /// `current_user`: the only identity there is.
    #[diesel(sql_type = Text)]
    pub role: String,
}

/// Asks the server who it is and who we are.
pub fn server(connection: &mut PgConnection) -> Result<Server> {
    let question =
        "SELECT split_part(current_setting('server_version'), ' ', 1) AS version, current_user::text AS role";
    Ok(diesel::sql_query(question).get_result(connection)?)
}

/// The database's clock: the one that several hosts share.
pub fn clock(connection: &mut PgConnection) -> Result<DateTime<Utc>> {
    Ok(diesel::select(diesel::dsl::sql::<Timestamptz>("clock_timestamp()")).get_result(connection)?)
}

/// Runs the work in one transaction: committed if it returns Ok, rolled back if it returns an error.
///
/// Inside another transaction it is a savepoint. If the connection is lost during COMMIT the error says so, and
/// [`after_lost_commit`] finds out what became of it.
///
/// Before COMMIT the schema is looked at once more: somebody may have brought it to a newer version since this process
/// looked at it first. What has touched a table that a migration changes has kept the migration waiting, or has waited for it
/// and sees it now; so a process that is too old either ends before the migration or changes nothing.
pub fn transaction<T>(connection: &mut PgConnection, work: impl FnOnce(&mut PgConnection) -> Result<T>) -> Result<T> {
    durable(connection, Some(migrations::all().len()), work)
}

/// The same for what brings the schema to its version, or does not care which one it is.
pub(crate) fn transaction_on_any_schema<T>(
    connection: &mut PgConnection,
    work: impl FnOnce(&mut PgConnection) -> Result<T>,
) -> Result<T> {
    durable(connection, None, work)
}

/// `known`: how many migrations this program knows.
fn durable<T>(
    connection: &mut PgConnection,
    known: Option<usize>,
    work: impl FnOnce(&mut PgConnection) -> Result<T>,
) -> Result<T> {
    let mut transaction_id = None;
    let mut finished = false;
    let outcome = connection.transaction(|connection| {
        connection.batch_execute(&format!("{FOR_EVERY_TRANSACTION}{DURABLE}"))?;
        let value = work(connection).map_err(Stop::Work)?;
        let state = look_at_end(connection, known)?;
        if state.is_newer {
            return Err(Stop::Work(overtaken()));
        }
        transaction_id = state.id;
        finished = true;
        Ok(value)
    });
    match outcome {
        Ok(value) => Ok(value),
        Err(Stop::Database(error)) if finished && is_lost(&error) => Err(match transaction_id {
            Some(id) => lost_commit(id),
            // it has written nothing, so nothing can be half done
            None => error.into(),
        }),
        Err(Stop::Database(error)) => Err(with_groups(connection, error.into())),
        Err(Stop::Work(error)) => Err(with_groups(connection, error)),
    }
}

/// Runs one statement that is a transaction by itself: for what is written thousands of times a second and would mostly wait for
/// the round trips of [`transaction`], an acknowledgement.
///
/// The exception from "everything runs in a transaction of ours". The statement brings what that sets: names with their
/// schema, and `synchronous_commit` as a condition ([`outbox`](crate::outbox)'s `acknowledge.rs`). That somebody has made the
/// schema newer meanwhile does not stop it. Where the connection broke nobody knows whether it was committed: whoever needs to
/// know asks again on another one.
pub fn at_once<T>(
    connection: &mut PgConnection,
    statement: impl FnOnce(&mut PgConnection) -> QueryResult<T>,
) -> Result<T> {
    statement(connection).map_err(|error| with_groups(connection, error.into()))
}

/// Runs the work inside a transaction so that its failure undoes it alone, and the transaction goes on.
pub fn savepoint<T>(connection: &mut PgConnection, work: impl FnOnce(&mut PgConnection) -> Result<T>) -> Result<T> {
    Ok(connection.transaction(|connection| work(connection).map_err(Stop::Work))?)
}

/// Runs the work on one unchanging view of the database, in which nothing can be written. Ends with a rollback: a COMMIT
/// could still fail, where a foreign server that was read has gone meanwhile.
pub fn read_only<T>(connection: &mut PgConnection, work: impl FnOnce(&mut PgConnection) -> Result<T>) -> Result<T> {
    rolled_back(connection, READ_ONLY, work)
}

/// Runs the work as [`transaction`] would and then rolls it back: `--dry-run` takes the same path.
pub fn rehearse<T>(connection: &mut PgConnection, work: impl FnOnce(&mut PgConnection) -> Result<T>) -> Result<T> {
    rolled_back(connection, "", work)
}

fn rolled_back<T>(
    connection: &mut PgConnection,
    mode: &str,
    work: impl FnOnce(&mut PgConnection) -> Result<T>,
) -> Result<T> {
    let mut value = None;
    let outcome = connection.transaction::<(), Stop, _>(|connection| {
        connection.batch_execute(&format!("{mode}{FOR_EVERY_TRANSACTION}"))?;
        value = Some(work(connection).map_err(Stop::Work)?);
        Err(Stop::Database(DieselError::RollbackTransaction))
    });
    match (outcome, value) {
        (Err(Stop::Database(DieselError::RollbackTransaction)), Some(value)) => Ok(value),
        (Err(stop), _) => Err(with_groups(connection, stop.into())),
        (Ok(()), _) => Err(Error::bug("a rehearsal was committed")),
    }
}

/// Why a transaction ended: by its work, or by BEGIN, COMMIT or ROLLBACK themselves.
enum Stop {
    Work(Error),
    Database(DieselError),
}

impl From<DieselError> for Stop {
    fn from(error: DieselError) -> Stop {
        Stop::Database(error)
    }
}

impl From<Stop> for Error {
    fn from(stop: Stop) -> Error {
        match stop {
            Stop::Work(error) => error,
            Stop::Database(error) => error.into(),
        }
    }
}

/// A transaction at its end.
#[derive(QueryableByName)]
struct AtEnd {
    /// None if it has written nothing.
    #[diesel(sql_type = Nullable<Text>)]
    id: Option<String>,
    /// The schema has migrations that this program does not know.
    #[diesel(sql_type = Bool)]
    is_newer: bool,
}

/// One question for both: every transaction asks it.
fn look_at_end(connection: &mut PgConnection, known: Option<usize>) -> QueryResult<AtEnd> {
    let is_newer = known
        .map_or("false".to_owned(), |known| format!("(SELECT count(*) > {known} FROM wvl.__diesel_schema_migrations)"));
    diesel::sql_query(format!("SELECT pg_current_xact_id_if_assigned()::text AS id, {is_newer} AS is_newer"))
        .get_result(connection)
}

fn overtaken() -> Error {
    Error::new(
        Kind::Temporary,
        format!(
            "the database was brought to a newer schema while this wvl {} was at work: what it was doing is taken back",
            env!("CARGO_PKG_VERSION")
        ),
    )
    .hint("run the command again with the wvl that the database was upgraded for")
}

/// The connection broke between COMMIT and its answer; only the server knows how it ended.
#[derive(Debug)]
struct LostCommit {
    transaction_id: String,
}

impl std::fmt::Display for LostCommit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "transaction {}", self.transaction_id)
    }
}

impl std::error::Error for LostCommit {}

fn lost_commit(transaction_id: String) -> Error {
    // not 75: whoever runs a command again on that code could do it twice
    Error::new(Kind::Failed, "the connection to the database was lost during COMMIT; whether it took effect is unknown")
        .hint(format!("wvl db psql -- -c \"SELECT pg_xact_status('{transaction_id}')\""))
        .caused_by(LostCommit { transaction_id })
}

/// Turns "unknown" into "committed" or "not committed" by asking the server on a new connection. Other errors pass unchanged;
/// main calls it for every error.
pub fn after_lost_commit(settings: &DatabaseSettings, places: &Places, error: Error) -> Error {
    let lost = std::error::Error::source(&error).and_then(|source| source.downcast_ref::<LostCommit>());
    let Some(id) = lost.map(|lost| lost.transaction_id.clone()) else { return error };
    // the server may still be restarting, or still be busy with the very COMMIT
    for pause in [0, 200, 1_000, 3_000] {
        std::thread::sleep(std::time::Duration::from_millis(pause));
        match transaction_status(settings, places, &id).ok().flatten().as_deref() {
            Some("committed") => {
                return Error::new(
                    Kind::Failed,
                    "the connection to the database was lost after COMMIT: the change is done, what should have followed is not",
                )
                .hint("do not enter it a second time");
            }
            Some("aborted") => {
                return Error::new(
                    Kind::Temporary,
                    "the connection to the database was lost before COMMIT took effect: nothing was changed",
                )
                .hint("run the command again");
            }
            _ => {}
        }
    }
    error
}

fn transaction_status(settings: &DatabaseSettings, places: &Places, id: &str) -> Result<Option<String>> {
    let mut connection = connect(settings, places)?;
    let question = diesel::dsl::sql::<Nullable<Text>>("pg_xact_status(").bind::<Text, _>(id).sql("::xid8)");
    Ok(diesel::select(question).get_result(&mut connection)?)
}

/// What the server does not say when it refuses: which role asked, and which right it lacks.
fn with_groups(connection: &mut PgConnection, error: Error) -> Error {
    if error.kind() != Kind::Forbidden || !error.hints().is_empty() {
        return error;
    }
    // the right to make a schema belongs to the database's owner and comes with no group role
    let said = error.full_message();
    if ["for database", "für Datenbank"].iter().any(|sign| said.contains(sign)) {
        return error.hint("its owner or a superuser runs once: GRANT CREATE ON DATABASE … TO … (the role of wvl)");
    }
    // NOTE: inside an outer transaction that has failed this query fails too, and the error stays as it was
    match rights::missing(connection, &said) {
        Ok(hint) => error.hint(hint),
        Err(_) => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_decides_neither_who_nor_where() {
        let settings = DatabaseSettings { url: Some("postgresql:///".into()), ..DatabaseSettings::default() };
        let parameters = with_manners(address(&settings, true).unwrap());
        for key in ["user", "host", "hostaddr", "port", "dbname", "options", "sslmode", "target_session_attrs"] {
            assert!(parameters.get(key).is_some(), "libpq would take {key} from the environment");
        }
        assert_eq!(parameters.get("options"), Some(""));
    }

    #[test]
    fn an_address_keeps_what_it_says() {
        let url = "postgresql://anna@db.example:6432/erp?connect_timeout=3&sslmode=verify-full";
        let settings = DatabaseSettings { url: Some(url.into()), ..DatabaseSettings::default() };
        let parameters = address(&settings, true).unwrap();
        assert_eq!(parameters.get("connect_timeout"), Some("3"));
        assert_eq!(parameters.get("sslmode"), Some("verify-full"));
        assert_eq!(parameters.get("user"), Some("anna"));
        assert_eq!(parameters.get("port"), Some("6432"));
    }
}
