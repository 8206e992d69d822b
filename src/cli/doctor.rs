//! `wvl doctor`: what is wrong with this installation, and what helps.

use wvl::db::Cluster;
use wvl::db::cluster::Status;
use wvl::doctor::server::Rights;
use wvl::doctor::{Area, Report, files, mail, office, server};
use wvl::error::{Error, Kind, Result};
use wvl::job::catalog::DB_DUMP;
use wvl::job::{coverage, crontab};
use wvl::output::Format;
use wvl::settings::Inspection;
use wvl::watch::finding::Severity;
use wvl::watch::limits::Limits;
use wvl::watch::words::Words;

use super::{Context, cron, next, watching};

/// Wider lines are harder to read than broken ones.
const WIDEST: u16 = 120;

/// Look at everything wvl depends on, and say of each whether it is right and what helps if not
///
/// Configuration and files, the database (version, safety, rights, schema, clock, zone), the mail server (connection,
/// TLS, certificate, login; no mail is sent), templates, calendars, recipients, jobs. Changes nothing, starts nothing,
/// and works before everything else does. Run it as the user who runs the jobs. Ends with 3 if something does not work;
/// warnings alone end with 0.
///
/// Examples:
///   wvl doctor
///   wvl doctor --json | jq '.[] | select(.level == "error")'
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// Do not connect to the mail server and to gateways
    #[arg(long)]
    offline: bool,
}

/// Looks at everything.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let mut report = Report::default();
    let waiting = context.printer.waiting("Diagnose");
    match inspect(context) {
        Ok(found) => look(context, args, &found, &mut report)?,
        // a file that cannot be read: nothing else is known
        Err(error) => report.failed(Area::Config, &error),
    }
    drop(waiting);
    report.sort();
    let for_people = context.printer.format() == Format::Table && context.global.columns.is_empty();
    let width = context.printer.width().map_or(0, |width| usize::from(width.min(WIDEST)));
    match for_people {
        true => context.printer.data(&report.text(width, context.printer.has_color()))?,
        false => context.printer.list(&report)?,
    }
    if let Some(step) = report.result().is_ok().then(|| next::on_the_way(context)).flatten() {
        next::name(context, step);
    }
    report.result()
}

fn inspect(context: &Context) -> Result<Inspection> {
    Ok(wvl::settings::Settings::inspect(&super::config::source(context, None)?, &[]))
}

fn look(context: &mut Context, args: &Args, found: &Inspection, report: &mut Report) -> Result<()> {
    let settings = &found.settings;
    files::config(found, report);
    let places = context.environment.places();
    let cluster = match Cluster::new(&settings.database, &places) {
        Ok(cluster) => cluster,
        Err(error) => {
            report.failed(Area::Database, &error);
            return Ok(());
        }
    };
    files::own(settings, cluster.state_dir(), report);
    let now = context.environment.host_now.ok_or_else(|| Error::bug("main did not read the clock"))?;
    mail::templates(&settings.mail, report);
    office::calendars(settings, now, report);
    // with a wrong configuration it would be another database, and another server
    if !found.problems.is_empty() {
        report.warn(
            Area::Config,
            "database and mail server were not looked at while the configuration is wrong",
            "mend it, then: wvl doctor",
        );
        return Ok(());
    }
    mail::mode(&settings.mail, report);
    mail::transport(&settings.mail, cluster.state_dir(), now, !args.offline, report);
    mail::channels(&settings.mail, !args.offline, report);
    if let Err(error) = database(context, report) {
        report.failed(Area::Database, &with_way_out(error));
    }
    Ok(())
}

/// What to do about a server that does not answer.
fn with_way_out(error: Error) -> Error {
    match error.kind() {
        Kind::Unavailable if error.hints().is_empty() => {
            error.hint("is it running (systemctl status postgresql), and is [database] url right? wvl db status")
        }
        _ => error,
    }
}

fn database(context: &mut Context, report: &mut Report) -> Result<()> {
    let settings = context.settings()?;
    if settings.database.is_private() {
        let cluster = Cluster::new(&settings.database, &context.environment.places())?;
        if let Some((data, installed)) = cluster.newer_installed() {
            let message = format!("Postgres {installed} is installed, the data are of {data}");
            report.remark(Area::Database, message, "wvl db upgrade, when there is time");
        }
        match cluster.status()? {
            // of somebody else's connecting says what is wrong
            Status::Running { .. } | Status::Foreign { .. } => {}
            Status::NotCreated => {
                report.error(Area::Database, "there is no database yet", "wvl db migrate");
                return Ok(());
            }
            Status::Stopped { .. } => {
                report.error(Area::Database, "the private database does not run", "wvl db start");
                return Ok(());
            }
        }
    }
    let mut connection = context.connect_to_any_schema()?;
    let now = wvl::db::clock(&mut connection)?;
    server::look(&mut connection, settings.database.is_private(), report)?;
    if let Some(read) = context.environment.host_clock {
        server::clocks(&mut connection, report, read)?;
    }
    server::zone(&mut connection, report, settings.zone, now)?;
    match server::schema(&mut connection, report)? {
        Rights::None => return Ok(()),
        // a role of a monitoring program sees no employees
        Rights::Looks => {}
        Rights::Works => office::escalation(&mut connection, &settings, now, report)?,
    }
    drop(connection);
    cron_lines(context, report)?;
    jobs(context, report)
}

/// Who starts the jobs: the crontab of this user, as far as it is one. Others, and systemd, may start them too.
fn cron_lines(context: &mut Context, report: &mut Report) -> Result<()> {
    let settings = context.settings()?;
    let zone = cron::zone_of_machine().unwrap_or(settings.zone);
    for gap in coverage::gaps(&settings, zone, context.now()?) {
        report.warn(Area::Jobs, gap.to_string(), "schedule in [job.escalate-run], or from and to in the type");
    }
    if zone != settings.zone {
        report.warn(
            Area::Time,
            format!("cron reads times in the zone of this machine ({zone}), and company.zone is {}", settings.zone),
            format!("timedatectl set-timezone {}", settings.zone),
        );
    }
    let call = cron::call(context)?;
    // no crontab, or a damaged one, is for `wvl cron` to say
    let blocks = cron::program::read(context).and_then(|lines| crontab::names(&lines)).unwrap_or_default();
    if !blocks.iter().any(|name| call.config().is_none_or(|config| config == name)) {
        return Ok(());
    }
    match cron::program::is_cron_alive() {
        true => report.ok(Area::Jobs, "the crontab of this user starts the jobs"),
        false => report.error(
            Area::Jobs,
            "the crontab of this user names the jobs, and no cron runs on this machine",
            "systemctl enable --now cron",
        ),
    }
    Ok(())
}

/// What `check` would say, as far as it was not looked at here.
fn jobs(context: &mut Context, report: &mut Report) -> Result<()> {
    const SAID_ALREADY: [&str; 3] = ["durability", "silent-type", "config"];
    let zone = context.settings()?.zone;
    let seen = watching::look(context, &Limits::default(), false)?;
    if context.settings()?.job.dump.is_none() && !seen.facts.jobs.iter().any(|job| job.job == DB_DUMP.name) {
        report.remark(
            Area::Jobs,
            "no dump of the database is made by itself: [job.db-dump] names no folder",
            "folder in [job.db-dump], then wvl cron install; nothing to do where the server is backed up in another way",
        );
    }
    let words = Words { language: wvl::template::Language::English, zone, now: seen.facts.now };
    let mut is_well = true;
    for finding in &seen.findings {
        if SAID_ALREADY.contains(&finding.what.key()) || finding.severity == Severity::Notice {
            continue;
        }
        is_well = false;
        let (message, way_out) = (words.sentence(&finding.what), finding.what.command().unwrap_or_default());
        match finding.severity {
            Severity::Critical => report.error(Area::Jobs, message, way_out),
            _ => report.warn(Area::Jobs, message, way_out),
        }
    }
    if is_well {
        report.ok(Area::Jobs, "every job has run when it should have, and nothing waits for anybody");
    }
    Ok(())
}
