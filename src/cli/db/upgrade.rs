//! `wvl db upgrade`

use std::path::PathBuf;

use wvl::db::{migrations, restore};
use wvl::error::Result;
use wvl::outbox::guard;

use super::Context;

/// Bring the private cluster's data to the newest major version of Postgres that is installed, by pg_upgrade.
///
/// The programs of both versions have to be there; Debian keeps the old ones until they are removed. The server is stopped
/// meanwhile. Whatever goes wrong, the old data are used on; when all went well they stay beside the new ones, until a person
/// deletes them. It takes as much disk again as the data.
///
/// Example: apt-get install postgresql-17 && wvl db upgrade
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The folder of the old version's programs [default: they are looked for]
    #[arg(long, value_name = "DIR")]
    old_bindir: Option<PathBuf>,
}

/// Runs it.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let cluster = super::private_cluster(context)?;
    let Some(versions) = cluster.upgrade_versions(args.old_bindir.as_deref())? else {
        return context.printer.job_done("Das eigene Postgres hat schon die neueste Version, die installiert ist.");
    };
    let (from, to) = (versions.from(), versions.to());
    if context.global.dry_run {
        return context.printer.job_done(&format!("Das eigene Postgres würde von {from} auf {to} gehoben."));
    }
    // it is not interrupted: one of its servers would go on running
    context.note_signals()?;
    let waiting = context.printer.waiting("pg_upgrade");
    let upgraded = cluster.upgrade(&versions)?;
    let mut connection = context.connect_to_any_schema()?;
    restore::analyze(&mut connection)?;
    if migrations::check_schema(&mut connection).is_ok() {
        // another cluster holds the mails; but it is the same data, and nothing else has touched them
        guard::carry_over(&mut connection, upgraded.identifier, upgraded.timeline)?;
    }
    drop(waiting);
    context.printer.job_done(&format!(
        "Das eigene Postgres ist von {from} auf {to} gehoben. Die alten Daten liegen noch in {}.",
        upgraded.kept.display()
    ))
}
