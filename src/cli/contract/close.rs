//! `wvl contract close`

use wvl::contract::{self, Change};
use wvl::error::Result;

use crate::cli::{Context, registers};

/// End contracts: nothing of them is due any more
///
/// Example: wvl contract close W-100
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// The contracts' numbers
    #[arg(required = true)]
    numbers: Vec<String>,
}

/// Ends the contracts.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    registers::edit(context, &contract::register(), &args.numbers, None, |connection, stored| {
        // what was put into the archive stays there
        let status = (stored.cell("status").for_programs() != "archived").then_some("ended");
        contract::update(connection, stored.id, &Change { status, ..Change::default() })
    })
}
