//! `wvl absence`: who is away when.

mod list;
mod new;
mod set;
mod show;

use clap::Subcommand;
use wvl::error::Result;

use super::Context;

/// The verbs of `wvl absence`.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Who is away when
    List(list::Args),
    /// One absence
    Show(show::Args),
    /// Enter an absence; prints its number
    New(new::Args),
    /// Extend, shorten or move an absence
    Set(set::Args),
}

/// Runs the verb.
pub fn run(context: &mut Context, verb: Verb) -> Result<()> {
    match verb {
        Verb::List(args) => list::run(context, &args),
        Verb::Show(args) => show::run(context, &args),
        Verb::New(args) => new::run(context, &args),
        Verb::Set(args) => set::run(context, &args),
    }
}
