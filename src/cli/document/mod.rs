//! `wvl document`: offers, orders, delivery notes, invoices and credit notes.

mod close;
mod list;
mod new;
mod set;
mod show;

use clap::Subcommand;
use wvl::error::Result;

use super::Context;

/// The verbs of `wvl document`.
#[derive(Debug, Subcommand)]
#[command(
    after_help = "Examples:\n  wvl document list --kind offer --mine --overdue\n  wvl document new --kind Lieferschein --of AB-2026-0001"
)]
pub enum Verb {
    List(list::Args),
    Show(show::Args),
    New(new::Args),
    Set(set::Args),
    Close(close::Args),
    #[command(after_long_help = wvl::import::columns_help(&wvl::sales::import::DOCUMENTS))]
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
        Verb::Import(args) => super::import::run(context, &wvl::sales::import::DOCUMENTS, &args),
        Verb::Export(args) => {
            super::export::run(context, &wvl::sales::import::DOCUMENTS, wvl::sales::document::register().title, &args)
        }
    }
}
