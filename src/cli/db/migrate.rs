//! `wvl db migrate`

use wvl::db::Cluster;
use wvl::db::cluster::Status;
use wvl::db::migrations::{self, Migration};
use wvl::error::Result;

use super::Context;
use crate::cli::next;

/// Bring the database's schema to the version of this wvl: all of it in one transaction, or nothing.
///
/// May run at the same time on several hosts, and while others work: where a table is in use it asks again and again for half a
/// minute (or --wait), and then ends with 75 and nothing changed. What an older wvl is doing meanwhile is taken back, and it
/// says so. With -n it prints the SQL and changes nothing. The first time it also
/// creates the group roles wvl_read, wvl_work, wvl_admin and wvl_cron, to which rights are granted.
///
/// Example: wvl db migrate -n | less
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs it.
pub fn run(context: &mut Context, _args: &Args) -> Result<()> {
    if context.global.dry_run {
        let pending = pending(context)?;
        if pending.is_empty() {
            context.printer.note("The schema is up to date.");
            return Ok(());
        }
        return context.printer.data(&migrations::script(&pending));
    }
    let mut connection = context.connect_to_any_schema()?;
    let waiting = context.printer.waiting("Migration");
    let done = match context.global.wait {
        Some(patience) => migrations::run_within(&mut connection, patience)?,
        None => migrations::run(&mut connection)?,
    };
    drop(waiting);
    context.printer.job_done(&summary(&done))?;
    if !done.is_empty() {
        next::name(context, "wvl doctor");
    }
    Ok(())
}

/// What would be run. A private cluster that is not there yet is not made for the answer.
fn pending(context: &mut Context) -> Result<Vec<&'static Migration>> {
    let settings = context.settings()?;
    if settings.database.is_private() {
        let cluster = Cluster::new(&settings.database, &context.environment.places())?;
        if cluster.status()? == Status::NotCreated {
            return Ok(migrations::all().iter().collect());
        }
    }
    migrations::pending(&mut context.connect_to_any_schema()?)
}

fn summary(done: &[&Migration]) -> String {
    match done {
        [] => "Das Schema ist auf dem Stand dieses wvl.".to_owned(),
        [one] => format!("1 Migration ausgeführt: {}.", one.name),
        [first, .., last] => format!("{} Migrationen ausgeführt, von {} bis {}.", done.len(), first.name, last.name),
    }
}
