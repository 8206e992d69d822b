//! `wvl contract`: contracts and duties of our own.

mod list;
mod set;
mod show;

use clap::Subcommand;
use wvl::error::Result;

use super::Context;

/// The verbs of `wvl contract`.
#[derive(Debug, Subcommand)]
#[command(
    after_help = "Examples:\n  wvl contract list --open --to jahresende\n  wvl contract set W-100 --next-billing 1.1."
)]
pub enum Verb {
    List(list::Args),
    Show(show::Args),
    Set(set::Args),
    #[command(after_long_help = wvl::import::columns_help(&wvl::contract::import::CONTRACTS))]
    Import(super::import::Args),
    Export(super::export::Args),
}

/// Runs the verb.
pub fn run(context: &mut Context, verb: Verb) -> Result<()> {
    match verb {
        Verb::List(args) => list::run(context, &args),
        Verb::Show(args) => show::run(context, &args),
        Verb::Set(args) => set::run(context, &args),
        Verb::Import(args) => super::import::run(context, &wvl::contract::import::CONTRACTS, &args),
        Verb::Export(args) => {
            super::export::run(context, &wvl::contract::import::CONTRACTS, wvl::contract::register().title, &args)
        }
    }
}
