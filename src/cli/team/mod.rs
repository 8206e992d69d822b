//! `wvl team`: teams that items can be assigned to.

mod list;
mod show;

use clap::Subcommand;
use wvl::error::Result;

use super::Context;

/// The verbs of `wvl team`.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Teams with their leads and members
    List(list::Args),
    /// One team
    Show(show::Args),
}

/// Runs the verb.
pub fn run(context: &mut Context, verb: Verb) -> Result<()> {
    match verb {
        Verb::List(args) => list::run(context, &args),
        Verb::Show(args) => show::run(context, &args),
    }
}
