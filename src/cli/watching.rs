//! What `status` and `check` look at, loaded once for both.

use std::path::PathBuf;
use std::rc::Rc;

use chrono::{DateTime, Utc};
use diesel::PgConnection;
use diesel::connection::SimpleConnection;
use wvl::db::Cluster;
use wvl::error::Result;
use wvl::escalation::tally::{self, Tally};
use wvl::outbox::settings::{MailMode, Transport};
use wvl::settings::Settings;
use wvl::watch::facts::{self, Facts};
use wvl::watch::finding::Finding;
use wvl::watch::host::Host;
use wvl::watch::judge::{Guard, Surroundings, judge};
use wvl::watch::lateness::Expected;
use wvl::watch::limits::Limits;

use super::Context;

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
    let jobs: Vec<&str> = JOBS.to_vec();
    let (facts, guard, types) = wvl::db::read_only(context.connection()?, |connection| {
        connection.batch_execute(PATIENCE)?;
        wvl::db::set_instant(connection, now, settings.zone)?;
        let facts = facts::load(connection, &jobs, now)?;
        let types = if counts_types { tally::tally(connection, &settings, now)? } else { Vec::new() };
        Ok((facts, guard(connection)?, types))
    })?;
    let expected = expected(&settings);
    let silent = settings.escalation.types.iter().filter(|rules| rules.is_silent());
    let around = Surroundings {
        host: &host,
        guard,
        expected: &expected,
        silent_types: silent.map(|rules| rules.key.clone()).collect(),
        config_warnings,
    };
    let findings = judge(&facts, &around, limits);
    Ok(Seen { facts, guard, types, findings })
}

const JOBS: [&str; 4] = ["escalate run", "mail flush", "import run", "escalate purge"];

fn guard(_: &mut PgConnection) -> Result<Guard> {
    Ok(Guard::Open)
}

fn expected(settings: &Rc<Settings>) -> Vec<Expected<'static>> {
    let escalates = settings.escalation.types.iter().any(|rules| rules.active);
    let every = |job: &'static str, minutes: i64, is_wanted: bool, is_vital: bool| Expected {
        job,
        is_wanted,
        is_vital,
        next: Box::new(move |after: DateTime<Utc>| {
            DateTime::from_timestamp((after.timestamp().div_euclid(minutes * 60) + 1) * minutes * 60, 0)
        }),
    };
    vec![
        every("escalate run", 10, escalates, true),
        every("mail flush", 5, escalates && settings.mail.mode != MailMode::Off, true),
        every("import run", 15, settings.import.folder.is_some(), true),
        every("escalate purge", 1440, escalates, false),
    ]
}

/// The folders whose disks matter: the private cluster's, where mails lie, where files come in.
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
    Ok(folders)
}

/// The job that somebody means: `escalate run`, `escalate-run`, or `escalate` for the one of its noun that matters.
pub fn job_named(name: &str) -> Result<String, String> {
    let plain = name.replace('-', " ");
    let fits = |job: &&&str| **job == plain || job.split(' ').next() == Some(plain.as_str());
    JOBS.iter().find(fits).map(|job| (*job).to_owned()).ok_or_else(|| {
        let known: Vec<String> = JOBS.iter().map(|job| job.replace(' ', "-")).collect();
        format!("there is no job “{name}”; there are {}", known.join(", "))
    })
}
