//! `wvl escalate run`: the main job.

use std::collections::BTreeSet;
use std::path::PathBuf;

use wvl::db;
use wvl::db::job_runs::Outcome;
use wvl::error::{Error, Kind, Result};
use wvl::escalation::{self, Options, Report, StepList};
use wvl::job::catalog::ESCALATE_RUN;
use wvl::outbox;
use wvl::outbox::guard::{self, Guard};
use wvl::outbox::message_id::SigningKeys;
use wvl::outbox::settings::{MailMode, Transport};
use wvl::template::Templates;

use crate::cli::job::{self, Busy, Diary, Done, Ended};
use crate::cli::{Context, config, flush, next, registers};

/// How a run says that it held something back, the same words every time: they are told once a day.
const OVER_CAPS: &str = "more is overdue than max_mails_per_run and max_mails_per_recipient let out at once; the rest leaves \
                         with the next runs";

/// Find everything that is overdue and remind the right people by mail
///
/// Made for cron: run it as often as you like, every step of every item is taken once. Silent on success.
///
/// Examples:
///   wvl escalate run --dry-run              show who would be reminded of what
///   wvl escalate run -n --eml-dir /tmp/x    the same, with the mails as files
///   wvl escalate run --no-flush             decide and queue, leave the sending to `wvl mail flush`
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// Queue the mails and send nothing
    #[arg(long)]
    no_flush: bool,
    /// Also write the mails as .eml files into this folder
    #[arg(long, value_name = "DIR")]
    eml_dir: Option<PathBuf>,
    #[command(flatten)]
    busy: Busy,
}

/// Runs the job.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let prepare = |context: &mut Context| prepare(context, args);
    job::run(context, &ESCALATE_RUN, args.busy, prepare, |context, (templates, keys), diary| {
        work(context, args, &templates, &keys, diary)
    })
}

fn prepare(context: &mut Context, args: &Args) -> Result<(Templates, SigningKeys)> {
    let settings = context.settings()?;
    let templates = Templates::load(settings.mail.templates.as_deref())?;
    let keys = context.signing_keys()?;
    context.connection()?;
    context.now()?;
    let reaches_people = settings.mail.mode == MailMode::Live && settings.mail.transport == Transport::Smtp;
    if !context.global.dry_run && reaches_people && context.is_another_day()? {
        return Err(Error::usage(
            "--as-of names another day, and mail.mode is live: people would be told the wrong date",
        )
        .hint("add --dry-run to look, or set mail.mode = \"redirect\" to try it"));
    }
    if let Some(folder) = &args.eml_dir {
        // a folder that cannot be written is said before anything is done
        outbox::write_eml_dir(folder, &[])?;
    }
    Ok((templates, keys))
}

fn work(
    context: &mut Context,
    args: &Args,
    templates: &Templates,
    keys: &SigningKeys,
    diary: &mut Diary,
) -> Result<Ended> {
    let settings = context.settings()?;
    let now = context.now()?;
    let dry_run = context.global.dry_run;
    let signal = if dry_run { None } else { Some(context.note_signals()?) };
    let options = Options { dry_run, keep_messages: args.eml_dir.is_some(), signal: signal.as_deref() };
    let waiting = context.printer.waiting("Eskalation");
    let outcome =
        context.until_free(|context| escalation::run(context.connection()?, &settings, templates, keys, now, options));
    drop(waiting);
    let Some(report) = outcome? else { return Ok(Ended::Busy("another escalate run is at work".to_owned())) };

    let is_flushed = !dry_run && !args.no_flush && settings.mail.mode != MailMode::Off;
    let guard = if is_flushed { db::read_only(context.connection()?, guard::state)? } else { Guard::Open };
    let done = told(context, &report, guard)?;
    // before the mails leave: the escalations count from here
    diary.close(context, &done)?;
    if dry_run {
        context.printer.list(&StepList { report: &report, zone: settings.zone })?;
    } else {
        context.printer.job_done(&said(&report, settings.mail.mode))?;
        if is_flushed {
            flush::queued(context)?;
        }
    }
    if let Some(folder) = &args.eml_dir {
        outbox::write_eml_dir(folder, &report.messages)?;
        let counted = counted(report.messages.len(), "Mail liegt", "Mails liegen");
        context.printer.job_done(&format!("{counted} in {}", folder.display()))?;
    }
    say_what_is_next(context, args, &report);
    context.check_signals()?;
    Ok(Ended::Done(done))
}

/// After a look: why; then how it looks as a mail; then the same with a company of one's own. After a run: how all is.
fn say_what_is_next(context: &mut Context, args: &Args, report: &Report<'_>) {
    if !context.printer.to_terminal() {
        return;
    }
    let is_look = context.global.dry_run;
    match report.steps.first() {
        _ if !is_look => next::name(context, "wvl status"),
        _ if args.eml_dir.is_some() && next::is_demo(context) => {
            context.printer.next(&format!("wvl config generate {}", config::usual_file().display()));
        }
        Some(step) => {
            let item = format!("{}:{}", step.rules.key, step.item.reference);
            next::name(context, &format!("wvl escalate explain {}", registers::quoted(&item)));
        }
        None => next::name(context, "wvl escalate list"),
    }
}

/// Tells what was not told today, and how the run ended.
fn told(context: &mut Context, report: &Report<'_>, guard: Guard) -> Result<Done> {
    let dry_run = context.global.dry_run;
    let new_troubles = match dry_run {
        true => report.troubles.clone(),
        false => job::not_yet_said_today(context, &ESCALATE_RUN, &report.troubles)?,
    };
    // told before it is noted as told
    for trouble in &new_troubles {
        context.printer.warn(trouble);
    }
    let over_caps = (report.over_caps > 0).then(|| OVER_CAPS.to_owned());
    if let Some(said) = &over_caps {
        // no failure: it leaves later, and meanwhile somebody may want to know
        if dry_run || !job::not_yet_said_today(context, &ESCALATE_RUN, &BTreeSet::from([said.clone()]))?.is_empty() {
            context.printer.warn(&format!("{said} (now {})", report.over_caps));
        }
    }
    let held = guard.complaint();
    if let Some(complaint) = &held {
        // the escalations are decided and queued; whether they leave is for a person
        let is_new = !job::not_yet_said_today(context, &ESCALATE_RUN, &BTreeSet::from([complaint.clone()]))?.is_empty();
        if is_new || context.printer.has_reader() {
            context.printer.warn(complaint);
        }
    }
    // the diary keeps what is still wrong, also where it has been told today
    let outcome = if report.troubles.is_empty() { Outcome::Ok } else { Outcome::Partial };
    let noted: Vec<&str> = report.troubles.iter().chain(&over_caps).chain(&held).map(String::as_str).collect();
    Ok(Done {
        outcome,
        counts: serde_json::json!({ "steps": report.steps.len(), "mails": report.mails, "over_caps": report.over_caps }),
        message: (!noted.is_empty()).then(|| noted.join("\n")),
        result: match new_troubles.len() {
            0 => Ok(()),
            1 => Err(Error::new(Kind::Partial, "finished with one trouble, named above")),
            count => Err(Error::new(Kind::Partial, format!("finished with {count} troubles, named above"))),
        },
    })
}

fn counted(count: usize, one: &str, many: &str) -> String {
    match count {
        1 => format!("1 {one}"),
        count => format!("{count} {many}"),
    }
}

fn said(report: &Report<'_>, mode: MailMode) -> String {
    let steps = counted(report.steps.len(), "Eskalation", "Eskalationen");
    let taken = match (report.steps.len(), mode) {
        (0, _) => "Nichts zu eskalieren.".to_owned(),
        (_, MailMode::Off) => format!("{steps}, keine Mail: mail.mode ist off."),
        _ => format!("{steps} in {}.", counted(report.mails, "Mail", "Mails")),
    };
    match report.undone {
        0 => taken,
        undone => {
            format!("{} zurückgenommen. {taken}", counted(undone, "geprobte Eskalation", "geprobte Eskalationen"))
        }
    }
}
