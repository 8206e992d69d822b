//! The database: how wvl gets a connection, keeps its schema at the right version and says what went wrong.
//!
//! * [`settings`] is the section `[database]`, [`parameters`] the address written in it.
//! * [`cluster`] is the private Postgres of someone who has configured no address. Nothing but the address differs.
//! * [`connection`] opens connections and transactions. **Everything runs inside [`transaction`]**: search path and
//!   timeouts live there and nowhere else, so that a pgbouncer in transaction mode between us and the server changes nothing.
//! * [`error`] maps the server's errors to kinds; [`migrations`] brings the schema up and refuses any other version.
//! * [`schema`] is generated from the database (tests/schema.rs); [`job_runs`] is the diary of the jobs; [`instant`] is what
//!   a transaction takes for now; [`cancel`] ends a statement from outside; [`psql`] hands a person the same
//!   database; [`dump`] and [`restore`] are the way out of it and back, through the [`programs`] of Postgres.
//!
//! No business noun is known here.

pub mod cancel;
pub mod cluster;
pub mod connection;
pub mod dump;
pub mod error;
pub mod instant;
pub mod job_runs;
pub mod migrations;
pub mod number_ranges;
pub mod parameters;
pub mod programs;
pub mod psql;
pub mod restore;
pub mod rights;
pub mod schema;
pub mod settings;

pub use cancel::{cancel, server_process};
pub use cluster::Cluster;
pub use connection::{after_lost_commit, at_once, clock, connect, read_only, rehearse, savepoint, transaction};
pub use instant::set_instant;
pub use settings::{DatabaseSettings, Places};
