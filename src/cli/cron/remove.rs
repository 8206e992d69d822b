//! `wvl cron remove`: the jobs out of the crontab of whoever runs this.

use wvl::error::Result;
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
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {}

/// Removes it.
pub fn run(context: &mut Context, _: &Args) -> Result<()> {
    let (user, call) = (super::user()?.name, super::call(context)?);
    let name = crontab::name_of(&call);
    let before = program::read(context)?;
    let after = crontab::remove(&before, name)?;
    if context.global.dry_run {
        return install::show(context, &before, &after);
    }
    if after == before {
        let others = crontab::names(&before)?;
        context.printer.job_done(&format!("In der Crontab von {user} steht kein Block für {name}."))?;
        for other in others {
            context.printer.note(&format!("aber einer für {other}"));
        }
        return Ok(());
    }
    program::write(context, &after)?;
    context.printer.job_done(&format!("Die Jobs für {name} stehen nicht mehr in der Crontab von {user}."))
}
