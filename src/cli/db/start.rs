//! `wvl db start`

use wvl::db::cluster::{Started, Status};
use wvl::error::Result;

use super::Context;

/// Create the private cluster if it is not there, and start it if it does not run.
///
/// Without `database.url` in the configuration wvl keeps a Postgres of its own, in /var/lib/wvl for root and in
/// ~/.local/state/wvl for everybody else. It listens on a Unix socket only.
///
/// Example: wvl db start && wvl db migrate
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs it.
pub fn run(context: &mut Context, _args: &Args) -> Result<()> {
    let cluster = super::private_cluster(context)?;
    let place = cluster.state_dir().display().to_string();
    if context.global.dry_run {
        let said = match cluster.status()? {
            Status::NotCreated => "würde angelegt und gestartet",
            Status::Stopped { .. } => "würde gestartet",
            Status::Running { .. } | Status::Foreign { answers: true } => "läuft schon",
            Status::Foreign { answers: false } => "würde hier nicht gestartet: es gehört jemand anderem",
        };
        return context.printer.job_done(&format!("Das eigene Postgres in {place} {said}."));
    }
    let said = match cluster.start()? {
        Started::Created => "ist angelegt und läuft",
        Started::Started => "läuft",
        Started::WasRunning => "lief schon",
    };
    context.printer.job_done(&format!("Das eigene Postgres in {place} {said}."))
}
