//! `wvl NOUN import FILE…`: one command for every register that has a file; and `wvl import run` for a folder of them.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use clap::Subcommand;
use wvl::error::{Error, Kind, Result};
use wvl::import::{self, Options, Outcome, Profile, Register, Source, USUAL_VANISH};
use wvl::output::{Cell, Format, Table, column};
use wvl::settings::{REGISTERS, Settings};

use super::{Context, next, registers};

mod folder;

/// So many problems are shown at a terminal; a file gets them all.
const SHOWN: usize = 100;

/// The verbs of `wvl import`.
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:\n  wvl import run /srv/erp\n  wvl customer import kunden.csv   one file by hand")]
pub enum Verb {
    Run(folder::Args),
}

/// Runs the verb.
pub fn run_verb(context: &mut Context, verb: Verb) -> Result<()> {
    match verb {
        Verb::Run(args) => folder::run(context, &args),
    }
}

/// Bring in CSV files: what is new is entered, what differs is changed, all rows or none.
///
/// Delimiter, encoding (UTF-8, UTF-16, cp1252) and decimal mark are detected. Several files are one transaction. With -n
/// nothing is written, and the same errors are shown.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The files; - reads standard input
    #[arg(value_name = "FILE.csv", required = true)]
    files: Vec<PathBuf>,
    /// A column by its heading in the file and its name here: "Kd-Nr=number"; "Kd-Nr=" leaves it out
    #[arg(long, value_name = "HEADING=COLUMN", value_parser = parse_map)]
    map: Vec<(String, String)>,
    /// How the file is meant: a section [import.profile.NAME] of the configuration
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// Close what is open and stands in none of the files; stops if that is more than a tenth. What wvl itself has
    /// numbered, and so knows from no file, stays open
    #[arg(long)]
    complete: bool,
    /// Let more than a tenth vanish, up to this share of what is open
    #[arg(long, value_name = "PERCENT", value_parser = import::percent)]
    max_vanish: Option<u8>,
    /// Write the good rows; the others go to FILE.rejected.csv, with the reason
    #[arg(long)]
    partial: bool,
}

impl Args {
    /// The files.
    pub fn files(&self) -> &[PathBuf] {
        &self.files
    }

    /// Whether any flag says how a table is meant.
    pub fn is_about_tables(&self) -> bool {
        let Args { map, profile, complete, max_vanish, partial, .. } = self;
        !map.is_empty() || profile.is_some() || *complete || max_vanish.is_some() || *partial
    }
}

/// Imports the files into the register.
pub fn run(context: &mut Context, register: &Register, args: &Args) -> Result<()> {
    let sources = args.files.iter().map(|file| open(file)).collect::<Result<Vec<_>>>()?;
    run_sources(context, register, args, sources)
}

/// Imports what has been opened, instead of the files.
pub fn run_sources(context: &mut Context, register: &Register, args: &Args, sources: Vec<Source>) -> Result<()> {
    let settings = context.settings()?;
    let profile = profile_of(&settings, register, args.profile.as_deref())?;
    let of_profile = |wanted: fn(&Profile) -> bool| profile.as_ref().is_some_and(wanted);
    let is_complete = args.complete || of_profile(|profile| profile.complete);
    if args.max_vanish.is_some() && !is_complete {
        return Err(Error::usage("--max-vanish says how much --complete may close; it means nothing without it"));
    }
    context.connection()?;
    let options = Options {
        maps: args.map.clone(),
        complete: is_complete.then(|| most_vanishing(args.max_vanish, profile.as_ref())),
        partial: args.partial || of_profile(|profile| profile.partial),
        profile,
        dry_run: context.global.dry_run,
        ..Options::new(context.now()?, settings.zone)
    };
    let outcome = import_files(context, register, sources, &options)?;
    if !outcome.is_written {
        return Err(wrong(&outcome, context.printer.to_terminal()));
    }
    if context.global.dry_run {
        if !outcome.closed.is_empty() {
            context.printer.note(&would_close(&outcome));
        }
        context.printer.note("dry run: nothing was written");
    }
    say(context, &outcome, options.complete.is_some())?;
    let files: Vec<String> = args.files.iter().map(|file| registers::quoted(&file.to_string_lossy())).collect();
    let noun = REGISTERS.iter().find(|(_, known)| std::ptr::eq(*known, register)).map_or("", |(noun, _)| *noun);
    let next = match context.global.dry_run {
        true => format!("wvl {noun} import {}", files.join(" ")),
        false => format!("wvl {noun} list"),
    };
    next::name(context, &next);
    if let Some(step) = next::on_the_way(context).filter(|_| !context.global.dry_run) {
        next::name(context, step);
    }
    match outcome.counts.wrong {
        0 => Ok(()),
        _ => Err(rejected(&outcome, context.printer.to_terminal())),
    }
}

fn open(file: &Path) -> Result<Source> {
    let source = Source::open(file)?;
    Ok(if file.as_os_str() == "-" { source } else { source.rejecting_to(with_ending(file, ".rejected.csv")) })
}

/// The file's name with something behind it.
fn with_ending(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

fn most_vanishing(flag: Option<u8>, profile: Option<&Profile>) -> u8 {
    flag.unwrap_or_else(|| profile.map_or(USUAL_VANISH, |profile| profile.max_vanish))
}

fn profile_of(settings: &Rc<Settings>, register: &Register, name: Option<&str>) -> Result<Option<Profile>> {
    let Some(name) = name else { return Ok(None) };
    let profile = import::profile_named(&settings.import.profiles, name)?;
    let noun = REGISTERS.iter().find(|(_, known)| known.table == register.table).map_or("", |(noun, _)| noun);
    if profile.register != noun {
        return Err(Error::usage(format!("the profile {name} is for {}, not for {noun}", profile.register))
            .hint(format!("wvl {} import --profile {name} FILE.csv", profile.register)));
    }
    Ok(Some(profile.clone()))
}

/// Imports with a progress bar, and says what somebody should know.
fn import_files(
    context: &mut Context,
    register: &Register,
    sources: Vec<Source>,
    options: &Options,
) -> Result<Outcome> {
    let length = sources.iter().filter_map(Source::length).sum();
    let name = sources.first().map_or("", Source::name).to_owned();
    let (connection, printer) = context.connection_and_printer()?;
    let bar = printer.progress(length, &name);
    let mut waiting = None;
    let outcome = import::import_files(connection, register, sources, options, &mut |bytes| {
        bar.set_position(bytes);
        if bytes >= length && waiting.is_none() {
            // all is read; how long the database will be at it nobody knows
            bar.finish_and_clear();
            waiting = Some(printer.waiting(&format!("{name} wird eingetragen")));
        }
    });
    drop(waiting);
    bar.finish_and_clear();
    let outcome = outcome?;
    outcome.warnings.iter().for_each(|warning| context.printer.warn(&format!("{}: {warning}", named(&outcome))));
    Ok(outcome)
}

fn named(outcome: &Outcome) -> String {
    outcome.files.join(", ")
}

fn would_close(outcome: &Outcome) -> String {
    let more = if outcome.counts.closed > outcome.closed.len() as u64 { " …" } else { "" };
    format!("would close {}: {}{more}", outcome.counts.closed, outcome.closed.join(", "))
}

/// Every problem on a line of its own, below one line that says how many.
fn wrong(outcome: &Outcome, to_terminal: bool) -> Error {
    Error::data(format!(
        "{}: {}, nothing was imported\n{}",
        named(outcome),
        counted(outcome),
        lines(outcome, to_terminal)
    ))
}

/// The same for rows that were left out.
fn rejected(outcome: &Outcome, to_terminal: bool) -> Error {
    let rows = if outcome.counts.wrong == 1 { "1 row was" } else { &format!("{} rows were", outcome.counts.wrong) };
    let error =
        Error::new(Kind::Partial, format!("{}: {rows} rejected\n{}", named(outcome), lines(outcome, to_terminal)));
    let files: Vec<String> = outcome.rejected.iter().map(|file| file.display().to_string()).collect();
    if files.is_empty() { error } else { error.hint(format!("correct and import: {}", files.join(", "))) }
}

fn counted(outcome: &Outcome) -> String {
    if outcome.problems.count() == 1 {
        "1 problem".to_owned()
    } else {
        format!("{} problems", outcome.problems.count())
    }
}

fn lines(outcome: &Outcome, to_terminal: bool) -> String {
    let limit = if to_terminal { SHOWN } else { usize::MAX };
    outcome.problems.text(&outcome.files, limit).trim_end().to_owned()
}

fn say(context: &Context, outcome: &Outcome, is_complete: bool) -> Result<()> {
    let counts = outcome.counts;
    match context.printer.format() {
        Format::Json | Format::Jsonl => {
            let mut object = serde_json::json!({
                "new": counts.new, "changed": counts.changed, "same": counts.same, "wrong": counts.wrong,
            });
            if is_complete {
                object["closed"] = counts.closed.into();
            }
            context.printer.data(&format!("{object}\n"))
        }
        Format::Csv | Format::CsvDe | Format::Xlsx => {
            let counted = [
                ("new", "neu", counts.new),
                ("changed", "geändert", counts.changed),
                ("same", "gleich", counts.same),
                ("wrong", "falsch", counts.wrong),
                ("closed", "geschlossen", counts.closed),
            ];
            let counted = &counted[..if is_complete { 5 } else { 4 }];
            let mut table = Table::new(counted.iter().map(|(key, heading, _)| column(*key, *heading)).collect());
            let cell = |count: u64| Cell::Int(i64::try_from(count).unwrap_or(i64::MAX));
            table.push(counted.iter().map(|(_, _, count)| cell(*count)).collect());
            context.printer.page(&table)
        }
        _ => {
            let closed = if is_complete { format!(", closed {}", counts.closed) } else { String::new() };
            context.printer.data(&format!(
                "new {}, changed {}, same {}, wrong {}{closed}\n",
                counts.new, counts.changed, counts.same, counts.wrong
            ))
        }
    }
}

fn parse_map(text: &str) -> std::result::Result<(String, String), String> {
    let (heading, column) =
        text.rsplit_once('=').ok_or("write the heading in the file, =, and the column: \"Kd-Nr=number\"")?;
    Ok((heading.trim().to_owned(), column.trim().to_owned()))
}
