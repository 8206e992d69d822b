//! `wvl escalate`: remind of what is overdue, and answer who hears of what and why.

use clap::Subcommand;
use wvl::config::nearest;
use wvl::error::{Error, Result};
use wvl::settings::Settings;

use super::Context;

mod ack;
mod baseline;
mod explain;
mod history;
mod list;
mod mute;
mod purge;
mod run;
mod simulate;
mod types;
mod unmute;

/// The verbs of `wvl escalate`.
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:\n  wvl escalate run --dry-run\n  wvl escalate explain AN-137325")]
pub enum Verb {
    Run(run::Args),
    List(list::Args),
    Types(types::Args),
    Explain(explain::Args),
    Baseline(baseline::Args),
    Ack(ack::Args),
    Mute(mute::Args),
    Unmute(unmute::Args),
    History(history::Args),
    Purge(purge::Args),
    Simulate(simulate::Args),
}

/// Runs the verb.
pub fn run(context: &mut Context, verb: Verb) -> Result<()> {
    // a simulation may be about another configuration
    if !matches!(verb, Verb::Simulate(_)) {
        context.tell_warnings()?;
    }
    match verb {
        Verb::Run(args) => run::run(context, &args),
        Verb::List(args) => list::run(context, &args),
        Verb::Types(args) => types::run(context, &args),
        Verb::Explain(args) => explain::run(context, &args),
        Verb::Baseline(args) => baseline::run(context, &args),
        Verb::Ack(args) => ack::run(context, &args),
        Verb::Mute(args) => mute::run(context, &args),
        Verb::Unmute(args) => unmute::run(context, &args),
        Verb::History(args) => history::run(context, &args),
        Verb::Purge(args) => purge::run(context, &args),
        Verb::Simulate(args) => simulate::run(context, &args),
    }
}

/// The error for a type that the configuration does not know.
fn no_type(settings: &Settings, key: &str) -> Error {
    let error = Error::usage(format!("there is no escalation type “{key}”"));
    let near = nearest(key, settings.escalation.types.iter().map(|rules| rules.key.as_str()));
    let error = near.into_iter().fold(error, |error, near| error.hint(format!("did you mean “{near}”?")));
    error.hint("wvl escalate types lists them")
}
