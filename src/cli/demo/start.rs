//! `wvl demo start`

use wvl::db::{Cluster, migrations};
use wvl::demo::{company, history, mark};
use wvl::error::Result;
use wvl::template::Templates;

use super::{Context, PlaceArgs, default_calendar, deliver, folder_flag, instant, said_instant, work_in};

/// Make a database and a company of its own, and let the weeks before today happen.
///
/// Everything lies in one folder; no other database, configuration or mail server is touched. A second start finds what is
/// there and changes nothing.
///
/// Example: wvl demo start && wvl demo tour
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    place: PlaceArgs,
}

/// Runs it.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let place = args.place.place()?;
    let folder = place.folder().display().to_string();
    if context.global.dry_run {
        let said = if place.exists() { "ist schon da" } else { "würde angelegt" };
        return context.printer.job_done(&format!("Die Demo in {folder} {said}."));
    }
    context.printer.note(&format!("Demo in {folder}: Datenbank starten …"));
    place.prepare()?;
    work_in(context, &place);
    let settings = context.settings()?;
    Cluster::new(&settings.database, &context.environment.places())?.start()?;
    let mut connection = context.connect_to_any_schema()?;
    migrations::run(&mut connection)?;
    mark::set(&mut connection)?;
    drop(connection);

    let at = instant(context)?;
    let calendar = default_calendar(&settings)?;
    if company::fill(context.connection()?, at.at, calendar)? {
        context
            .printer
            .note("Quellfeld Systemhaus GmbH: 12 Mitarbeiter, 80 Partner, Belege, Tickets, Verträge, Aufgaben.");
    }
    if !history::is_written(context.connection()?)? {
        let mails = live_through(context, at.at)?;
        context.printer.note(&format!(
            "Die drei Wochen davor sind gelaufen: {mails} Mails liegen in {}.",
            place.maildir().display()
        ));
    }
    context.printer.note(&said_instant(at, settings.zone));
    context.printer.note(&format!("Weiter mit: wvl demo tour{}", folder_flag(&place)));
    Ok(())
}

/// Lets the engine run at its earlier instants; answers how many mails that made.
fn live_through(context: &mut Context, at: chrono::DateTime<chrono::Utc>) -> Result<usize> {
    let settings = context.settings()?;
    let calendar = default_calendar(&settings)?;
    let instants = history::instants(at, calendar);
    let bar = context.printer.progress(instants.len() as u64, "Wochen davor");
    let templates = Templates::load(settings.mail.templates.as_deref())?;
    let keys = context.signing_keys()?;
    history::replay(context.connection()?, &settings, &templates, &keys, &instants, || bar.inc(1))?;
    bar.finish_and_clear();
    Ok(deliver(context)?.sent)
}
