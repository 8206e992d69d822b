//! `wvl department`: departments and their heads.

mod list;
mod new;
mod set;
mod show;

use clap::Subcommand;
use wvl::error::Result;

use super::Context;

/// The verbs of `wvl department`.
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:\n  wvl department list\n  wvl department set Technik --head 14")]
pub enum Verb {
    List(list::Args),
    Show(show::Args),
    New(new::Args),
    Set(set::Args),
    #[command(after_long_help = wvl::import::columns_help(&wvl::party::import::DEPARTMENTS))]
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
        Verb::Import(args) => super::import::run(context, &wvl::party::import::DEPARTMENTS, &args),
        Verb::Export(args) => super::export::run(
            context,
            &wvl::party::import::DEPARTMENTS,
            wvl::party::department::register().title,
            &args,
        ),
    }
}
