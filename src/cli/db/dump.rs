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

/// Writes everything that wvl has in the database into one file, as it stands at this moment; nobody has to stop working.
///
/// Of a configured database that is the schema wvl, of the private cluster all of it. The file is pg_dump's custom format,
/// readable by its owner alone, and bears its name only when it is complete. Without FILE, or where FILE is a folder, the
/// name is wvl-DATE-TIME.dump. In a pipe the file's name is all that is printed, with --keep nothing. `-` is standard output.
///
/// Not in it: the configuration, the signing keys, and which login is in which role (wvl db status names the place of the
/// first; the other two belong beside the dump).
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  wvl db dump\n  wvl db dump /var/backups/wvl --keep 14    for cron: the newest 14 stay\n  \
                        wvl db dump - | ssh backup 'cat > wvl.dump'"
)]
pub struct Args {
    /// The file, a folder, or - for standard output [default: here]
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// Delete older dumps of this folder that bear a name of ours, but for the newest N, once the new one is complete
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    keep: Option<u32>,
}

/// Runs it.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    if args.file.as_deref().is_some_and(|file| file == Path::new("-")) {
        return to_stdout(context, args);
    }
    let file = file_name(context, args)?;
    let has_diary = has_diary(context)?;
    if context.global.dry_run {
        return context.printer.job_done(&format!("{} würde geschrieben.", file.display()));
    }
    if !has_diary {
        return write(context, args, &file).map(drop);
    }
    let prepare = |context: &mut Context| context.connection().map(drop);
    job::run(context, &DB_DUMP, Busy::FAILS, prepare, |context, (), _| {
        let bytes = write(context, args, &file)?;
        Ok(Ended::Done(Done::new(serde_json::json!({ "bytes": bytes }), Ok(()))))
    })
}

/// Whether the run can be noted: a schema of another version has another diary, a standby takes no notes, and who may only read
/// may still make a dump.
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
fn write(context: &mut Context, args: &Args, file: &Path) -> Result<u64> {
    let settings = context.settings()?;
    let places = context.environment.places();
    let connection = connect(context)?;
    let noted = context.note_signals()?;
    let interrupted = || Some(noted.load(std::sync::atomic::Ordering::Relaxed)).filter(|signal| *signal != 0);
    let waiting = context.printer.waiting("Sicherung");
    let bytes = dump::dump(connection, &settings.database, &places, file, &interrupted)?;
    drop(waiting);
    let written = Written { file: file.display().to_string(), bytes };
    match (context.printer.format(), args.keep) {
        (Format::Table, _) => context.printer.data(&format!("Gesichert: {} ({}).\n", written.file, size(bytes)))?,
        (_, Some(_)) => {}
        (Format::Tsv, None) => context.printer.data(&format!("{}\n", written.file))?,
        (_, None) => context.printer.record(&written)?,
    }
    if let Some(keep) = args.keep {
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
    if context.printer.to_terminal() {
        return Err(Error::usage("a dump is nothing for a terminal").hint("wvl db dump FILE"));
    }
    let settings = context.settings()?;
    let places = context.environment.places();
    let connection = connect(context)?;
    let noted = context.note_signals()?;
    let interrupted = || Some(noted.load(std::sync::atomic::Ordering::Relaxed)).filter(|signal| *signal != 0);
    dump::dump_into(connection, &settings.database, &places, std::io::stdout(), &interrupted)
}

fn file_name(context: &mut Context, args: &Args) -> Result<PathBuf> {
    let zone = context.settings()?.zone;
    let now = context.environment.host_now.ok_or_else(|| Error::bug("main did not read the clock"))?;
    let file = match &args.file {
        None => PathBuf::from(dump::default_name(now, zone)),
        Some(folder) if folder.is_dir() => folder.join(dump::default_name(now, zone)),
        Some(file) if args.keep.is_some() => {
            return Err(Error::usage(format!("--keep deletes in a folder, and {} is none", file.display()))
                .hint(format!("mkdir -m 700 {}", file.display())));
        }
        Some(file) => file.clone(),
    };
    Ok(file)
}

/// Deletes what is beyond the newest; a dump that cannot be deleted is told and is no failure of the new one.
fn forget(context: &Context, file: &Path, keep: u32) -> Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut failed = None;
    for old in dump::superfluous(folder, keep as usize)? {
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
