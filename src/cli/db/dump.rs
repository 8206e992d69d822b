//! `wvl db dump`

use std::path::{Path, PathBuf};

use wvl::db::cluster::Status;
use wvl::db::{Cluster, dump, job_runs};
use wvl::error::{Error, Kind, Result};
use wvl::job::catalog::DB_DUMP;
use wvl::outbox::guard;
use wvl::output::{Cell, Format, Output, Table, column};

use super::Context;
use crate::cli::job::{self, Busy, Done, Ended};
use crate::cli::signal_of;

/// Write everything that wvl has in the database into one file, as it stands at this moment; nobody has to stop working.
///
/// Of a configured database that is the schema wvl, of the private cluster all of it. The file is pg_dump's custom format,
/// readable by its owner alone, and bears its name only when it is complete. Without FILE, or where FILE is a folder, the
/// name is wvl-DATE-TIME.dump. In a pipe the file's name is all that is printed, with --keep nothing. `-` is standard output.
///
/// For cron: [job.db-dump] of the configuration names a folder and how many stay in it. Then a dump without FILE lies there,
/// wvl cron install writes the line, and wvl check says when one is missing.
///
/// The role of the configuration must be allowed to read everything: the owner is, and whoever has the right cron or admin (wvl
/// role).
///
/// Not in it: the configuration, the signing keys, and which login is in which role (wvl db status names the place of the
/// first; the other two belong beside the dump).
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  wvl db dump\n  wvl db dump /var/backups/wvl --keep 14    the newest 14 stay\n  \
                        wvl db dump - | ssh backup 'cat > wvl.dump'")]
pub struct Args {
    /// The file, a folder, or - for standard output [default: the folder of [job.db-dump], else here]
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// Delete older dumps of this folder that bear a name of ours, but for the newest N, once the new one is complete
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    keep: Option<u32>,
    #[command(flatten)]
    busy: Busy,
}

/// Runs it.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    if args.file.as_deref().is_some_and(|file| file == Path::new("-")) {
        return to_stdout(context, args);
    }
    let target = Target::new(context, args)?;
    if context.global.dry_run {
        has_diary(context)?;
        target.check()?;
        return context.printer.job_done(&format!("{} würde geschrieben.", target.file.display()));
    }
    let has_diary = has_diary(context);
    if let Ok(false) = has_diary {
        return write(context, &target).map(drop);
    }
    // whom failures are told hears of a database that is gone too
    let prepare = |context: &mut Context| has_diary.and_then(|_| context.connection().map(drop));
    // who has said where the dump is to lie waits for it there
    let busy = if target.is_configured { args.busy } else { Busy::FAILS };
    job::run(context, &DB_DUMP, busy, prepare, |context, (), _| {
        let written = context.until_free(|context| match write(context, &target) {
            Err(error) if dump::is_at_work(&error) => Ok(None),
            written => written.map(Some),
        })?;
        Ok(match written {
            Some(bytes) => Ended::Done(Done::new(serde_json::json!({ "bytes": bytes }), Ok(()))),
            None => Ended::Busy(format!("another dump is writing {}", target.file.display())),
        })
    })
}

/// Whether the run can be noted: a schema of another version has another diary, a standby takes no notes, and a role that may
/// read everything need not be allowed to write.
fn has_diary(context: &mut Context) -> Result<bool> {
    let settings = context.settings()?;
    match context.connection() {
        Ok(connection) => job_runs::can_be_noted(connection),
        Err(error) if error.kind() != Kind::Config => Err(error),
        Err(error) if settings.database.is_private() => {
            let cluster = Cluster::new(&settings.database, &context.environment.places())?;
            if cluster.status()? == Status::NotCreated { Err(error) } else { Ok(false) }
        }
        Err(_) => Ok(false),
    }
}

/// Writes the dump, says so, and deletes what is superfluous then. Returns its size.
fn write(context: &mut Context, target: &Target) -> Result<u64> {
    // not earlier: where a disk is not mounted the diary and a monitor hear of it
    target.check()?;
    let file = &target.file;
    let settings = context.settings()?;
    let places = context.environment.places();
    let connection = connect(context)?;
    let noted = context.note_signals()?;
    let interrupted = || signal_of(&noted);
    let waiting = context.printer.waiting("Sicherung");
    let bytes = dump::dump(connection, &settings.database, &places, file, &interrupted)?;
    drop(waiting);
    let written = Written { file: file.display().to_string(), bytes };
    match (context.printer.format(), target.keep) {
        (Format::Table, _) => context.printer.data(&format!("Gesichert: {} ({}).\n", written.file, size(bytes)))?,
        (_, Some(_)) => {}
        (Format::Tsv, None) => context.printer.data(&format!("{}\n", written.file))?,
        (_, None) => context.printer.record(&written)?,
    }
    if let Some(keep) = target.keep {
        forget(context, file, keep)?;
    }
    Ok(bytes)
}

/// A connection for what has to be known, with the outbox' guard in place: a restore is told from the original by it.
fn connect(context: &mut Context) -> Result<diesel::PgConnection> {
    let mut connection = context.connect_to_any_schema()?;
    // a schema of another version has a guard of its own, or none yet; who only reads cannot write one either
    if wvl::db::migrations::check_schema(&mut connection).is_ok() {
        match guard::ask(&mut connection) {
            Err(error) if !matches!(error.kind(), Kind::Forbidden | Kind::Temporary) => return Err(error),
            _ => {}
        }
    }
    Ok(connection)
}

fn to_stdout(context: &mut Context, args: &Args) -> Result<()> {
    if args.keep.is_some() {
        return Err(Error::usage("--keep belongs to a folder, and a dump to standard output lies in none"));
    }
    if context.global.dry_run {
        context.printer.note("a dump would go to standard output");
        return Ok(());
    }
    if context.printer.to_terminal() {
        return Err(Error::usage("a dump is nothing for a terminal").hint("wvl db dump FILE"));
    }
    let settings = context.settings()?;
    let places = context.environment.places();
    let connection = connect(context)?;
    let noted = context.note_signals()?;
    let interrupted = || signal_of(&noted);
    dump::dump_into(connection, &settings.database, &places, std::io::stdout(), &interrupted)
}

/// Where the dump goes, and how many of its folder stay.
struct Target {
    file: PathBuf,
    keep: Option<u32>,
    is_configured: bool,
}

impl Target {
    fn new(context: &mut Context, args: &Args) -> Result<Target> {
        let settings = context.settings()?;
        let now = context.environment.host_now.ok_or_else(|| Error::bug("main did not read the clock"))?;
        let name = dump::default_name(now, settings.zone);
        Ok(match (&args.file, &settings.job.dump) {
            (None, Some(usual)) => Target {
                file: usual.folder.join(name),
                keep: Some(args.keep.unwrap_or(usual.keep)),
                is_configured: true,
            },
            (None, None) => Target { file: name.into(), keep: args.keep, is_configured: false },
            (Some(folder), _) if folder.is_dir() => {
                Target { file: folder.join(name), keep: args.keep, is_configured: false }
            }
            // --keep deletes in a folder, so that one is meant
            (Some(folder), _) if args.keep.is_some() => {
                Target { file: folder.join(name), keep: args.keep, is_configured: false }
            }
            (Some(file), _) => Target { file: file.clone(), keep: None, is_configured: false },
        })
    }

    /// Refuses a folder that is not there: making one could hide that a disk is missing.
    fn check(&self) -> Result<()> {
        let Some(folder) = self.file.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.is_dir())
        else {
            return Ok(());
        };
        let folder = folder.display();
        let error = match self.is_configured {
            true => Error::config(format!("[job.db-dump] folder: there is no folder {folder}")),
            false => Error::usage(format!("there is no folder {folder} to write a dump into")),
        };
        Err(error.hint(format!("mkdir -m 700 {folder}, if no disk is missing there")))
    }
}

/// Deletes what is beyond the newest; a dump that cannot be deleted is told and is no failure of the new one.
fn forget(context: &Context, file: &Path, keep: u32) -> Result<()> {
    let mut failed = None;
    for old in dump::superfluous(file, keep as usize)? {
        if let Err(source) = std::fs::remove_file(&old) {
            failed = Some(Error::file("delete", &old, source).with_kind(Kind::Partial));
        }
    }
    failed.map_or(Ok(()), |error| {
        context.printer.note("the new dump is complete");
        Err(error)
    })
}

fn size(bytes: u64) -> String {
    match bytes {
        0..1_000_000 => format!("{} kB", bytes.div_ceil(1_000)),
        1_000_000..1_000_000_000 => format!("{} MB", bytes / 1_000_000),
        _ => format!("{}.{} GB", bytes / 1_000_000_000, bytes / 100_000_000 % 10),
    }
}

/// The dump that was written.
struct Written {
    file: String,
    bytes: u64,
}

impl Output for Written {
    fn table(&self) -> Table {
        let mut table = Table::new(vec![column("file", "Datei"), column("bytes", "Bytes")]);
        let bytes = i64::try_from(self.bytes).unwrap_or(i64::MAX);
        table.push(vec![Cell::Text(self.file.clone()), Cell::Int(bytes)]);
        table
    }
}
