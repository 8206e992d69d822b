//! `wvl report list`

use wvl::error::{Error, Kind, Result};
use wvl::output::{Cell, Table, column};
use wvl::report::own::folder;

use crate::cli::Context;

/// The reports that can be run: those that come with wvl, and those of the house
///
/// A report of the house is a file in report.folder: a SELECT with a head that says its title, what it counts by, and what
/// can be asked of it.
///
/// Example: wvl report list --columns name,counts_by,parameters
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment, after_long_help = wvl::report::own::HELP)]
pub struct Args {}

/// Prints the list.
pub fn run(context: &mut Context, _args: &Args) -> Result<()> {
    let settings = context.settings()?;
    let listing = folder::all(settings.report.folder.as_deref(), &settings.mail.channels);
    let mut table = Table::new(vec![
        column("name", "Name"),
        column("title", "Titel"),
        column("counts_by", "Zählt nach"),
        column("parameters", "Angaben"),
        column("to", "Empfänger").optional(),
        column("file", "Datei").optional(),
    ]);
    let mut wrong = 0;
    for found in listing.found {
        let own = match found.read {
            Ok(own) => own,
            Err(error) => {
                context.printer.error(&error, false);
                wrong += 1;
                continue;
            }
        };
        table.push(vec![
            Cell::Text(found.name),
            Cell::Text(own.head.title.clone()),
            Cell::Text(own.head.counts_by.clone()),
            Cell::List(own.head.parameters.iter().map(|parameter| parameter.name.clone()).collect()),
            Cell::text(Some(own.head.to.to_string()).filter(|to| !to.is_empty())),
            Cell::text((!own.is_built_in).then_some(own.file)),
        ]);
    }
    context.printer.list(&table)?;
    match (listing.trouble, wrong) {
        (Some(error), _) => Err(error),
        (None, 0) => Ok(()),
        (None, 1) => Err(Error::new(Kind::Partial, "a report cannot be read")),
        (None, wrong) => Err(Error::new(Kind::Partial, format!("{wrong} reports cannot be read"))),
    }
}
