//! `wvl escalate simulate`: who would get how many mails.

use std::path::Path;

use wvl::config::{self, Origin, Source};
use wvl::error::Result;
use wvl::escalation::simulate::{MOST_DAYS, simulate};
use wvl::settings::Settings;

use crate::cli::{Context, next};

/// Who would get how many mails in the days to come, and about how many items of each stage
///
/// For the days before going live, and to try other hours: nothing is written and nothing is sent, whatever mail.mode says.
/// A run is assumed at every full hour and at each collect time, on the people of that day. It counts with what is open
/// now: nothing is added, finished or moved.
///
/// --config NEW with a file that names no database takes [escalation] and [calendar] from it, and everything else from the
/// usual configuration. The total stands on stderr.
///
/// Examples:
///   wvl escalate simulate
///   wvl escalate simulate --days 30 -o mails.tsv
///   wvl escalate simulate --config new.toml
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// How many days, today included
    #[arg(long, value_name = "N", default_value_t = 14, value_parser = clap::value_parser!(u32).range(1..=i64::from(MOST_DAYS)))]
    days: u32,
}

/// Simulates.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let other = other_rules(context)?;
    context.tell_warnings()?;
    let usual = context.settings()?;
    let settings = match other {
        Some(Rules { settings, has_calendars: true }) => {
            Settings { escalation: settings.escalation, calendars: settings.calendars, ..(*usual).clone() }
        }
        Some(Rules { settings, has_calendars: false }) => {
            Settings { escalation: settings.escalation, ..(*usual).clone() }
        }
        None => (*usual).clone(),
    };
    context.connection()?;
    let now = context.now()?;
    let waiting = context.printer.waiting("Simulation");
    let simulation = simulate(context.connection()?, &settings, now, args.days)?;
    drop(waiting);
    for trouble in &simulation.troubles {
        context.printer.warn(trouble);
    }
    context.printer.list(&simulation)?;
    for line in simulation.summary() {
        context.printer.note(&line);
    }
    next::name(context, "wvl cron install");
    Ok(())
}

/// The rules of a file that leaves the rest to the usual configuration.
struct Rules {
    settings: Settings,
    has_calendars: bool,
}

/// Takes the file named by --config out of the context if it only holds rules.
fn other_rules(context: &mut Context) -> Result<Option<Rules>> {
    let Some(file) = context.global.config.clone() else { return Ok(None) };
    let source = Source::find(Some(Path::new(&file)), None, config::home_of_user().as_deref())?;
    let entries = Settings::inspect(&source, &[]).entries;
    let has = |section: &str| {
        let is_set = |entry: &config::Entry| !matches!(entry.origin, Origin::Default);
        entries.iter().any(|entry| entry.key.starts_with(section) && is_set(entry))
    };
    if has("database.") {
        return Ok(None);
    }
    let (settings, warnings) = Settings::load(&source, &[])?;
    for warning in warnings {
        context.printer.warn(&warning.to_string());
    }
    context.global.config = None;
    Ok(Some(Rules { settings, has_calendars: has("calendar.") }))
}
