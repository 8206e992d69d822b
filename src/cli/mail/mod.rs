//! `wvl mail`: what becomes of the mails that were queued.

use clap::Subcommand;
use wvl::error::Result;

use super::Context;

mod decide;
mod flush;
mod queue;
mod release;
mod render;
mod resolve;
mod test;

/// The verbs of `wvl mail`.
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:\n  wvl mail flush --dry-run\n  wvl mail queue list")]
pub enum Verb {
    Flush(flush::Args),
    /// What waits or did not arrive, and what becomes of it
    #[command(subcommand)]
    Queue(queue::Verb),
    Resolve(resolve::Args),
    Release(release::Args),
    Test(test::Args),
    Render(render::Args),
}

impl Verb {
    /// Whether it prints a mail as it is, and no table.
    pub fn prints_mail(&self) -> bool {
        match self {
            Verb::Queue(verb) => verb.prints_mail(),
            Verb::Render(args) => args.prints_mail(),
            _ => false,
        }
    }
}

/// Runs the verb.
pub fn run(context: &mut Context, verb: Verb) -> Result<()> {
    match verb {
        Verb::Flush(args) => flush::run(context, &args),
        Verb::Queue(verb) => queue::run(context, verb),
        Verb::Resolve(args) => resolve::run(context, &args),
        Verb::Release(args) => release::run(context, &args),
        Verb::Test(args) => test::run(context, &args),
        Verb::Render(args) => render::run(context, &args),
    }
}
