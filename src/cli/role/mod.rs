//! `wvl role`: who may do what in the database.

mod grant;
mod list;
mod revoke;

use clap::{Subcommand, ValueEnum};
use wvl::error::Result;
use wvl::role::Right;

use super::Context;

/// The verbs of `wvl role`.
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:\n  wvl role list\n  wvl role grant anna work --create --employee 14")]
pub enum Verb {
    List(list::Args),
    Grant(grant::Args),
    Revoke(revoke::Args),
}

/// Runs the verb.
pub fn run(context: &mut Context, verb: Verb) -> Result<()> {
    match verb {
        Verb::List(args) => list::run(context, &args),
        Verb::Grant(args) => grant::run(context, &args),
        Verb::Revoke(args) => revoke::run(context, &args),
    }
}

/// A right, as the command line names it.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Asked {
    /// Look at everything but reasons of absences and birthdays
    Read,
    /// Look at everything and change the registers
    Work,
    /// What the jobs of cron need
    Cron,
    /// Everything in the tables
    Admin,
}

impl From<Asked> for Right {
    fn from(asked: Asked) -> Right {
        match asked {
            Asked::Read => Right::Read,
            Asked::Work => Right::Work,
            Asked::Cron => Right::Cron,
            Asked::Admin => Right::Admin,
        }
    }
}
