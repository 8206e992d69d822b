//! `wvl purchase-order`: what we have ordered from suppliers.

mod close;
mod list;
mod set;
mod show;

use clap::Subcommand;
use wvl::error::Result;

use super::Context;

/// The verbs of `wvl purchase-order`.
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:\n  wvl purchase-order list --overdue\n  wvl purchase-order set E-4711 --expected fr")]
pub enum Verb {
    List(list::Args),
    Show(show::Args),
    Set(set::Args),
    Close(close::Args),
    #[command(after_long_help = wvl::import::columns_help(&wvl::sales::import::PURCHASE_ORDERS))]
    Import(super::import::Args),
    Export(super::export::Args),
}

/// Runs the verb.
pub fn run(context: &mut Context, verb: Verb) -> Result<()> {
    match verb {
        Verb::List(args) => list::run(context, &args),
        Verb::Show(args) => show::run(context, &args),
        Verb::Set(args) => set::run(context, &args),
        Verb::Close(args) => close::run(context, &args),
        Verb::Import(args) => super::import::run(context, &wvl::sales::import::PURCHASE_ORDERS, &args),
        Verb::Export(args) => super::export::run(
            context,
            &wvl::sales::import::PURCHASE_ORDERS,
            wvl::sales::purchase_order::register().title,
            &args,
        ),
    }
}
