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
pub enum Verb {
    /// Customers, prospects and suppliers
    List(list::Args),
    /// One customer with everything
    Show(show::Args),
    /// Add a customer; prints its number
    New(new::Args),
    /// Move a follow-up, change representatives, name or address of mails
    Set(set::Args),
    #[command(after_long_help = wvl::import::columns_help(&wvl::party::import::CUSTOMERS))]
    Import(super::import::Args),
}

/// Runs the verb.
pub fn run(context: &mut Context, verb: Verb) -> Result<()> {
    match verb {
        Verb::List(args) => list::run(context, &args),
        Verb::Show(args) => show::run(context, &args),
        Verb::New(args) => new::run(context, &args),
        Verb::Set(args) => set::run(context, &args),
        Verb::Import(args) => super::import::run(context, &wvl::party::import::CUSTOMERS, &args),
    }
}
