//! `wvl ticket close`

use wvl::error::Result;
use wvl::ticket;

use crate::cli::{Context, registers};

/// Close tickets.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The tickets' numbers
    #[arg(required = true)]
    numbers: Vec<String>,
}

/// Closes the tickets.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    registers::edit(context, &ticket::register(), &args.numbers, None, |connection, stored| {
        let change = ticket::Change { status: Some("closed"), ..ticket::Change::default() };
        ticket::update(connection, stored.id, &change)
    })
}
