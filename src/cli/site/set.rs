//! `wvl site set`

use wvl::error::Result;
use wvl::party::site::{self, Change};

use crate::cli::{Context, flags, registers};

/// Say by which calendar the people of a site work, and to which company it belongs
///
/// Calendars stand in the configuration, as [calendar.NAME]; keine means the one called default.
///
/// Examples:
///   wvl site set Zentrale --calendar stuttgart
///   wvl site set Zentrale --name Stuttgart
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// The sites' names
    #[arg(required = true)]
    sites: Vec<String>,
    #[command(flatten)]
    changes: Changes,
}

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = true)]
struct Changes {
    /// The calendar
    #[arg(long, value_name = "NAME", value_parser = flags::line)]
    calendar: Option<String>,
    /// The name of the site
    #[arg(long, value_name = "TEXT", value_parser = flags::filled_line)]
    name: Option<String>,
    /// The company of the group that it belongs to
    #[arg(long, value_name = "NAME")]
    company: Option<String>,
}

/// Changes the sites.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let calendar = flags::text(args.changes.calendar.as_ref());
    registers::edit(context, &site::register(), &args.sites, None, |connection, stored| {
        let company_id = flags::company(connection, args.changes.company.as_deref())?;
        let change = Change { name: args.changes.name.clone(), calendar: calendar.clone(), company_id };
        site::update(connection, stored.id, &change)
    })?;
    if let Some(Some(name)) = calendar {
        warn_if_unknown(context, &name)?;
    }
    Ok(())
}

/// The configuration may follow later, and another host's may have it; so an unknown calendar is only worth a word.
pub(super) fn warn_if_unknown(context: &mut Context, calendar: &str) -> Result<()> {
    let settings = context.settings()?;
    if !settings.calendars.contains_key(calendar) {
        let known: Vec<&str> = settings.calendars.keys().map(String::as_str).collect();
        context.printer.warn(&format!(
            "the configuration has no calendar “{calendar}”; until it has one, “default” counts (there are: {})",
            known.join(", ")
        ));
    }
    Ok(())
}
