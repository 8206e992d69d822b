//! `wvl cron`: the jobs in a crontab or as systemd timers, and a try under cron's environment.

use std::path::{Path, PathBuf};

use chrono_tz::Tz;
use clap::Subcommand;
use nix::unistd::{User, geteuid};
use wvl::error::{Error, Result};
use wvl::job::crontab::{self, Block, Entry};
use wvl::job::{Call, Job, coverage};
use wvl::settings::Settings;

use super::Context;

mod install;
mod print;
pub(super) mod program;
mod remove;
mod test;

/// The verbs of `wvl cron`.
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:\n  wvl cron print\n  wvl cron install && wvl cron test escalate-run")]
pub enum Verb {
    Print(print::Args),
    Install(install::Args),
    Remove(remove::Args),
    Test(test::Args),
}

/// Runs the verb.
pub fn run(context: &mut Context, verb: Verb) -> Result<()> {
    match verb {
        Verb::Print(args) => print::run(context, &args),
        Verb::Install(args) => install::run(context, &args),
        Verb::Remove(args) => remove::run(context, &args),
        Verb::Test(args) => test::run(context, &args),
    }
}

/// How cron calls the program that runs here, with the configuration that counts here.
pub(super) fn call(context: &mut Context) -> Result<Call> {
    let program = std::env::current_exe().map_err(|error| Error::bug("where is this program?").caused_by(error))?;
    let file = context.settings()?.file.clone();
    // `..` and the place itself are two names of one configuration, and would be two blocks; a link is as its owner named it
    let has_steps_up = |file: &PathBuf| file.components().any(|part| part == std::path::Component::ParentDir);
    let name = |file: PathBuf| if has_steps_up(&file) { file.canonicalize() } else { std::path::absolute(file) };
    let file = file.map(name).transpose();
    let file = file.map_err(|error| Error::bug("where is the configuration?").caused_by(error))?;
    Call::new(&program, file.as_deref())
}

/// The user who runs this, as passwd knows him.
fn user() -> Result<User> {
    let uid = geteuid();
    User::from_uid(uid)
        .map_err(|error| Error::config("cannot look up a user in passwd").caused_by(error))?
        .ok_or_else(|| Error::config(format!("user id {uid} has no entry in passwd, so that cron does not know it")))
}

/// The zone in which cron reads times: the machine's, whatever TZ says.
pub fn zone_of_machine() -> Option<Tz> {
    let link = std::fs::canonicalize("/etc/localtime").ok();
    let by_link = link.as_deref().and_then(Path::to_str).and_then(|path| path.split_once("/zoneinfo/"));
    let by_link = by_link.and_then(|(_, name)| name.trim_start_matches("posix/").parse().ok());
    by_link.or_else(|| std::fs::read_to_string("/etc/timezone").ok()?.trim().parse().ok())
}

/// Makes the block of this configuration and hands it to `use_it`.
fn with_block<T>(
    context: &mut Context,
    user: Option<&str>,
    use_it: impl FnOnce(&mut Context, &Block<'_>) -> Result<T>,
) -> Result<T> {
    let (settings, call) = (context.settings()?, call(context)?);
    let (entries, left_out) = crontab::entries(&settings);
    let zone = zone_of_machine().unwrap_or(settings.zone);
    say_what_is_missing(context, &settings, &left_out, zone)?;
    use_it(context, &Block { call: &call, entries: &entries, zone: zone.name(), user })
}

/// Warns of schedules that are right for cron and do not do what is meant.
fn say_what_is_missing(
    context: &mut Context,
    settings: &Settings,
    left_out: &[(&'static Job, &'static str)],
    zone: Tz,
) -> Result<()> {
    let now = context.now()?;
    let printer = &context.printer;
    for gap in coverage::gaps(settings, zone, now) {
        printer.warn(&format!("{gap}; see schedule in [job.escalate-run]"));
    }
    if zone != settings.zone {
        printer.warn(&format!(
            "cron reads times in the zone of this machine, {}, and company.zone is {1}; timedatectl set-timezone {1} makes \
             them one",
            zone.name(),
            settings.zone.name()
        ));
    }
    if settings.file.is_none() {
        printer.warn("there is no configuration: every escalation type is inactive; wvl config generate writes one");
    }
    if let Some(folder) = &context.environment.pg_bindir
        && settings.database.is_private()
    {
        printer
            .warn(&format!("cron does not know WVL_PG_BINDIR; set pg_bindir = \"{}\" in [database]", folder.display()));
    }
    for (job, reason) in left_out {
        printer.note(&format!("ohne {}: {reason}", job.name));
    }
    Ok(())
}

/// The next run of each job by a cron in this zone, for people in theirs.
fn next_runs(context: &mut Context, entries: &[Entry<'_>], zone: Tz) -> Result<Vec<String>> {
    let (now, office) = (context.now()?, context.settings()?.zone);
    let next = entries.iter().filter_map(|(job, schedule)| Some((job, schedule.next_after(now, zone)?)));
    Ok(next.map(|(job, at)| format!("{}: {}", job.name, wvl::calendar::german::instant(at, office))).collect())
}

/// Folders into which the jobs write, beside what the private cluster has.
fn written(context: &mut Context, settings: &Settings) -> Result<Vec<PathBuf>> {
    use wvl::outbox::settings::Transport;
    let mut folders = vec![context.state_folder()?];
    folders.extend(settings.import.folder.clone());
    folders.extend(settings.job.dump.as_ref().map(|dump| dump.folder.clone()));
    match settings.mail.transport {
        // its folder is made beside it
        Transport::Maildir => {
            folders.extend(settings.mail.maildir.as_deref().and_then(Path::parent).map(Path::to_path_buf))
        }
        Transport::Eml => folders.extend(settings.mail.eml_dir.clone()),
        Transport::Smtp => {}
    }
    Ok(folders)
}

/// Files that the jobs read.
fn read(settings: &Settings) -> Vec<PathBuf> {
    let own = [&settings.file, &settings.mail.templates, &settings.mail.signing_keys_file];
    own.into_iter().flatten().cloned().collect()
}
