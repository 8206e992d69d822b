//! `make bench`: what counting working time costs, in the library on one core and as a whole process on all of them.
//!
//! The process reads its lines from a file and writes its answers to another one; its start is part of the time.
//! `cargo bench --bench calendar -- 200000` takes fewer lines.

#![expect(clippy::print_stdout, reason = "a benchmark is there to print its figures")]

use std::error::Error;
use std::fs::{self, File};
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use wvl::calendar::{Calendar, HolidayRules, State, Timeline, Window};

/// The release binary that cargo built for this benchmark.
const WVL: &str = env!("CARGO_BIN_EXE_wvl");
/// Each figure is the median of so many runs.
const ROUNDS: usize = 5;
/// What is asked of the library in each round; so many that they do not all stay in the nearest cache.
const QUESTIONS: usize = 100_000;
/// How often a round asks them all.
const REPEATS: usize = 20;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// One case, from which the lines of every verb are made.
struct Case {
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    /// The open seconds between them.
    open: i64,
}

fn main() -> Outcome<()> {
    let lines = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(2_000_000);
    library()?;
    process(lines)
}

/// `elapsed` and `latest_start` of the library, over spans up to a year.
fn library() -> Outcome<()> {
    println!("library, one core, spans up to a year: millions a second\n");
    println!("{:<28}{:>10}{:>14}", "", "elapsed", "latest_start");
    for (name, windows, years) in [
        ("08-18, 2 years", &["08:00-18:00"][..], 2),
        ("lunch break, 2 years", &["08:00-12:00", "13:00-18:00"], 2),
        ("lunch break, 20 years", &["08:00-12:00", "13:00-18:00"], 20),
        ("around the clock, 2 years", &["00:00-24:00"], 2),
    ] {
        let first: DateTime<Utc> = "2026-01-01T00:00:00Z".parse()?;
        let last = first + TimeDelta::days(366 * years);
        let year = TimeDelta::days(366);
        let timeline = office(windows)?.timeline(first - year, last + year);
        let cases = cases(&timeline, first, last, QUESTIONS);
        let elapsed = median(|| {
            let mut sum = 0;
            for case in cases.iter().cycle().take(QUESTIONS * REPEATS) {
                sum += timeline.elapsed(case.from, case.to);
            }
            black_box(sum);
            Ok(())
        })?;
        let latest_start = median(|| {
            let mut sum = 0;
            for case in cases.iter().cycle().take(QUESTIONS * REPEATS) {
                sum += timeline.latest_start(case.to, case.open).map_or(0, |start| start.timestamp());
            }
            black_box(sum);
            Ok(())
        })?;
        let rate = |time| millions(QUESTIONS * REPEATS, time);
        println!("{name:<28}{:>10.1}{:>14.1}", rate(elapsed), rate(latest_start));
    }
    Ok(())
}

/// `wvl calendar VERB --jsonl` as a whole.
fn process(lines: usize) -> Outcome<()> {
    println!("\nwvl calendar … --jsonl, {lines} lines: millions of lines a second\n");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("calendar");
    fs::create_dir_all(&folder)?;
    let config = folder.join("wvl.toml");
    fs::write(&config, "[calendar.default]\nstate = \"DE-BW\"\n")?;

    let first: DateTime<Utc> = "2026-01-01T00:00:00Z".parse()?;
    let year = TimeDelta::days(366);
    let timeline = office(&["08:00-18:00"])?.timeline(first - year, first + year * 3);
    let cases = cases(&timeline, first, first + year, lines);
    for verb in ["elapsed", "latest-start", "add"] {
        let (questions, answers) = (folder.join("questions.jsonl"), folder.join("answers.jsonl"));
        let text: String = cases.iter().enumerate().map(|(id, case)| line(verb, id, case)).collect();
        fs::write(&questions, text)?;
        let time = median(|| answer(&config, verb, &questions, &answers))?;
        let answered = fs::read(&answers)?.iter().filter(|byte| **byte == b'\n').count();
        if answered != lines {
            return Err(format!("calendar {verb} answered {answered} lines of {lines}").into());
        }
        println!("{verb:<28}{:>10.2}", millions(lines, time));
    }
    Ok(fs::remove_dir_all(&folder)?)
}

fn answer(config: &Path, verb: &str, questions: &PathBuf, answers: &PathBuf) -> Outcome<()> {
    let mut wvl = Command::new(WVL);
    wvl.args(["calendar", verb, "--jsonl"]).env("WVL_CONFIG", config);
    let status = wvl.stdin(File::open(questions)?).stdout(File::create(answers)?).status()?;
    if status.success() { Ok(()) } else { Err(format!("wvl calendar {verb} failed: {status}").into()) }
}

/// Monday to Friday, with the holidays of Baden-Württemberg.
fn office(windows: &[&str]) -> Outcome<Calendar> {
    let mut calendar = Calendar::daily(chrono_tz::Europe::Berlin, Window::WHOLE_DAY);
    let windows = windows.iter().map(|text| text.parse()).collect::<Result<Vec<Window>, String>>()?;
    calendar.windows = std::array::from_fn(|day| if day < 5 { windows.clone() } else { Vec::new() });
    calendar.holidays = HolidayRules::of(State::BW);
    Ok(calendar)
}

/// Random cases that begin within the range, the same ones each time.
fn cases(timeline: &Timeline, first: DateTime<Utc>, last: DateTime<Utc>, count: usize) -> Vec<Case> {
    // xorshift
    let mut state = 88_172_645_463_325_252_u64;
    let mut below = |limit: i64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        TimeDelta::seconds((state % limit.unsigned_abs()) as i64)
    };
    let mut case = || {
        let from = first + below((last - first).num_seconds());
        let to = from + below(366 * 86_400);
        Case { from, to, open: timeline.elapsed(from, to) }
    };
    (0..count).map(|_| case()).collect()
}

/// The line of one case, as CLI.md has it, with a key of the asker's own.
fn line(verb: &str, id: usize, case: &Case) -> String {
    let instant = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Secs, true);
    let (from, to, hours) = (instant(case.from), instant(case.to), case.open / 900);
    let hours = hours as f64 / 4.0;
    let asked = match verb {
        "elapsed" => format!("\"from\":\"{from}\",\"to\":\"{to}\""),
        "add" => format!("\"from\":\"{from}\",\"hours\":{hours}"),
        _ => format!("\"now\":\"{to}\",\"hours\":{hours}"),
    };
    format!(
        "{{\"id\":{id},{asked},\"window\":[\"08:00\",\"18:00\"],\"saturday\":false,\"sunday\":false,\
         \"holidays\":\"DE-BW\",\"zone\":\"Europe/Berlin\"}}\n"
    )
}

fn median(mut run: impl FnMut() -> Outcome<()>) -> Outcome<Duration> {
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let started = Instant::now();
        run()?;
        times.push(started.elapsed());
    }
    times.sort_unstable();
    Ok(times[ROUNDS / 2])
}

fn millions(count: usize, time: Duration) -> f64 {
    count as f64 / 1e6 / time.as_secs_f64()
}
