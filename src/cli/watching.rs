//! What `status` and `check` look at, loaded once for both.

use std::path::PathBuf;

use diesel::connection::SimpleConnection;
use wvl::db::Cluster;
use wvl::edition;
use wvl::error::Result;
use wvl::escalation::tally::{self, Tally};
use wvl::job::{JOBS, Job, idle};
use wvl::outbox;
use wvl::outbox::guard::Guard;
use wvl::outbox::settings::{MailMode, Transport};
use wvl::settings::Settings;
use wvl::watch::facts::{self, Facts};
use wvl::watch::finding::Finding;
use wvl::watch::host::Host;
use wvl::watch::judge::{Surroundings, judge};
use wvl::watch::lateness::Expected;
use wvl::watch::limits::Limits;

use super::Context;
use super::cron::zone_of_machine;

/// Whoever watches must answer, also where the database is busy.
const PATIENCE: &str = "SET LOCAL statement_timeout = '20s'; SET LOCAL lock_timeout = '5s'";

/// What was seen.
pub struct Seen {
    /// What the database knows.
    pub facts: Facts,
    /// Where sending stands.
    pub guard: Guard,
    /// The active types in numbers, where they were asked for.
    pub types: Vec<Tally>,
    /// What somebody should know, the worst first.
    pub findings: Vec<Finding>,
}

/// Looks; counts the types only if asked to, as that is the part that depends on how much is due.
pub fn look(context: &mut Context, limits: &Limits, counts_types: bool) -> Result<Seen> {
    let settings = context.settings()?;
    let config_warnings = context.take_warnings()?;
    context.running_connection()?;
    let now = context.now()?;
    let clock = wvl::db::clock(context.connection()?)?;
    // an age is told to the second, unless somebody asks for another time
    let now = if context.global.as_of.is_some() { now } else { clock };
    let host = Host::look(&folders(context, &settings)?, settings.import.folder.as_deref());
    let jobs: Vec<&str> = JOBS.iter().map(|job| job.name).collect();
    let (mut facts, guard, types, missing_mail) = wvl::db::read_only(context.connection()?, |connection| {
        connection.batch_execute(PATIENCE)?;
        wvl::db::set_instant(connection, now, settings.zone)?;
        let facts = facts::load(connection, &jobs, now)?;
        let types = if counts_types { tally::tally(connection, &settings, now)? } else { Vec::new() };
        let missing_mail = edition::missing(connection, &settings, now)?;
        Ok((facts, outbox::guard::state(connection)?, types, missing_mail))
    })?;
    let expected = expected(&settings);
    // what runs by hand alone need not have run
    facts.jobs.retain(|job| job.last_at.is_some() || expected.iter().any(|it| it.job == job.job && it.is_wanted));
    let silent = settings.escalation.types.iter().filter(|rules| rules.is_silent());
    let around = Surroundings {
        host: &host,
        guard,
        channels: settings.mail.channels.names().map(str::to_owned).collect(),
        missing_mail,
        expected: &expected,
        silent_types: silent.map(|rules| rules.key.clone()).collect(),
        config_warnings,
    };
    wvl::failpoint::pass("watched");
    let findings = judge(&facts, &around, limits);
    Ok(Seen { facts, guard, types, findings })
}

/// What is expected of the jobs that run by themselves, by their schedules. What nothing waits for may stay away.
fn expected(settings: &Settings) -> Vec<Expected<'_>> {
    let escalates = settings.escalation.types.iter().any(|rules| rules.active);
    let is_wanted = |job: &Job| match job.key {
        "mail-flush" => escalates && settings.mail.mode != MailMode::Off,
        "import-run" | "db-dump" | "report-gf-daily" | "report-department-daily" => {
            idle::reason(settings, job).is_none()
        }
        _ => escalates,
    };
    let zones = [Some(settings.zone), zone_of_machine()];
    let expect = |job: &'static Job| {
        let schedule = settings.job.of(job).and_then(|rules| rules.schedule.clone());
        Expected {
            job: job.name,
            is_wanted: schedule.is_some() && is_wanted(job),
            // yesterday's history may wait for tomorrow, and today's work goes on without a copy
            is_vital: !["escalate-purge", "db-dump", "report-department-daily"].contains(&job.key),
            // a timer of systemd keeps the company's zone, a crontab the machine's: whoever is later is not late
            next: Box::new(move |after| {
                let next = |zone| schedule.as_ref()?.next_after(after, zone);
                zones.into_iter().flatten().filter_map(next).max()
            }),
        }
    };
    JOBS.into_iter().filter(|job| job.schedule.is_some()).map(expect).collect()
}

/// The folders whose disks matter: the private cluster's, where mails and dumps lie, where files come in.
fn folders(context: &Context, settings: &Settings) -> Result<Vec<PathBuf>> {
    let state = Cluster::new(&settings.database, &context.environment.places())?.state_dir().to_path_buf();
    let mut folders = Vec::new();
    if settings.database.is_private() {
        folders.push(state.clone());
    }
    match settings.mail.transport {
        Transport::Maildir => folders.push(settings.mail.maildir.clone().unwrap_or(state)),
        Transport::Eml => folders.extend(settings.mail.eml_dir.clone()),
        Transport::Smtp => {}
    }
    folders.extend(settings.import.folder.clone());
    folders.extend(settings.job.dump.as_ref().map(|dump| dump.folder.clone()));
    Ok(folders)
}

/// The job that somebody means: `escalate run`, `escalate-run`, or `escalate` for the one of its noun that matters.
pub fn job_named(name: &str) -> Result<String, String> {
    let plain = name.replace('-', " ");
    let recurring = || JOBS.into_iter().filter(|job| job.schedule.is_some());
    let fits = |job: &&'static Job| {
        job.name == plain || job.key == name || job.name == name || job.name.split(' ').next() == Some(plain.as_str())
    };
    recurring().find(fits).map(|job| job.name.to_owned()).ok_or_else(|| {
        let known: Vec<&str> = recurring().map(|job| job.key).collect();
        format!("there is no job “{name}”; there are {}", known.join(", "))
    })
}
