//! `wvl mail flush`: sends what is queued.

use wvl::db::job_runs::{self, Outcome};
use wvl::error::{Error, Kind, Result};
use wvl::outbox::{self, FlushLimits, FlushReport, queue};

use crate::cli::Context;

/// Send the mails that are queued, and those whose next attempt is due
///
/// Made for cron, every few minutes; may run on several hosts at once. Silent on success. Ends with 3 if a recipient
/// was given up or nobody knows whether the mail arrived (each is named, once), with 69 if the mail server cannot be
/// reached: then everything stays queued.
///
/// Examples:
///   wvl mail flush             send what is due
///   wvl mail flush --dry-run   show what is due
///   wvl mail flush --limit 50  send to 50 recipients at most
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {}

/// Runs the job.
pub fn run(context: &mut Context, _: &Args) -> Result<()> {
    let settings = context.settings()?;
    let limit = context.global.limit;
    if context.global.dry_run {
        let due = queue::due(context.connection()?, settings.zone, limit)?;
        return context.printer.list(&due);
    }
    let signal = context.note_signals()?;
    let job = job_runs::start(context.connection()?, "mail flush")?;
    let limits = FlushLimits { recipients: limit, signal: Some(&signal) };
    let outcome = send(context, limits).and_then(|report| say(context, report));
    let (counts, result) = match outcome {
        Ok((counts, result)) => (counts, result),
        Err(error) => (serde_json::json!({}), Err(error)),
    };
    let noted = match &result {
        Ok(()) => job.finish(context.connection()?, Outcome::Ok, 0, &counts, None),
        Err(error) => {
            let (code, message) = (error.kind().exit_code(), error.full_message());
            job.finish(context.connection()?, Outcome::of(error), code, &counts, Some(&message))
        }
    };
    // what happened to the mails counts more than whether the diary could be written
    result.and(noted)
}

fn send(context: &mut Context, limits: FlushLimits<'_>) -> Result<FlushReport> {
    let settings = context.settings()?;
    let state_folder = context.state_folder()?;
    let mut delivery = outbox::open(&settings.mail, &state_folder)?;
    let _waiting = context.printer.waiting("Versand");
    outbox::flush(context.connection()?, &settings.mail, delivery.as_mut(), limits)
}

/// Names who did not get his mail; returns the counts and how the job ends.
fn say(context: &Context, report: FlushReport) -> Result<(serde_json::Value, Result<()>)> {
    for trouble in &report.troubles {
        context.printer.warn(&trouble.to_string());
    }
    let counts = report.counts();
    let troubles = report.failed + report.unknown + report.held;
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
    Ok((counts, result))
}
