//! `wvl product`: what is sold and bought.

mod list;
mod show;

use clap::Subcommand;
use wvl::error::Result;

use super::Context;

/// The verbs of `wvl product`.
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:\n  wvl product list --search switch\n  wvl product show SW-24")]
pub enum Verb {
    List(list::Args),
    Show(show::Args),
    #[command(after_long_help = wvl::import::columns_help(&wvl::sales::import::PRODUCTS))]
    Import(super::import::Args),
}

/// Runs the verb.
pub fn run(context: &mut Context, verb: Verb) -> Result<()> {
    match verb {
        Verb::List(args) => list::run(context, &args),
        Verb::Show(args) => show::run(context, &args),
        Verb::Import(args) => super::import::run(context, &wvl::sales::import::PRODUCTS, &args),
    }
}
