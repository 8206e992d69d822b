//! `make bench`: what the evening mail costs as a whole process, beside the bare statements that it needs.
//!
//! The installation holds five million lines of documents of a year, 13,700 a day; what is loaded stays below
//! `target/tmp/bench` for the next time. Absolute figures change from machine to machine, so the goal is a ratio of medians of
//! one run of this program, in which mail and statements take turns.
//!
//! `--rounds N` measures more often, `--size N` takes other numbers than 1,250,000 documents to try the benchmark itself.

#![expect(clippy::print_stdout, reason = "a benchmark is there to print its figures")]

#[path = "../cost.rs"]
mod cost;
#[path = "../installation.rs"]
mod installation;
mod yardstick;

use std::error::Error;
use std::process::Stdio;
use std::time::Instant;

use chrono::NaiveDate;

use cost::{Cost, cost, milliseconds, summary, verdict};
use installation::{Installation, build_release};
use yardstick::Yardstick;

/// What a step of the benchmark answers with.
pub type Outcome<T> = Result<T, Box<dyn Error>>;

/// The last day of what is loaded.
const LAST: &str = "2026-11-30";
/// The days of the mails: a Friday with most of a month behind it, the beginning of a month, its end.
const DAYS: [&str; 3] = ["2026-11-20", "2026-11-03", "2026-11-30"];
/// So much longer than the bare statements the mail may take.
const MOST_TIMES: f64 = 1.5;
/// So many megabytes it may have.
const MOST_MEGABYTES: f64 = 100.0;

/// What was asked for.
struct Wanted {
    size: u64,
    rounds: usize,
}

impl Wanted {
    fn from_arguments() -> Outcome<Wanted> {
        let mut wanted = Wanted { size: 1_250_000, rounds: 5 };
        let mut arguments = std::env::args().skip(1);
        while let Some(argument) = arguments.next() {
            let mut number = || -> Outcome<u64> { Ok(arguments.next().unwrap_or_default().parse()?) };
            match argument.as_str() {
                "--size" => wanted.size = number()?.max(2_000),
                "--rounds" => wanted.rounds = usize::try_from(number()?)?.max(1),
                // cargo says what kind of run it is
                "--bench" => {}
                other => return Err(format!("{other} is none of --rounds N, --size N").into()),
            }
        }
        Ok(wanted)
    }
}

fn main() -> Outcome<()> {
    let wanted = Wanted::from_arguments()?;
    build_release()?;
    let installation = open(wanted.size)?;
    println!(
        "Postgres {}, {} documents, medians of {} rounds in which mail and statements take turns",
        installation.answer("SHOW server_version")?,
        wanted.size,
        wanted.rounds
    );
    for day in DAYS {
        mail(&installation, day.parse()?, wanted.rounds)?;
    }
    for (name, more) in [("extended", &["--extended"][..]), ("about the month", &["--period", "month"])] {
        let costs: Outcome<Vec<Cost>> = (0..wanted.rounds).map(|_| shown(&installation, LAST, more)).collect();
        let (time, megabytes) = summary(&costs?);
        println!("{name} on {LAST}: {:.0} ms, {megabytes:.0} MB", milliseconds(time));
    }
    installation.wvl(&["db", "stop", "--quiet"]).map(drop)
}

/// The mail of a day, sent and as a file, and the statements, in turns.
fn mail(installation: &Installation, day: NaiveDate, rounds: usize) -> Outcome<()> {
    let as_of = format!("{day}T18:30");
    let sending = ["report", "gf-daily", "--resend", "--quiet", "--as-of", &as_of];
    let folder = installation.file("mails");
    let folder = folder.to_string_lossy();
    let trying = [&sending[..], &["-n", "--eml-dir", &folder]].concat();
    let (mut sent, mut tried, mut bare) = (Vec::new(), Vec::new(), Yardstick::default());
    // once to warm up
    for round in 0..=rounds {
        let costs = (run(installation, &sending)?, run(installation, &trying)?);
        let mut yardstick = Yardstick::default();
        let measured = if round == 0 { &mut yardstick } else { &mut bare };
        measured.measure(installation, day)?;
        if round > 0 {
            sent.push(costs.0);
            tried.push(costs.1);
        }
    }
    let floor = bare.sum();
    println!("{day}: bare statements {:.0} ms", milliseconds(floor));
    let mut parts: Vec<_> = bare.medians().into_iter().collect();
    parts.sort_by_key(|(_, time)| std::cmp::Reverse(*time));
    for (name, time) in parts.into_iter().take(6) {
        println!("    {:6.1} ms  {name}", milliseconds(time));
    }
    for (name, costs) in [("sent", sent), ("written as a file", tried)] {
        let (time, megabytes) = summary(&costs);
        let times = time.as_secs_f64() / floor.as_secs_f64();
        println!(
            "{day}: gf-daily {name} {:.0} ms: {times:.2} times ({}), {megabytes:.0} MB ({})",
            milliseconds(time),
            verdict(times <= MOST_TIMES, &format!("at most {MOST_TIMES}")),
            verdict(megabytes <= MOST_MEGABYTES, &format!("at most {MOST_MEGABYTES} MB")),
        );
    }
    Ok(())
}

fn shown(installation: &Installation, day: &str, more: &[&str]) -> Outcome<Cost> {
    let as_of = format!("{day}T18:30");
    run(installation, &[&["report", "gf-daily", "--as-of", &as_of], more].concat())
}

fn run(installation: &Installation, arguments: &[&str]) -> Outcome<Cost> {
    let mut command = installation.command(arguments);
    let (cost, output) = cost(command.stdout(Stdio::null()))?;
    match output.status.success() {
        true => Ok(cost),
        false => Err(format!("wvl {} ended with {}", arguments.join(" "), output.status).into()),
    }
}

/// The installation, loaded unless that has been done before.
fn open(size: u64) -> Outcome<Installation> {
    let installation = Installation::open("report")?;
    std::fs::write(
        installation.file("wvl.toml"),
        "[company]\nname = \"Bench\"\n[calendar.default]\nstate = \"DE-BW\"\n[database]\nstate_dir = \"database\"\n\
         [mail]\nmode = \"redirect\"\nredirect_to = \"probe@bench.example\"\ntransport = \"maildir\"\nmaildir = \"Maildir\"\n\
         from = \"wvl@bench.example\"\nsigning_keys_file = \"signing-keys\"\n\
         [report.gf-daily]\nto = [\"mail:gf@bench.example\"]\n[report.target]\nmargin = 1000000\ninvoices = 5000000\n",
    )?;
    if !installation.file("signing-keys").exists() {
        wvl::outbox::settings::create_signing_keys(&installation.file("signing-keys"))?;
    }
    installation.wvl(&["db", "migrate", "--quiet"])?;
    installation.sql("CREATE SCHEMA IF NOT EXISTS bench; CREATE TABLE IF NOT EXISTS bench.loaded (what text)")?;
    let key = format!("{size} {LAST}");
    if installation.answer("SELECT max(what) FROM bench.loaded")? != key {
        let started = Instant::now();
        installation.sql("TRUNCATE bench.loaded")?;
        let load = include_str!("load.sql").replace("{size}", &size.to_string()).replace("{last}", LAST);
        installation.as_superuser(&load)?;
        installation.as_superuser("VACUUM (ANALYZE)")?;
        installation.sql(&format!("INSERT INTO bench.loaded VALUES ('{key}')"))?;
        installation.checkpoint()?;
        println!("{size} documents loaded in {:.0} s", started.elapsed().as_secs_f64());
    }
    Ok(installation)
}
