//! `wvl team`: teams that items can be assigned to.

mod list;
mod new;
mod set;
mod show;

use clap::Subcommand;
use wvl::error::Result;

use super::Context;

/// The verbs of `wvl team`.
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:\n  wvl team list --mine\n  wvl team set Technik --lead 14 --add 7,21")]
pub enum Verb {
    List(list::Args),
    Show(show::Args),
    New(new::Args),
    Set(set::Args),
    #[command(after_long_help = wvl::import::columns_help(&wvl::party::import::TEAMS))]
    Import(super::import::Args),
    Export(super::export::Args),
}

/// Runs the verb.
pub fn run(context: &mut Context, verb: Verb) -> Result<()> {
    match verb {
        Verb::List(args) => list::run(context, &args),
        Verb::Show(args) => show::run(context, &args),
        Verb::New(args) => new::run(context, &args),
        Verb::Set(args) => set::run(context, &args),
        Verb::Import(args) => super::import::run(context, &wvl::party::import::TEAMS, &args),
        Verb::Export(args) => {
            super::export::run(context, &wvl::party::import::TEAMS, wvl::party::team::register().title, &args)
        }
    }
}
