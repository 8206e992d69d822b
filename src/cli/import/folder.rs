//! `wvl import run`: the files that other programs have put into a folder.

use std::path::{Path, PathBuf};
use std::time::Duration;

use wvl::error::{Error, Kind, Result};
use wvl::import::folder::{self, DONE, FAILED, Folder, Waiting};
use wvl::import::{Counts, Options, Profile, Source};
use wvl::job::catalog::IMPORT_RUN;
use wvl::settings::REGISTERS;

use super::{import_files, lines, most_vanishing, would_close};
use crate::cli::Context;
use crate::cli::job::{self, Busy, Done, Ended};

/// Import every file of a folder, each in a transaction of its own
///
/// Made for cron. A file is known by a pattern in [import.files], or its name begins with its register or profile:
/// customers-2026-11-22.csv. What others refer to comes first, of one register the oldest file first, by the date in the
/// name or else by when it was written. Imported files move to done/, wrong ones to failed/ with what is wrong as
/// FILE.errors.txt, and so does a complete file that is late: one older than what was imported already. A file that is
/// still being written is left alone. Silent on success.
///
/// Examples:
///   wvl import run /srv/erp              every file in /srv/erp
///   wvl import run -n                    the folder of the configuration; write and move nothing
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// The folder; else that of [import] in the configuration
    folder: Option<PathBuf>,
    /// Write the good rows of a file; the others go to failed/ as FILE.rejected.csv
    #[arg(long)]
    partial: bool,
    /// Leave a file alone that changes within so many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 1, value_parser = clap::value_parser!(u64).range(0..=3600))]
    settle: u64,
    #[command(flatten)]
    busy: Busy,
}

/// What a run did.
#[derive(Default)]
struct Tally {
    files: usize,
    counts: Counts,
    failed: usize,
    troubles: Vec<String>,
}

/// Runs the job.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let prepare = |context: &mut Context| prepare(context, args);
    job::run(context, &IMPORT_RUN, args.busy, prepare, |context, folder, _| work(context, args, &folder))
}

/// The folder to look into.
fn prepare(context: &mut Context, args: &Args) -> Result<PathBuf> {
    let settings = context.settings()?;
    let Some(folder) = args.folder.clone().or_else(|| settings.import.folder.clone()) else {
        return Err(Error::usage("which folder?").hint("wvl import run FOLDER, or folder = \"…\" in [import]"));
    };
    context.connection()?;
    context.now()?;
    Ok(folder)
}

fn work(context: &mut Context, args: &Args, path: &Path) -> Result<Ended> {
    let dry_run = context.global.dry_run;
    if !dry_run {
        context.note_signals()?;
    }
    let waiting = context.printer.waiting("Import");
    let taken = context.until_free(|_| Folder::take(path))?;
    drop(waiting);
    let Some(folder) = taken else { return Ok(Ended::Busy(format!("another run works in {}", path.display()))) };
    let mut tally = Tally::default();
    let result = match import_all(context, args, &folder, &mut tally) {
        Ok(()) if tally.troubles.is_empty() => Ok(()),
        Ok(()) => {
            let count =
                if tally.troubles.len() == 1 { "1 trouble" } else { &format!("{} troubles", tally.troubles.len()) };
            Err(Error::new(Kind::Partial, format!("{}: {count}\n{}", path.display(), tally.troubles.join("\n"))))
        }
        Err(error) => {
            // what was found before is not lost
            tally.troubles.iter().for_each(|trouble| context.printer.warn(trouble));
            Err(error)
        }
    };
    let result = result.and_then(|()| match dry_run {
        true => {
            context.printer.note("dry run: nothing was written or moved");
            Ok(())
        }
        false => context.printer.job_done(&format!(
            "{} files: new {}, changed {}, same {}, closed {}",
            tally.files, tally.counts.new, tally.counts.changed, tally.counts.same, tally.counts.closed
        )),
    });
    let counts = serde_json::json!({
        "files": tally.files, "failed": tally.failed, "new": tally.counts.new, "changed": tally.counts.changed,
        "same": tally.counts.same, "closed": tally.counts.closed, "rejected": tally.counts.wrong,
    });
    Ok(Ended::Done(Done::new(counts, result)))
}

fn import_all(context: &mut Context, args: &Args, folder: &Folder, tally: &mut Tally) -> Result<()> {
    let settings = context.settings()?;
    let (waiting, links) = folder.waiting(&settings.import, &REGISTERS)?;
    tally.troubles.extend(links);
    if waiting.is_empty() {
        return Ok(());
    }
    std::thread::sleep(Duration::from_secs(args.settle));
    for file in waiting {
        context.check_signals()?;
        // a newer file of its register waits no longer for it than for the next run
        if !folder.is_still(&file) {
            continue;
        }
        match import_one(context, args, folder, &file, tally) {
            Ok(()) => tally.files += 1,
            Err(error) if matches!(error.kind(), Kind::Temporary | Kind::Unavailable | Kind::Config | Kind::Bug) => {
                // not the file's fault: it stays for the next run
                return Err(error);
            }
            Err(error) => tally.troubles.push(format!("{}: {}", file.name, error.full_message())),
        }
    }
    Ok(())
}

/// Imports a file and puts it away. A crash between the two imports it again, which changes nothing.
fn import_one(context: &mut Context, args: &Args, folder: &Folder, file: &Waiting, tally: &mut Tally) -> Result<()> {
    let settings = context.settings()?;
    let stamp = context.now()?.with_timezone(&settings.zone).format("%Y-%m-%d-%H%M").to_string();
    let dry_run = context.global.dry_run;
    let meaning = file.meaning.as_deref();
    let profile = settings.import.profiles.iter().find(|profile| Some(profile.name.as_str()) == meaning);
    let noun = profile.map(|profile| profile.register.as_str()).or(meaning);
    let Some((_, register)) = REGISTERS.iter().find(|(known, _)| Some(*known) == noun) else {
        let why = "nobody knows which register it belongs to; name it like customers.csv, or add a pattern to \
                   [import.files]";
        return fail(folder, file, &stamp, dry_run, why, tally);
    };
    let is_complete = profile.is_some_and(|profile| profile.complete);
    if is_complete && let Some(newer) = folder.newer_than(file, &settings.import, &REGISTERS)? {
        let why = format!(
            "it is older than {newer}, which has been imported, and would undo it; if it is meant all the same: wvl {} \
             import --profile {} FILE",
            noun.unwrap_or_default(),
            meaning.unwrap_or_default()
        );
        return fail(folder, file, &stamp, dry_run, &why, tally);
    }
    let rejects = folder.place_for(FAILED, &stamp, &format!("{}.rejected.csv", file.name))?;
    let opened = Source::open_itself(&folder.path_of(file));
    let options = Options {
        partial: args.partial || profile.is_some_and(|profile| profile.partial),
        complete: profile
            .filter(|profile| profile.complete)
            .map(|profile: &Profile| most_vanishing(None, Some(profile))),
        profile: profile.cloned(),
        dry_run,
        ..Options::new(context.now()?, settings.zone)
    };
    let outcome = opened
        .map(|source| vec![source.rejecting_to(rejects)])
        .and_then(|sources| import_files(context, register, sources, &options));
    let outcome = match outcome {
        Ok(outcome) => outcome,
        Err(error) if error.kind() == Kind::Data => {
            return fail(folder, file, &stamp, dry_run, &error.full_message(), tally);
        }
        Err(error) => return Err(error),
    };
    if !outcome.is_written {
        return fail(folder, file, &stamp, dry_run, &lines(&outcome, false), tally);
    }
    tally.counts.new += outcome.counts.new;
    tally.counts.changed += outcome.counts.changed;
    tally.counts.same += outcome.counts.same;
    tally.counts.closed += outcome.counts.closed;
    tally.counts.wrong += outcome.counts.wrong;
    if dry_run && !outcome.closed.is_empty() {
        context.printer.note(&format!("{}: {}", file.name, would_close(&outcome)));
    }
    if outcome.counts.wrong > 0 {
        tally.troubles.push(format!(
            "{}: {} rows rejected\n{}",
            file.name,
            outcome.counts.wrong,
            lines(&outcome, false)
        ));
    }
    if dry_run {
        return Ok(());
    }
    wvl::failpoint::pass("import-before-move");
    folder.put_away(file, &folder.place_for(DONE, &stamp, &file.name)?)
}

/// Moves a wrong file out of the way, with what is wrong beside it.
fn fail(folder: &Folder, file: &Waiting, stamp: &str, dry_run: bool, why: &str, tally: &mut Tally) -> Result<()> {
    tally.failed += 1;
    tally.troubles.push(format!("{}: nothing was imported\n{why}", file.name));
    if dry_run {
        return Ok(());
    }
    let place = folder.place_for(FAILED, stamp, &file.name)?;
    folder::write_errors(&place, &format!("{why}\n"))?;
    folder.put_away(file, &place)
}
