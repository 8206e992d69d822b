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
pub enum Verb {
    /// Notices, the oldest first
    List(list::Args),
    /// One notice with everything
    Show(show::Args),
    /// Make a notice; prints its number
    New(new::Args),
    /// Move, hand over or reword a notice
    Set(set::Args),
    /// Take note: the notice does not come back
    Done(done::Args),
    #[command(after_long_help = wvl::import::columns_help(&wvl::agenda::import::NOTICES))]
    Import(super::import::Args),
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
    }
}
