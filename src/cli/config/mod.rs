//! `wvl config`: write, check and show the configuration.

use std::path::Path;

use clap::Subcommand;
use wvl::config::{Source, home_of_user};
use wvl::error::Result;

use super::Context;

mod generate;
mod show;
mod validate;

/// What can be done with the configuration.
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:\n  wvl config generate /etc/wvl/wvl.toml\n  wvl config validate")]
pub enum Verb {
    Generate(generate::Args),
    Validate(validate::Args),
    Show(show::Args),
}

/// Runs the verb.
pub fn run(context: &mut Context, verb: Verb) -> Result<()> {
    match verb {
        Verb::Generate(args) => generate::run(context, &args),
        Verb::Validate(args) => validate::run(context, &args),
        Verb::Show(args) => show::run(context, &args),
    }
}

/// The configuration file that is meant: the named one, else the one every other command would use.
pub(in crate::cli) fn source(context: &Context, file: Option<&Path>) -> Result<Source> {
    let flag = file.or(context.global.config.as_deref());
    Source::find(flag, context.environment.config.as_deref(), home_of_user().as_deref())
}
