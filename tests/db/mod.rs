//! The database layer against real servers.

mod cluster;
mod command;
mod connection;
mod pgbouncer;
mod proxy;
mod rights;
mod versions;
