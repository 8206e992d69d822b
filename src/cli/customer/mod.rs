//! `wvl customer`: customers, prospects and suppliers.

mod list;
mod new;
mod set;
mod show;

use clap::Subcommand;
use wvl::error::Result;

use super::Context;

/// The verbs of `wvl customer`.
#[derive(Debug, Subcommand)]
#[command(
    after_help = "Examples:\n  wvl customer list --search müller\n  wvl customer set 10815 --follow-up +2w --note \"Angebot Firewall\""
)]
pub enum Verb {
    List(list::Args),
    Show(show::Args),
    New(new::Args),
    Set(set::Args),
    #[command(after_long_help = wvl::import::columns_help(&wvl::party::import::CUSTOMERS))]
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
        Verb::Import(args) => super::import::run(context, &wvl::party::import::CUSTOMERS, &args),
        Verb::Export(args) => {
            super::export::run(context, &wvl::party::import::CUSTOMERS, wvl::party::customer::register().title, &args)
        }
    }
}
