//! `wvl db restore`

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use wvl::db::restore::{self, Contents};
use wvl::db::{job_runs, transaction};
use wvl::error::{Error, Result};
use wvl::outbox::{self, guard};

use super::Context;
use crate::cli::signal_of;

/// Read a dump into an empty database: all of it in one transaction, or nothing.
///
/// The database is the configured one, or the private cluster, which is made if it is not there. It must not have a table
/// that the dump has. A dump of an older wvl is brought to the schema of this one; a dump of a newer one is refused. Group
/// roles are made if they are missing; who is in them is in no dump (wvl role).
///
/// Afterwards no mail leaves before `wvl mail release`: what the dump has as queued was probably sent after it.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  wvl db restore wvl-2026-11-22-040000.dump -n   what is in it, and whether it can be restored\n  \
                        wvl db restore wvl-2026-11-22-040000.dump\n  wvl mail release -n"
)]
pub struct Args {
    /// What wvl db dump has written
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// Runs it.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    // before a private cluster is made for a file that is not there
    std::fs::File::open(&args.file).map_err(|source| match source.kind() {
        ErrorKind::NotFound => Error::data(format!("there is no file {}", args.file.display()))
            .hint("wvl db dump writes one, into the folder of [job.db-dump] if that names one"),
        _ => Error::file("read", &args.file, source),
    })?;
    let settings = context.settings()?;
    let places = context.environment.places();
    let mut connection = context.connect_to_any_schema()?;
    let contents = restore::look(&mut connection, &settings.database, &places, &args.file)?;
    if context.global.dry_run {
        restore::check(&mut connection, &settings.database, &places, (&args.file, &contents))?;
        return context.printer.job_done(&described(&args.file, &contents, "würde wiederhergestellt"));
    }
    let noted = context.note_signals()?;
    let interrupted = || signal_of(&noted);
    let waiting = context.printer.waiting("Wiederherstellung");
    let file = (args.file.as_path(), &contents);
    // jobs of other hosts may begin as soon as the tables are there
    let begun = wvl::db::clock(&mut connection)?;
    let migrations = restore::restore(&mut connection, &settings.database, &places, file, &interrupted)?;
    // a dump that pg_dump made of a database that had never sent anything has no guard that would not fit
    transaction(&mut connection, |connection| {
        guard::hold_since(connection, begun)?;
        job_runs::forget_unfinished(connection, begun)?;
        outbox::compress_fast(connection)
    })?;
    restore::analyze(&mut connection)?;
    drop(waiting);
    let mut said = described(&args.file, &contents, "ist wiederhergestellt");
    match migrations.len() {
        0 => {}
        1 => said.push_str("\nSie war von einem älteren wvl: 1 Migration ist nachgeholt."),
        count => said.push_str(&format!("\nSie war von einem älteren wvl: {count} Migrationen sind nachgeholt.")),
    }
    context.printer.job_done(&said)?;
    context.printer.note(
        "Keine Mail verlässt diese Datenbank vor wvl mail release. Was nach der Sicherung angemahnt wurde, weiß sie nicht: \
         wvl escalate run --dry-run zeigt, was noch einmal gesagt würde, wvl escalate baseline hält es als gesagt fest.",
    );
    Ok(())
}

fn described(file: &Path, contents: &Contents, what: &str) -> String {
    let made = contents.made_at.as_deref().map_or_else(String::new, |at| format!(" vom {at}"));
    format!("Die Sicherung {}{made} mit {} Tabellen {what}.", file.display(), contents.tables)
}
