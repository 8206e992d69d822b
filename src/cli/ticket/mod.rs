//! `wvl ticket`: requests of customers and orders inside the house.

mod close;
mod list;
mod new;
mod set;
mod show;

use clap::Subcommand;
use wvl::error::Result;

use super::Context;

/// The verbs of `wvl ticket`.
#[derive(Debug, Subcommand)]
#[command(
    after_help = "Examples:\n  wvl ticket new \"Drucker druckt nicht\" --customer 10001 --severity hoch\n  wvl ticket list --mine --open --sort due"
)]
pub enum Verb {
    List(list::Args),
    Show(show::Args),
    New(new::Args),
    Set(set::Args),
    Close(close::Args),
    #[command(after_long_help = wvl::import::columns_help(&wvl::ticket::import::TICKETS))]
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
        Verb::Close(args) => close::run(context, &args),
        Verb::Import(args) => super::import::run(context, &wvl::ticket::import::TICKETS, &args),
        Verb::Export(args) => {
            super::export::run(context, &wvl::ticket::import::TICKETS, wvl::ticket::register().title, &args)
        }
    }
}
