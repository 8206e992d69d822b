//! What the tests stand on: a real Postgres, a database of its own for each test, and the real binary in an empty environment.
//!
//! The cluster is made by wvl's own code and kept between runs (with fsync off; it holds nothing worth keeping). One test
//! process owns it at a time; a second one at the same time takes the next slot. It stops when the process ends, however
//! that ends. The role that connects is no superuser.

pub mod certificate;
pub mod database;
pub mod environment;
pub mod http;
pub mod sink;
pub mod smtp;
pub mod switch;

pub use database::TestDatabase;
pub use environment::{TestEnvironment, bare_command, run};
