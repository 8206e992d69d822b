//! `wvl mail queue`: what waits, what went wrong, and what people decide about it.

mod chosen;
mod discard;
mod list;
mod retry;
mod show;

use clap::Subcommand;
use wvl::error::Result;

use crate::cli::Context;

/// The verbs of `wvl mail queue`.
#[derive(Debug, Subcommand)]
#[command(
    after_help = "Examples:\n  wvl mail queue list --state failed,unknown\n  wvl mail queue retry --state failed --search @firma.de"
)]
pub enum Verb {
    List(list::Args),
    Show(show::Args),
    Retry(retry::Args),
    Discard(discard::Args),
}

impl Verb {
    /// Whether it prints a mail as it is, and no table.
    pub fn prints_mail(&self) -> bool {
        matches!(self, Verb::Show(args) if args.raw)
    }
}

/// Runs the verb.
pub fn run(context: &mut Context, verb: Verb) -> Result<()> {
    match verb {
        Verb::List(args) => list::run(context, &args),
        Verb::Show(args) => show::run(context, &args),
        Verb::Retry(args) => retry::run(context, &args),
        Verb::Discard(args) => discard::run(context, &args),
    }
}
