//! `wvl db stop`

use wvl::db::cluster::Status;
use wvl::error::Result;

use super::Context;

/// Stop the private cluster. Whatever is open is rolled back; the next command that needs it starts it again.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs it.
pub fn run(context: &mut Context, _args: &Args) -> Result<()> {
    let cluster = super::private_cluster(context)?;
    let place = cluster.state_dir().display().to_string();
    let was_running =
        if context.global.dry_run { matches!(cluster.status()?, Status::Running { .. }) } else { cluster.stop()? };
    let said = match (was_running, context.global.dry_run) {
        (true, true) => "würde angehalten",
        (true, false) => "ist angehalten",
        (false, _) => "lief nicht",
    };
    context.printer.job_done(&format!("Das eigene Postgres in {place} {said}."))
}
