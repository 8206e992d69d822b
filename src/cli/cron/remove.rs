//! `wvl cron remove`: the jobs out of the crontab of whoever runs this.

use std::path::Path;

use wvl::config::{Source, home_of_user};
use wvl::error::{Error, Result};
use wvl::job::crontab;

use super::{install, program};
use crate::cli::Context;

/// Take the jobs of this configuration out of your crontab
///
/// What stands beside the block of wvl stays as it is, byte for byte.
///
/// Examples:
///   wvl cron remove --dry-run   what would change
///   wvl cron remove
///   wvl -c /etc/wvl/gone.toml cron remove
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// The blocks of all configurations
    #[arg(long)]
    all: bool,
}

/// Removes it.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let user = super::user()?.name;
    let before = program::read(context)?;
    let present = crontab::names(&before)?;
    let name = name(context)?;
    let mut after = before.clone();
    for name in present.iter().filter(|present| args.all || **present == name) {
        after = crontab::remove(&after, name)?;
    }
    if context.global.dry_run {
        return install::show(context, &before, &after);
    }
    if after == before {
        context.printer.job_done(&format!("In der Crontab von {user} steht kein Block von wvl für {name}."))?;
        for other in present {
            context.printer.note(&format!("aber einer für {other}: wvl -c {other} cron remove"));
        }
        return Ok(());
    }
    program::write(context, &after)?;
    let what = if args.all { "aller Konfigurationen".to_owned() } else { format!("für {name}") };
    context.printer.job_done(&format!("Die Jobs {what} stehen nicht mehr in der Crontab von {user}."))
}

/// The name of this configuration's block. It may have mistakes, or be gone.
fn name(context: &Context) -> Result<String> {
    let named = context.global.config.clone().or_else(|| context.environment.config.clone());
    let file = match named {
        Some(file) => Some(file),
        None => Source::find(None, None, home_of_user().as_deref())?.file().map(Path::to_path_buf),
    };
    let file = file.map(std::path::absolute).transpose();
    let file = file.map_err(|error| Error::usage("where is the configuration?").caused_by(error))?;
    Ok(file.map_or_else(|| crontab::DEFAULTS.to_owned(), |file| file.display().to_string()))
}
