//! The database layer against real servers.

pub mod cluster;
mod command;
mod connection;
mod dump;
mod migrating;
mod persons;
mod pgbouncer;
pub mod proxy;
mod rights;
mod upgrade;
mod versions;
