//! `wvl notice`: what somebody is to be told.

mod done;
mod list;
mod new;
mod set;
mod show;

use clap::Subcommand;
use wvl::error::Result;

use super::Context;

/// The verbs of `wvl notice`.
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:\n  wvl notice list --mine --open\n  wvl notice done B-2026-0001")]
pub enum Verb {
    List(list::Args),
    Show(show::Args),
    New(new::Args),
    Set(set::Args),
    Done(done::Args),
    #[command(after_long_help = wvl::import::columns_help(&wvl::agenda::import::NOTICES))]
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
        Verb::Done(args) => done::run(context, &args),
        Verb::Import(args) => super::import::run(context, &wvl::agenda::import::NOTICES, &args),
        Verb::Export(args) => {
            super::export::run(context, &wvl::agenda::import::NOTICES, wvl::agenda::notice::register().title, &args)
        }
    }
}
