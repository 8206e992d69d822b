//! `wvl report check`

use wvl::error::{Error, Kind, Result};
use wvl::report::own::{check, folder};
use wvl::template::Templates;

use super::how;
use crate::cli::Context;

/// Try each report against the database, without computing anything
///
/// Its head, its statement, the defaults of what can be asked of it, its template, and whether anybody gets it. Without a name all of
/// them; each mistake is named, and then the exit code is 3.
///
/// Examples:
///   wvl report check
///   wvl report check umsatz-je-kunde
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// Only this one
    #[arg(value_name = "NAME")]
    name: Option<String>,
}

/// Checks them.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let settings = context.settings()?;
    let (place, channels) = (settings.report.folder.as_deref(), &settings.mail.channels);
    let mut wrong: Vec<Error> = Vec::new();
    let mut sound = 0;
    let mut reports = Vec::new();
    match &args.name {
        Some(name) => match folder::one(place, name, channels) {
            Err(error) if error.kind() == Kind::NotFound => return Err(error),
            Err(error) => wrong.push(error),
            Ok(own) => reports.push(own),
        },
        None => {
            let listing = folder::all(place, channels);
            wrong.extend(listing.trouble);
            for found in listing.found {
                match found.read {
                    Ok(own) => reports.push(own),
                    Err(error) => wrong.push(error),
                }
            }
        }
    }
    wrong.extend(place.and_then(|place| folder::check_rights(place).err()));
    let run = how(context)?;
    let templates = Templates::load(settings.mail.templates.as_deref())?;
    for own in reports {
        own.warnings().iter().for_each(|warning| context.printer.warn(warning));
        let found = check::check(context.connection()?, &own, &settings, &templates, &run);
        sound += usize::from(found.is_empty());
        wrong.extend(found);
    }
    wrong.iter().for_each(|error| context.printer.error(error, false));
    match wrong.len() {
        0 => context.printer.job_done(&format!("{sound} Berichte in Ordnung")),
        1 => Err(Error::new(Kind::Partial, "1 mistake in the reports")),
        count => Err(Error::new(Kind::Partial, format!("{count} mistakes in the reports"))),
    }
}
