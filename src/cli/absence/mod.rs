//! `wvl absence`: who is away when.

mod cancel;
mod import;
mod list;
mod new;
mod set;
mod show;

use clap::Subcommand;
use wvl::error::Result;

use super::Context;

/// The verbs of `wvl absence`.
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:\n  wvl absence list --open\n  wvl absence new 14 --from 21.12. --to 3.1.")]
pub enum Verb {
    List(list::Args),
    Show(show::Args),
    New(new::Args),
    Set(set::Args),
    Cancel(cancel::Args),
    #[command(after_long_help = wvl::import::columns_help(&wvl::party::import::ABSENCES))]
    Import(import::Args),
    Export(super::export::Args),
}

/// Runs the verb.
pub fn run(context: &mut Context, verb: Verb) -> Result<()> {
    match verb {
        Verb::List(args) => list::run(context, &args),
        Verb::Show(args) => show::run(context, &args),
        Verb::New(args) => new::run(context, &args),
        Verb::Set(args) => set::run(context, &args),
        Verb::Cancel(args) => cancel::run(context, &args),
        Verb::Import(args) => import::run(context, &args),
        Verb::Export(args) => {
            super::export::run(context, &wvl::party::import::ABSENCES, wvl::party::absence::register().title, &args)
        }
    }
}
