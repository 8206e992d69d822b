//! The jobs: commands made for cron, of which every run stands in the diary (`db::job_runs`).
//!
//! * [`catalog`] says which there are, [`settings`] is `[job]` of the configuration, [`schedule`] cron's five fields.
//! * [`ping`] and [`on_error`] tell others how a job ended; neither can fail it.

pub mod catalog;
pub mod on_error;
pub mod ping;
pub mod schedule;
pub mod settings;

pub use catalog::{JOBS, Job, named};
pub use schedule::Schedule;
