//! The one way in which every job runs: a row in the diary that is committed before the work begins, the same answer where
//! another run is at work, and somebody who hears of a failure.
//!
//! A dry run leaves nothing behind and tells nobody. Neither does a slip on the command line: that is no run.

use wvl::db::job_runs::{self, Outcome};
use wvl::error::{Error, Kind, Result};
use wvl::job::Job;

use super::Context;

/// What a job does where another run of it is at work.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub struct Busy {
    /// End with 75 if another run of this job is at work and does not end in time (--wait)
    #[arg(long)]
    fail_if_busy: bool,
}

impl Busy {
    /// For what somebody does by hand: it must not end as if it had been done.
    pub const FAILS: Busy = Busy { fail_if_busy: true };
}

/// How the work of a job ended.
#[derive(Debug)]
pub enum Ended {
    /// Somebody else is still at work: `another escalate run is at work`.
    Busy(String),
    /// It was done, as well as it could be.
    Done(Done),
}

/// What was done.
#[derive(Debug)]
pub struct Done {
    /// For the diary; may be worse than the result, where what is still wrong has been told today.
    pub outcome: Outcome,
    /// What `status` prints ("mails": 12).
    pub counts: serde_json::Value,
    /// What is wrong, for the diary.
    pub message: Option<String>,
    /// How the command ends.
    pub result: Result<()>,
}

impl Done {
    /// Work whose outcome is that of its result.
    pub fn new(counts: serde_json::Value, result: Result<()>) -> Done {
        Done {
            outcome: result.as_ref().err().map_or(Outcome::Ok, Outcome::of),
            counts,
            message: result.as_ref().err().map(Error::full_message),
            result,
        }
    }
}

/// The row of this run in the diary.
#[derive(Debug, Default)]
pub struct Diary {
    /// None in a dry run, and as soon as the end is noted.
    open: Option<job_runs::Run>,
}

impl Diary {
    /// Notes the end, for work whose result stands before its last errands are run. Once; later ends change nothing.
    pub fn close(&mut self, context: &mut Context, done: &Done) -> Result<()> {
        let code = done.result.as_ref().err().map_or(0, |error| error.kind().exit_code());
        match self.open.take() {
            Some(run) => run.finish(context.connection()?, done.outcome, code, &done.counts, done.message.as_deref()),
            None => Ok(()),
        }
    }
}

/// Runs a job: `prepare` refuses what cannot be meant, before anything is noted; `work` does it.
pub fn run<T>(
    context: &mut Context,
    job: &Job,
    busy: Busy,
    prepare: impl FnOnce(&mut Context) -> Result<T>,
    work: impl FnOnce(&mut Context, T, &mut Diary) -> Result<Ended>,
) -> Result<()> {
    let prepared = prepare(context)?;
    let mut diary = Diary::default();
    if !context.global.dry_run {
        let settings = context.settings()?;
        diary.open = Some(job_runs::start(context.connection()?, job.name, &settings.hash)?);
    }
    let done = match work(context, prepared, &mut diary) {
        Ok(Ended::Done(done)) => done,
        Ok(Ended::Busy(who)) => at_work(who, busy),
        Err(error) => Done::new(serde_json::json!({}), Err(error)),
    };
    let noted = diary.close(context, &done);
    // what became of the work counts more than whether the diary could be written
    done.result.and(noted)
}

/// The end of a run that found another one at work.
fn at_work(who: String, busy: Busy) -> Done {
    let result = match busy.fail_if_busy {
        true => Err(Error::new(Kind::Temporary, who).hint("try again later, or wait for its end with --wait 60s")),
        false => Ok(()),
    };
    Done { outcome: Outcome::Busy, ..Done::new(serde_json::json!({ "busy": true }), result) }
}
