//! The database layer against real servers.

mod cluster;
mod command;
mod connection;
mod dump;
mod migrating;
mod persons;
mod pgbouncer;
mod proxy;
mod rights;
mod upgrade;
mod versions;
