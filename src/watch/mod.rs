//! Watching wvl itself: is everything that should happen happening, and what waits for a person?
//!
//! Read side: may read any table, writes none, imported by the command line only. [`facts`] loads what the database knows in
//! one snapshot, [`host`] what this machine knows; [`judge`] turns both into [`finding`]s and is pure. `wvl status` and
//! `wvl check` say the same findings: [`status`] to somebody at a terminal, [`plugin`] to Nagios, Icinga or Checkmk.

pub mod ago;
pub mod attention;
pub mod facts;
pub mod finding;
pub mod host;
pub mod judge;
pub mod lateness;
pub mod limits;
pub mod plugin;
pub mod status;
pub mod words;

pub use facts::Facts;
pub use finding::{Finding, Severity};
pub use limits::Limits;
