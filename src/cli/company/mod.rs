//! `wvl company`: the companies of the group.

mod list;
mod set;
mod show;

use clap::Subcommand;
use wvl::error::Result;

use super::Context;

/// The verbs of `wvl company`.
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:\n  wvl company list\n  wvl company set Firma --name 'Systemhaus Neckar GmbH'")]
pub enum Verb {
    List(list::Args),
    Show(show::Args),
    Set(set::Args),
}

/// Runs the verb.
pub fn run(context: &mut Context, verb: Verb) -> Result<()> {
    match verb {
        Verb::List(args) => list::run(context, &args),
        Verb::Show(args) => show::run(context, &args),
        Verb::Set(args) => set::run(context, &args),
    }
}
