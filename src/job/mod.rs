//! The jobs: commands made for cron, of which every run stands in the diary (`db::job_runs`).
//!
//! * [`catalog`] says which there are, [`settings`] is `[job]` of the configuration, [`schedule`] cron's five fields.
//! * [`ping`] and [`on_error`] tell others how a job ended; neither can fail it.
//! * [`runs`] is the diary as people read it.
//! * [`call`] is how cron calls a job, [`crontab`] wvl's block in a crontab, [`timer`] and [`units`] the same for systemd.
//! * [`idle`] says for which jobs a configuration has nothing to do, [`coverage`] where a schedule does not meet the hours of an escalation type.

pub mod call;
pub mod catalog;
pub mod coverage;
pub mod crontab;
pub mod idle;
pub mod on_error;
pub mod ping;
pub mod runs;
pub mod schedule;
pub mod settings;
pub mod timer;
pub mod units;

pub use call::Call;
pub use catalog::{JOBS, Job, named};
pub use schedule::Schedule;
