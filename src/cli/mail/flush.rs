//! `wvl mail flush`: sends what is queued.

use std::collections::BTreeSet;

use wvl::db::job_runs::Outcome;
use wvl::error::{Error, Kind, Result};
use wvl::job::catalog::MAIL_FLUSH;
use wvl::outbox::{self, FlushLimits, FlushReport, queue};

use crate::cli::Context;
use crate::cli::job::{self, Busy, Done, Ended};

/// Send the mails that are queued, and those whose next attempt is due
///
/// Made for cron, every few minutes; may run on several hosts at once. Silent on success. Ends with 3 if a recipient
/// was given up or nobody knows whether the mail arrived (each is named, once), with 69 if the mail server cannot be
/// reached: then everything stays queued. After a restore nothing leaves before `wvl mail release`: that is said, with 3,
/// once a day.
///
/// Examples:
///   wvl mail flush             send what is due
///   wvl mail flush --dry-run   show what is due
///   wvl mail flush --limit 50  send to 50 recipients at most
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    #[command(flatten)]
    busy: Busy,
}

/// Runs the job.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let settings = context.settings()?;
    let limit = context.global.limit;
    if context.global.dry_run {
        let due = queue::due(context.connection()?, settings.zone, limit)?;
        return context.printer.list(&due);
    }
    let prepare = |context: &mut Context| context.connection().map(drop);
    job::run(context, &MAIL_FLUSH, args.busy, prepare, |context, (), _| {
        let signal = context.note_signals()?;
        let report = send(context, FlushLimits { recipients: limit, signal: Some(&signal), ..FlushLimits::default() })?;
        Ok(Ended::Done(say(context, report)?))
    })
}

/// Sends what these limits leave, over all ways there are.
pub(super) fn send(context: &mut Context, limits: FlushLimits<'_>) -> Result<FlushReport> {
    let settings = context.settings()?;
    let state_folder = context.state_folder()?;
    let lanes = outbox::lanes(&settings.mail, &state_folder)?;
    let connect = context.connector()?;
    let _waiting = context.printer.waiting("Versand");
    outbox::flush(context.connection()?, &connect, &settings.mail, &lanes, limits)
}

/// Names who did not get his mail, and says how the job ends.
fn say(context: &mut Context, report: FlushReport) -> Result<Done> {
    for trouble in &report.troubles {
        context.printer.warn(&trouble.to_string());
    }
    for note in report.notes.iter().filter(|_| context.printer.has_reader()) {
        context.printer.warn(note);
    }
    let counts = report.counts();
    if let Some(complaint) = report.guard.complaint() {
        let is_new = !job::not_yet_said_today(context, &MAIL_FLUSH, &BTreeSet::from([complaint.clone()]))?.is_empty();
        let told = if is_new || context.printer.has_reader() {
            Err(Error::new(Kind::Partial, complaint.as_str()))
        } else {
            Ok(())
        };
        return Ok(Done { outcome: Outcome::Partial, counts, message: Some(complaint), result: told });
    }
    let troubles = report.named();
    let result = match report.stopped {
        Some(error) => {
            Err(error.hint("nothing is lost: what was not sent is still queued and tried again by wvl mail flush"))
        }
        None if troubles == 1 => Err(Error::new(Kind::Partial, "one recipient did not get the mail, named above")),
        None if troubles > 1 => {
            Err(Error::new(Kind::Partial, format!("{troubles} recipients did not get the mail, named above")))
        }
        None => context.printer.job_done(&match (report.sent, report.retry) {
            (0, 0) => "Nichts zu versenden.".to_owned(),
            (sent, 0) => format!("{sent} versendet."),
            (sent, retry) => format!("{sent} versendet, {retry} werden später wiederholt."),
        }),
    };
    Ok(Done::new(counts, result))
}
