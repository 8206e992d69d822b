//! `wvl report show`

use wvl::error::Result;
use wvl::output::{Cell, Format, Table, column, visible};
use wvl::report::own::folder;

use crate::cli::Context;

/// The file of a report: its head and its statement
///
/// One that comes with wvl is a good beginning for one of the house's own.
///
/// Examples:
///   wvl report show margin
///   wvl report show margin > /etc/wvl/reports/our-margin.sql
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// Its name
    #[arg(value_name = "NAME")]
    name: String,
}

/// Prints it.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let settings = context.settings()?;
    let own = folder::one(settings.report.folder.as_deref(), &args.name, &settings.mail.channels)?;
    if matches!(context.printer.format(), Format::Table | Format::Tsv) && context.global.columns.is_empty() {
        // somebody else's text must not do anything to a terminal
        let shown = match context.printer.to_terminal() {
            true => own.text().lines().map(|line| visible(line) + "\n").collect(),
            false => own.text().to_owned(),
        };
        return context.printer.data(&shown);
    }
    let mut table = Table::new(vec![
        column("name", "Name"),
        column("title", "Titel"),
        column("file", "Datei"),
        column("text", "Text"),
    ]);
    table.push(vec![
        Cell::Text(own.head.name.clone()),
        Cell::Text(own.head.title.clone()),
        Cell::text((!own.is_built_in).then(|| own.file.clone())),
        Cell::Text(own.text().to_owned()),
    ]);
    context.printer.record(&table)
}
