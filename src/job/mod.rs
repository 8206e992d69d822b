//! The jobs: commands made for cron, of which every run stands in the diary (`db::job_runs`).
//!
//! * [`catalog`] says which there are.

pub mod catalog;

pub use catalog::{JOBS, Job, named};
