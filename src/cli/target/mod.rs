//! `wvl target`: what a month is meant to bring.

mod list;

use clap::Subcommand;
use wvl::error::Result;
use wvl::sales::target::{TARGETS, register};

use super::Context;

/// The verbs of `wvl target`.
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:\n  wvl target import ziele.csv\n  wvl target list --from 2026-01 --to 2026-12")]
pub enum Verb {
    List(list::Args),
    #[command(after_long_help = wvl::import::columns_help(&TARGETS))]
    Import(super::import::Args),
    Export(super::export::Args),
}

/// Runs the verb.
pub fn run(context: &mut Context, verb: Verb) -> Result<()> {
    match verb {
        Verb::List(args) => list::run(context, &args),
        Verb::Import(args) => super::import::run(context, &TARGETS, &args),
        Verb::Export(args) => super::export::run(context, &TARGETS, register().title, &args),
    }
}
