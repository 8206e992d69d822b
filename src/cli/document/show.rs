//! `wvl document show`

use wvl::error::Result;
use wvl::escalation::types::Record;
use wvl::sales::document::{self, shown};

use crate::cli::registers::{self, Part};
use crate::cli::{Context, parts};

/// One document: its lines, what it was made from and what was made from it, and what happened to it
///
/// Of each line: how much is delivered and invoiced, and how much still is to be.
///
/// Examples:
///   wvl document show AB-2026-0001
///   wvl document show 4711 --kind Auftrag --json
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// The document's number
    number: String,
    /// offer, order, delivery_note, invoice or credit_note; needed if several kinds share the number
    #[arg(long, value_name = "WORD", value_parser = crate::cli::flags::Word(&document::KIND), hide_possible_values = true)]
    kind: Option<&'static str>,
}

/// Prints the document.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let parts = vec![
        Part::owned("lines", "Positionen", shown::lines()),
        Part::owned("predecessors", "Vorgänger", shown::predecessors()),
        Part::owned("successors", "Folgebelege", shown::successors()),
        Part::owned("events", "Verlauf", shown::events()),
        parts::mails(Record::Document),
    ];
    registers::show(context, &document::register(), &args.number, args.kind, parts)
}
