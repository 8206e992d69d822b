//! `wvl mail`: what becomes of the mails that were queued.

use clap::Subcommand;
use wvl::error::Result;

use super::Context;

mod flush;
mod release;

/// The verbs of `wvl mail`.
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:\n  wvl mail flush --dry-run\n  wvl mail flush --limit 50")]
pub enum Verb {
    Flush(flush::Args),
    Release(release::Args),
}

/// Runs the verb.
pub fn run(context: &mut Context, verb: Verb) -> Result<()> {
    match verb {
        Verb::Flush(args) => flush::run(context, &args),
        Verb::Release(args) => release::run(context, &args),
    }
}
