//! `wvl site new`

use wvl::error::Result;
use wvl::party::site;

use crate::cli::{Context, flags, registers};

/// Add a site; prints its name
///
/// Example: wvl site new Ulm --calendar ulm
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// Its name
    #[arg(value_parser = flags::filled_line)]
    name: String,
    /// The calendar by which its people work, as in the configuration [default: default]
    #[arg(long, value_name = "NAME", value_parser = flags::line)]
    calendar: Option<String>,
}

/// Adds the site.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let calendar = flags::text(args.calendar.as_ref()).flatten();
    registers::create(context, &site::register(), "wvl site show {}", |connection| {
        site::insert(connection, &args.name, calendar.as_deref())?;
        Ok(args.name.clone())
    })?;
    calendar.map_or(Ok(()), |name| super::set::warn_if_unknown(context, &name))
}
