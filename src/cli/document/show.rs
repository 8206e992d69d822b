//! `wvl document show`

use wvl::error::Result;
use wvl::sales::document;

use crate::cli::Context;
use crate::cli::registers::{self, Part};

/// One document with its lines.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The document's number
    number: String,
    /// offer, order, delivery_note, invoice or credit_note; needed if several kinds share the number
    #[arg(long, value_name = "WORD", value_parser = |word: &str| document::KIND.parse(word))]
    kind: Option<&'static str>,
}

/// Prints the document.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let lines = Part::owned("lines", "Positionen", document::lines());
    registers::show(context, &document::register(), &args.number, args.kind, vec![lines])
}
