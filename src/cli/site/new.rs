//! `wvl site new`

use wvl::error::Result;
use wvl::party::site::{self, Change};

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
    /// The company of the group that it belongs to [default: the first]
    #[arg(long, value_name = "NAME")]
    company: Option<String>,
}

/// Adds the site.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let calendar = flags::text(args.calendar.as_ref()).flatten();
    registers::create(context, &site::register(), "wvl site show {}", |connection| {
        let company_id = flags::company(connection, args.company.as_deref())?;
        let change = Change { name: None, calendar: Some(calendar.clone()), company_id };
        site::insert(connection, &args.name, &change)?;
        Ok(args.name.clone())
    })?;
    calendar.map_or(Ok(()), |name| super::set::warn_if_unknown(context, &name))
}
