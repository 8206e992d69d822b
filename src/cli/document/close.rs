//! `wvl document close`

use wvl::error::Result;
use wvl::sales::document::{self, Change};

use crate::cli::{Context, flags, registers};

/// Close documents
///
/// Nothing more is to be done, whatever is still open in them; an invoice that is closed owes nothing.
///
/// Example: wvl document close 4711 --kind order
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// The documents' numbers
    #[arg(required = true)]
    numbers: Vec<String>,
    /// offer, order, delivery_note, invoice or credit_note; needed if several kinds share the number
    #[arg(long, value_name = "WORD", value_parser = flags::Word(&document::KIND), hide_possible_values = true)]
    kind: Option<&'static str>,
}

/// Closes the documents.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let now = registers::with_moment(context, |moment| Ok(moment.now))?;
    registers::edit(context, &document::register(), &args.numbers, args.kind, |connection, stored| {
        // what was closed before keeps its instant
        if stored.cell("status").for_programs() == "closed" {
            return Ok(());
        }
        let change = document::in_status(connection, stored.id, Change::default(), "closed", now)?;
        document::update(connection, stored.id, &change)
    })
}
