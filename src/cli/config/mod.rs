//! `wvl config`: write, check and show the configuration.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use nix::unistd::geteuid;
use wvl::config::{SYSTEM_FILE, Source, USERS_FILE, home_of_user};
use wvl::error::Result;

use super::registers::quoted;
use super::{Context, next};

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

/// Where whoever runs this would put a configuration, so that every command finds it.
pub(in crate::cli) fn usual_file() -> PathBuf {
    match home_of_user().filter(|_| !geteuid().is_root()) {
        Some(home) => home.join(USERS_FILE),
        None => PathBuf::from(SYSTEM_FILE),
    }
}

/// Names the next command; before it, what makes this file the one that counts, where another one would be taken.
fn name_next(context: &Context, file: Option<&Path>, command: &str) {
    let Some(file) = file.and_then(|file| std::path::absolute(file).ok()) else {
        return next::name(context, command);
    };
    let counts = Source::find(None, context.environment.config.as_deref(), home_of_user().as_deref()).ok();
    let counts = counts.and_then(|counts| std::path::absolute(counts.file()?).ok());
    if counts.is_none_or(|counts| counts != file) {
        context.printer.next(&format!("export WVL_CONFIG={}", quoted(&file.to_string_lossy())));
    }
    context.printer.next(command);
}
