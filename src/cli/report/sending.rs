//! How `report gf-daily` and `report department-daily` send what they print.

use std::collections::BTreeSet;
use std::path::Path;

use wvl::db::job_runs::Outcome;
use wvl::edition::{self, Asked, OwnAsked, Skipped, Summary};
use wvl::error::{Error, Kind, Result};
use wvl::job::Job;
use wvl::outbox;
use wvl::outbox::message_id::SigningKeys;
use wvl::outbox::settings::{MailMode, Transport};
use wvl::output::{Cell, Table, column};
use wvl::report::own::Own;
use wvl::template::Templates;

use crate::cli::job::{self, Done, Ended};
use crate::cli::{Context, flush};

/// What is asked for beside the report itself.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub struct Sending {
    /// Queue the mails of the day and send them, each once; on free days and before report.send_at nothing
    #[arg(long)]
    send: bool,
    /// Send them once more, at whatever hour
    #[arg(long)]
    resend: bool,
    /// Queue the mails and send nothing
    #[arg(long)]
    no_flush: bool,
    #[command(flatten)]
    pub busy: job::Busy,
}

impl Sending {
    /// Whether anything is to be sent.
    pub fn sends(self) -> bool {
        self.send || self.resend
    }
}

/// Sends these reports as a job.
pub fn run(
    context: &mut Context,
    job: &Job,
    reports: &[&'static str],
    flags: Sending,
    eml_dir: Option<&Path>,
) -> Result<()> {
    let prepare = |context: &mut Context| {
        edition::wanted(&*context.settings()?, reports)?;
        prepare(context, eml_dir)
    };
    job::run(context, job, flags.busy, prepare, |context, (templates, keys), diary| {
        let settings = context.settings()?;
        let (now, dry_run) = (context.now()?, context.global.dry_run);
        let asked = Asked {
            settings: &settings,
            templates: &templates,
            keys: &keys,
            now,
            reports,
            resend: flags.resend,
            dry_run,
        };
        let summary = edition::send(context.connection()?, &asked)?;
        let done = told(context, job, &summary)?;
        diary.close(context, &done)?;
        if let Some(folder) = eml_dir {
            let messages: Vec<_> = summary.sent.iter().map(|sent| sent.message.clone()).collect();
            outbox::write_eml_dir(folder, &messages)?;
        }
        if dry_run {
            context.printer.list(&table(&summary))?;
        } else {
            context.printer.job_done(&said(&summary))?;
            if !flags.no_flush && !summary.sent.is_empty() {
                flush::queued(context)?;
            }
        }
        context.check_signals()?;
        Ok(Ended::Done(done))
    })
}

/// Sends a report of the house's own to those whom its head names.
pub fn own(context: &mut Context, own: &Own, given: &[(String, String)], resend: bool) -> Result<()> {
    let (templates, keys) = prepare(context, None)?;
    let settings = context.settings()?;
    let (now, dry_run) = (context.now()?, context.global.dry_run);
    let asked = OwnAsked { settings: &settings, templates: &templates, keys: &keys, now, own, given, resend, dry_run };
    let summary = edition::send_own(context.connection()?, &asked)?;
    for trouble in &summary.troubles {
        context.printer.warn(trouble);
    }
    if dry_run {
        context.printer.list(&table(&summary))?;
    } else {
        context.printer.job_done(&said(&summary))?;
        if !summary.sent.is_empty() {
            flush::queued(context)?;
        }
    }
    match summary.troubles.len() {
        0 => Ok(()),
        count => Err(Error::new(Kind::Partial, format!("{count} of its readers have no mail, named above"))),
    }
}

fn prepare(context: &mut Context, eml_dir: Option<&Path>) -> Result<(Templates, SigningKeys)> {
    let settings = context.settings()?;
    let templates = Templates::load(settings.mail.templates.as_deref())?;
    let keys = context.signing_keys()?;
    context.connection()?;
    context.now()?;
    let reaches_people = settings.mail.mode == MailMode::Live && settings.mail.transport == Transport::Smtp;
    if !context.global.dry_run && reaches_people && context.is_another_day()? {
        return Err(Error::usage(
            "--as-of names another day, and mail.mode is live: people would get the mail of another day",
        )
        .hint("add --dry-run to look, or set mail.mode = \"redirect\" to try it"));
    }
    if let Some(folder) = eml_dir {
        outbox::write_eml_dir(folder, &[])?;
    }
    Ok((templates, keys))
}

/// Tells what was not told today, and how the run ended.
fn told(context: &mut Context, job: &Job, summary: &Summary) -> Result<Done> {
    let new_troubles: BTreeSet<String> = match context.global.dry_run {
        true => summary.troubles.clone(),
        false => job::not_yet_said_today(context, job, &summary.troubles)?,
    };
    for trouble in &new_troubles {
        context.printer.warn(trouble);
    }
    Ok(Done {
        outcome: if summary.troubles.is_empty() { Outcome::Ok } else { Outcome::Partial },
        counts: serde_json::json!({ "mails": summary.sent.len() }),
        message: (!summary.troubles.is_empty())
            .then(|| summary.troubles.iter().map(String::as_str).collect::<Vec<_>>().join("\n")),
        result: match new_troubles.len() {
            0 => Ok(()),
            1 => Err(Error::new(Kind::Partial, "finished with one trouble, named above")),
            count => Err(Error::new(Kind::Partial, format!("finished with {count} troubles, named above"))),
        },
    })
}

fn said(summary: &Summary) -> String {
    match (summary.skipped, summary.sent.len()) {
        (Some(Skipped::Off), _) => "mail.mode ist off: keine Mail geschrieben".to_owned(),
        (Some(Skipped::FreeDay), _) => "heute wird nicht gearbeitet: der nächste Arbeitstag erzählt davon".to_owned(),
        (Some(Skipped::TooEarly), _) => "noch vor report.send_at: --resend verschickt trotzdem".to_owned(),
        (Some(Skipped::Done), _) => {
            "alle haben die Mail von heute schon: --resend verschickt sie noch einmal".to_owned()
        }
        (Some(Skipped::Empty), _) => "nichts gefunden: keine Mail geschrieben".to_owned(),
        (None, 1) => "1 Mail in der Warteschlange".to_owned(),
        (None, count) => format!("{count} Mails in der Warteschlange"),
    }
}

fn table(summary: &Summary) -> Table {
    let mut table = Table::new(vec![
        column("report", "Bericht"),
        column("scope", "Bereich"),
        column("address", "Empfänger"),
        column("subject", "Betreff"),
    ]);
    for sent in &summary.sent {
        table.push(vec![
            Cell::text(Some(sent.report.clone())),
            Cell::text(sent.scope.clone()),
            Cell::text(Some(sent.address.clone())),
            Cell::text(Some(sent.subject.clone())),
        ]);
    }
    table
}
