//! `wvl document`: offers, orders, delivery notes, invoices and credit notes.

mod close;
mod list;
mod set;
mod show;

use clap::Subcommand;
use wvl::error::Result;

use super::Context;

/// The verbs of `wvl document`.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Documents, the newest first
    List(list::Args),
    /// One document with its lines
    Show(show::Args),
    /// Change the state, move dates, renew a licence
    Set(set::Args),
    /// Close documents: nothing more is to be done
    Close(close::Args),
    #[command(after_long_help = wvl::import::columns_help(&wvl::sales::import::DOCUMENTS))]
    Import(super::import::Args),
}

/// Runs the verb.
pub fn run(context: &mut Context, verb: Verb) -> Result<()> {
    match verb {
        Verb::List(args) => list::run(context, &args),
        Verb::Show(args) => show::run(context, &args),
        Verb::Set(args) => set::run(context, &args),
        Verb::Close(args) => close::run(context, &args),
        Verb::Import(args) => super::import::run(context, &wvl::sales::import::DOCUMENTS, &args),
    }
}
