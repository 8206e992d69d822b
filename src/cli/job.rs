//! The one way in which every job runs: a row in the diary that is committed before the work begins, the same answer where
//! another run is at work, and somebody who hears of a failure.
//!
//! A dry run leaves nothing behind and tells nobody. Neither does a slip on the command line: that is no run.

use std::collections::BTreeSet;

use std::panic::{AssertUnwindSafe, catch_unwind};

use wvl::db::job_runs::{self, Outcome};
use wvl::error::{Error, Kind, Result};
use wvl::job::Job;
use wvl::job::on_error::{self, Failure};
use wvl::job::ping::Ping;

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
    if context.global.dry_run {
        let prepared = prepare(context)?;
        return work(context, prepared, &mut Diary::default()).and_then(|ended| ending(ended, busy).result);
    }
    // without a configuration nobody knows whom to tell
    let settings = context.settings()?;
    let rules = settings.job.of(job);
    let url = rules.and_then(|rules| rules.ping_url.as_ref());
    let timeout = settings.job.ping_timeout;
    let (ping, run, done) = match prepare(context) {
        Err(error) if error.kind() == Kind::Usage => return Err(error),
        Err(error) => {
            let ping = url.and_then(|url| Ping::without_start(url, timeout));
            (ping, None, Done::new(serde_json::json!({}), Err(error)))
        }
        Ok(prepared) => {
            let ping = url.and_then(|url| Ping::start(url, timeout));
            let (run, done) = in_diary(context, job, busy, |context, diary| work(context, prepared, diary));
            (ping, run, done)
        }
    };
    if let Some(ping) = ping.filter(|_| done.outcome != Outcome::Busy || done.result.is_err())
        && let Err(trouble) = ping.end(done.result.is_ok())
        && context.printer.has_reader()
    {
        // in a crontab the monitor's own alarm says so
        context.printer.warn(&format!("ping_url of {}: {trouble}", job.name));
    }
    if let (Err(error), Some(command)) = (&done.result, rules.and_then(|rules| rules.on_error.as_ref())) {
        let failure = Failure {
            job: job.name.to_owned(),
            host: job_runs::host(),
            exit_code: error.kind().exit_code(),
            run,
            message: done.message.clone().unwrap_or_else(|| error.full_message()),
        };
        let home = wvl::config::home_of_user();
        if let Err(trouble) = on_error::run(command, &failure, home.as_deref(), settings.job.on_error_timeout) {
            context.printer.warn(&trouble.full_message());
        }
    }
    done.result
}

/// The work between its two notes in the diary; also the row.
fn in_diary(
    context: &mut Context,
    job: &Job,
    busy: Busy,
    work: impl FnOnce(&mut Context, &mut Diary) -> Result<Ended>,
) -> (Option<i64>, Done) {
    let settings = context.settings();
    let begun = settings.and_then(|settings| job_runs::start(context.connection()?, job.name, &settings.hash));
    let run = match begun {
        Ok(run) => run,
        Err(error) => return (None, Done::new(serde_json::json!({}), Err(error))),
    };
    let mut diary = Diary { open: Some(run) };
    // a bug is what somebody should hear of most of all
    let worked = catch_unwind(AssertUnwindSafe(|| work(context, &mut diary)));
    let worked = worked.unwrap_or_else(|_| {
        // what it was in the middle of is rolled back
        context.disconnect();
        Err(Error::bug(format!("{} has panicked", job.name)))
    });
    let done = match worked {
        Ok(ended) => ending(ended, busy),
        Err(error) => Done::new(serde_json::json!({}), Err(error)),
    };
    let noted = diary.close(context, &done);
    // what became of the work counts more than whether the diary could be written
    let result = done.result.and(noted);
    (Some(run.id), Done { result, ..done })
}

fn ending(ended: Ended, busy: Busy) -> Done {
    match ended {
        Ended::Done(done) => done,
        Ended::Busy(who) => at_work(who, busy),
    }
}

/// The end of a run that found another one at work.
fn at_work(who: String, busy: Busy) -> Done {
    let result = match busy.fail_if_busy {
        true => Err(Error::new(Kind::Temporary, who).hint("try again later, or wait for its end with --wait 60s")),
        false => Ok(()),
    };
    Done { outcome: Outcome::Busy, ..Done::new(serde_json::json!({ "busy": true }), result) }
}

/// The same trouble is reported once a day, not with every run. A run for another day reports everything.
pub fn not_yet_said_today(context: &mut Context, job: &Job, troubles: &BTreeSet<String>) -> Result<BTreeSet<String>> {
    if troubles.is_empty() || context.is_another_day()? {
        return Ok(troubles.clone());
    }
    let (zone, now) = (context.settings()?.zone, context.now()?);
    let today = wvl::calendar::midnight(wvl::calendar::local_day(now, zone), zone);
    let said = job_runs::complaints_since(context.connection()?, job.name, today)?;
    let is_new = |trouble: &&String| !said.iter().any(|told| told.lines().any(|line| line == *trouble));
    Ok(troubles.iter().filter(is_new).cloned().collect())
}
