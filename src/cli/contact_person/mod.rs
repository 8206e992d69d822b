//! `wvl contact-person`: the people at customers.

mod list;
mod show;

use clap::Subcommand;
use wvl::error::Result;

use super::Context;

/// The verbs of `wvl contact-person`.
#[derive(Debug, Subcommand)]
#[command(
    after_help = "Examples:\n  wvl contact-person list --customer 10001\n  wvl contact-person import personen.csv"
)]
pub enum Verb {
    List(list::Args),
    Show(show::Args),
    #[command(after_long_help = wvl::import::columns_help(&wvl::party::import::CONTACT_PERSONS))]
    Import(super::import::Args),
    Export(super::export::Args),
}

/// Runs the verb.
pub fn run(context: &mut Context, verb: Verb) -> Result<()> {
    match verb {
        Verb::List(args) => list::run(context, &args),
        Verb::Show(args) => show::run(context, &args),
        Verb::Import(args) => super::import::run(context, &wvl::party::import::CONTACT_PERSONS, &args),
        Verb::Export(args) => super::export::run(
            context,
            &wvl::party::import::CONTACT_PERSONS,
            wvl::party::contact_person::register().title,
            &args,
        ),
    }
}
