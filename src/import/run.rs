//! The import itself: opens the files, stages their rows, and writes what is staged in one transaction.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;

use super::file::{self, File};
use super::options::{Counts, Options, Outcome};
use super::register::{Closing, Register};
use super::source::Source;
use super::{checks, closing, heading, plan, rejected, report, session, staging};
use crate::db;
use crate::error::{Error, Kind, Result};

/// How often an import begins again because somebody changed its records meanwhile.
const MOST_ATTEMPTS: usize = 3;

/// Imports one file into a register; see [`import_files`].
pub fn import(
    connection: &mut PgConnection,
    register: &Register,
    source: Source,
    options: &Options,
    progress: &mut dyn FnMut(u64),
) -> Result<Outcome> {
    import_files(connection, register, vec![source], options, progress)
}

/// Imports files into a register in one transaction. `progress` hears how many bytes have been read.
///
/// Errors: whatever the database says, a source that cannot be read, and rejected rows that cannot be written. A file
/// that is wrong is no error of this function but an outcome with problems.
pub fn import_files(
    connection: &mut PgConnection,
    register: &Register,
    sources: Vec<Source>,
    options: &Options,
    progress: &mut dyn FnMut(u64),
) -> Result<Outcome> {
    if options.complete.is_some()
        && let Closing::Refused(reason) = register.closing
    {
        return Err(Error::usage(format!("--complete: a {} cannot be closed by a file: {reason}", register.noun)));
    }
    if options.partial && sources.iter().any(|source| !source.can_reject()) {
        return Err(Error::usage("--partial writes the rejected lines beside their file: name a file, not -"));
    }
    let mut outcome = None;
    let work = |connection: &mut PgConnection| -> Result<()> {
        db::set_instant(connection, options.now, options.zone)?;
        let found = in_transaction(connection, register, sources, options, progress)?;
        let is_written = found.is_written;
        outcome = Some(found);
        // the error only rolls back; what is said is the outcome
        if is_written { Ok(()) } else { Err(Error::data("nothing was imported")) }
    };
    let ended = if options.dry_run { db::rehearse(connection, work) } else { db::transaction(connection, work) };
    match (ended, outcome) {
        (_, Some(outcome)) if !outcome.is_written => Ok(outcome),
        (Ok(()), Some(outcome)) => Ok(outcome),
        (Err(error), _) => Err(error),
        (Ok(()), None) => Err(Error::bug("an import ended without an outcome")),
    }
}

fn in_transaction(
    connection: &mut PgConnection,
    register: &Register,
    sources: Vec<Source>,
    options: &Options,
    progress: &mut dyn FnMut(u64),
) -> Result<Outcome> {
    let names = sources.iter().map(|source| source.name().to_owned()).collect();
    let mut outcome = Outcome { files: names, ..Outcome::default() };
    let rejects: Vec<Option<PathBuf>> = sources.iter().map(|source| source.rejects().map(Path::to_owned)).collect();
    let mut files = Vec::with_capacity(sources.len());
    for (index, source) in sources.into_iter().enumerate() {
        files.extend(file::open(source, index, register, options, &mut outcome.problems)?);
    }
    let same_columns = have_same_columns(&files, register, &mut outcome);
    let Some(first) = files.first().filter(|_| same_columns && files.len() == rejects.len()) else {
        return Ok(outcome);
    };
    let headings = &first.headings.clone();
    session::prepare(connection, register)?;
    staging::create(connection, register, headings)?;
    let order: Vec<&str> = headings.keys(register).collect();
    let mut before = 0;
    for file in &mut files {
        let mut read = 0;
        let mut told = |bytes: u64| {
            read = bytes;
            progress(before + bytes);
        };
        let profile = options.profile.as_ref();
        staging::load(connection, file, &order, register, profile, &mut outcome.problems, &mut told)?;
        before += read;
    }
    staging::finish(connection, register, headings)?;
    if !headings.ignored.is_empty() {
        outcome.warnings.push(format!("these columns are not stored: {}", headings.ignored.join(", ")));
    }

    let plan = plan::Plan::new(register, headings, options.partial);
    let all_headings: Vec<_> = files.iter().map(|file| file.headings.clone()).collect();
    write(connection, &plan, &all_headings, options, &mut outcome)?;
    if outcome.is_written && !outcome.problems.is_empty() {
        for (index, (file, path)) in files.into_iter().zip(rejects).enumerate() {
            let Some(path) = path.filter(|_| !outcome.problems.reasons(index).is_empty()) else { continue };
            let reasons = outcome.problems.reasons(index);
            outcome.counts.wrong += reasons.len() as u64;
            if !options.dry_run {
                rejected::write(file, &reasons, &path)?;
                outcome.rejected.push(path);
            }
        }
    }
    Ok(outcome)
}

/// Files of one transaction are one table: what one of them does not have, none may have, or nobody would know whether
/// an empty cell is meant.
fn have_same_columns(files: &[File], register: &Register, outcome: &mut Outcome) -> bool {
    let keys = |file: &File| file.headings.keys(register).collect::<BTreeSet<_>>();
    let Some(first) = files.first() else { return false };
    for (index, file) in files.iter().enumerate().skip(1) {
        let differing: Vec<&str> = keys(file).symmetric_difference(&keys(first)).copied().collect();
        if !differing.is_empty() {
            let other = outcome.files.first().cloned().unwrap_or_default();
            let message = format!("has other columns than {other} ({}); import it by itself", differing.join(", "));
            outcome.problems.add_broken(report::place(index, 1), message);
        }
    }
    outcome.problems.is_empty()
}

/// What one attempt to write found.
enum Attempt {
    Written(Counts, Vec<String>, Vec<String>),
    /// Rows are wrong; the problems name them.
    Wrong,
    /// Somebody changed records between their reading and their writing.
    Overtaken,
}

/// Writes what is staged. Each attempt is undone unless it is right.
fn write(
    connection: &mut PgConnection,
    plan: &plan::Plan<'_>,
    headings: &[heading::Headings],
    options: &Options,
    outcome: &mut Outcome,
) -> Result<()> {
    let mut known_problems = 0;
    let mut overtaken = 0;
    rejected::prepare(connection, plan.register)?;
    loop {
        let mut found = None;
        let ended = db::savepoint(connection, |connection| {
            let attempt = attempt(connection, plan, headings, options, outcome, known_problems)?;
            let is_right = matches!(attempt, Attempt::Written(..));
            found = Some(attempt);
            // the error only undoes the attempt
            if is_right { Ok(()) } else { Err(Error::data("the attempt is undone")) }
        });
        match found {
            Some(Attempt::Written(counts, warnings, closed)) => {
                ended?;
                outcome.counts = counts;
                outcome.warnings.extend(warnings);
                outcome.closed = closed;
                outcome.is_written = true;
                return Ok(());
            }
            Some(Attempt::Wrong) => {
                let can_go_on = options.partial && outcome.problems.can_be_left_out();
                if !can_go_on || rejected::leave_out(connection, plan.register, &mut outcome.problems)? == 0 {
                    return Ok(());
                }
                known_problems = outcome.problems.count();
            }
            Some(Attempt::Overtaken) => {
                overtaken += 1;
                if overtaken == MOST_ATTEMPTS {
                    let message = format!("records of {} are being changed by somebody else", plan.register.table);
                    return Err(Error::new(Kind::Temporary, message).hint("nothing was imported; run it again"));
                }
            }
            None => return ended,
        }
    }
}

fn attempt(
    connection: &mut PgConnection,
    plan: &plan::Plan<'_>,
    headings: &[heading::Headings],
    options: &Options,
    outcome: &mut Outcome,
    known_problems: usize,
) -> Result<Attempt> {
    let register = plan.register;
    let (names, problems) = (&outcome.files, &mut outcome.problems);
    let Some(first) = headings.first() else { return Err(Error::bug("an import without a file")) };
    session::tell_register(connection, &first.keys(register).collect::<Vec<_>>())?;
    if !register.before.is_empty() {
        connection.batch_execute(register.before)?;
    }
    plan.resolve(connection)?;
    checks::run(connection, plan, headings, names, problems)?;
    if problems.count() > known_problems {
        return Ok(Attempt::Wrong);
    }
    let mut vanished = None;
    if let Some(most) = options.complete {
        let found = closing::find(connection, plan, first, options.profile.as_ref(), problems)?;
        if let Some(message) = found.too_many(most, register) {
            problems.add(0, None, message);
            // no row is wrong that could be left out
            return Ok(Attempt::Wrong);
        }
        vanished = Some(found);
    }
    let Some(mut counts) = plan.write(connection)? else { return Ok(Attempt::Overtaken) };
    let mut closed = Vec::new();
    if let Some(vanished) = vanished {
        counts.closed = vanished.close(connection, register)?;
        closed = vanished.first;
    }
    Ok(Attempt::Written(counts, session::warnings(connection)?, closed))
}
