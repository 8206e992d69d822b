//! The command line (CLI.md): the nouns, the global flags, and the way from arguments to a command.
//!
//! Binary only. `cli/<noun>/<verb>.rs` holds a verb's `Args` (whose doc comment is its help text) and its `run`, which
//! reads as a paragraph: load, decide, write, say.

use clap::{Parser, Subcommand};
use wvl::error::Result;

mod context;
mod global;

pub mod calendar;
pub mod config;
pub mod db;
pub mod escalate;
pub mod mail;

pub use context::{Context, Environment};
pub use global::Global;

/// Nichts vergessen! Finds what is overdue and reminds the right people by mail.
#[derive(Debug, Parser)]
#[command(name = "wvl", version, arg_required_else_help = true, infer_long_args = false, max_term_width = 100)]
pub struct Command {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub noun: Noun,
}

/// The nouns; each also answers to its other number.
#[derive(Debug, Subcommand)]
pub enum Noun {
    /// Working time, holidays and recurring dates, for scripts
    #[command(subcommand, visible_alias = "calendars")]
    Calendar(calendar::Verb),
    /// Write, check and show the configuration
    #[command(subcommand)]
    Config(config::Verb),
    /// The database: private cluster, migrations, address
    #[command(subcommand)]
    Db(db::Verb),
    /// Remind of what is overdue, and answer who hears of what and why
    #[command(subcommand, visible_alias = "escalations")]
    Escalate(escalate::Verb),
    /// Send what is queued
    #[command(subcommand, visible_alias = "mails")]
    Mail(mail::Verb),
}

/// Runs the command.
pub fn run(context: &mut Context, noun: Noun) -> Result<()> {
    match noun {
        Noun::Calendar(verb) => calendar::run(context, verb),
        Noun::Config(verb) => config::run(context, verb),
        Noun::Db(verb) => db::run(context, verb),
        Noun::Escalate(verb) => escalate::run(context, verb),
        Noun::Mail(verb) => mail::run(context, verb),
    }
}
