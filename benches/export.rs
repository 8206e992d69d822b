//! `make bench`: exporting a register, beside what psql needs for the same query.
//!
//! Absolute figures change from machine to machine, so the goal is a ratio of medians of one run of this program, in which
//! the two take turns. The documents lie in a demo of their own below `target/tmp/bench-data` and stay there for the next
//! time.
//!
//! `cargo bench --bench export -- --size N` takes another number of documents than a million, `--rounds N` measures more
//! often.

#![expect(clippy::print_stdout, reason = "a benchmark is there to print its figures")]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use wvl::register::Register;
use wvl::sales::document;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// The release binary, where cargo puts it.
const WVL: &str = env!("CARGO_BIN_EXE_wvl");

/// At least so much of psql's rows a second.
const LEAST_SHARE: f64 = 0.5;
/// However many rows.
const MOST_MEGABYTES: f64 = 100.0;
/// For the first page of a list, the process included.
const FIRST_PAGE: Duration = Duration::from_millis(60);
/// For a help, the process included.
const HELP: Duration = Duration::from_millis(15);

/// What a process took.
#[derive(Clone, Copy, Debug)]
struct Cost {
    time: Duration,
    peak_kilobytes: u64,
}

fn main() -> Outcome<()> {
    let (mut size, mut rounds) = (1_000_000u32, 5usize);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--size" => size = arguments.next().unwrap_or_default().parse()?,
            "--rounds" => rounds = arguments.next().unwrap_or_default().parse::<usize>()?.max(1),
            // cargo says what kind of run it is
            "--bench" => {}
            other => return Err(format!("{other} is none of --rounds N, --size N").into()),
        }
    }
    build_release()?;
    let place = Place::open(size)?;
    let outcome = measure(&place, size, rounds);
    place.wvl(&["demo", "stop", "--quiet", "--folder", &place.folder.to_string_lossy()])?;
    outcome
}

fn measure(place: &Place, size: u32, rounds: usize) -> Outcome<()> {
    let query = query(&document::register());
    let psql = || {
        let mut command = Command::new(&place.psql);
        command.args(["-X", "-q", "--csv", "-d", &place.url, "-c", "SET search_path = wvl", "-c", &query]);
        command
    };
    let list = |format: &str| place.command(&["document", "list", "-O", format]);
    // as many lines, or something else is measured than was meant
    let lines = |mut command: Command| -> Outcome<usize> {
        Ok(command.output()?.stdout.iter().filter(|byte| **byte == b'\n').count())
    };
    let (ours, theirs) = (lines(list("csv"))?, lines(psql())?);
    if ours != theirs || ours < size as usize {
        return Err(format!("{ours} lines of wvl, {theirs} of psql").into());
    }

    let formats = ["csv", "csv-de", "tsv", "jsonl", "xlsx"];
    let mut floor = Vec::new();
    let mut costs = vec![Vec::new(); formats.len()];
    for _ in 0..rounds {
        floor.push(cost(psql())?);
        for (format, costs) in formats.iter().zip(&mut costs) {
            costs.push(cost(list(format))?);
        }
    }
    let floor = median(floor);
    println!("{} documents, medians of {rounds} rounds       s   rows/s   of psql   peak MB", size);
    line("psql --csv", size, floor, floor);
    for (format, costs) in formats.iter().zip(costs) {
        let cost = median(costs);
        line(&format!("document list -O {format}"), size, cost, floor);
        // a workbook is compressed XML; nobody has promised how fast that is
        let is_fast = *format != "csv" || floor.time.as_secs_f64() / cost.time.as_secs_f64() >= LEAST_SHARE;
        let is_small = megabytes(cost) <= MOST_MEGABYTES;
        if *format == "csv" || !is_small {
            println!(
                "  {}: at least {:.0} % of psql, at most {MOST_MEGABYTES:.0} MB",
                verdict(is_fast && is_small),
                LEAST_SHARE * 100.0
            );
        }
    }
    for (what, arguments, goal) in [
        ("document list --limit 20", &["document", "list", "--limit", "20"][..], FIRST_PAGE),
        ("--help", &["--help"], HELP),
    ] {
        let costs = (0..rounds.max(5)).map(|_| cost(place.command(arguments))).collect::<Outcome<Vec<Cost>>>()?;
        let time = median(costs).time;
        println!(
            "{what}: {:.1} ms, {}: at most {} ms",
            time.as_secs_f64() * 1000.0,
            verdict(time <= goal),
            goal.as_millis()
        );
    }
    Ok(())
}

fn line(what: &str, size: u32, cost: Cost, floor: Cost) {
    let seconds = cost.time.as_secs_f64();
    let share = floor.time.as_secs_f64() / seconds * 100.0;
    println!("{what:<38}{seconds:>8.2}{:>9.0}{share:>8.0} %{:>10.1}", f64::from(size) / seconds, megabytes(cost));
}

fn verdict(is_reached: bool) -> &'static str {
    if is_reached { "ok" } else { "MISSED" }
}

fn megabytes(cost: Cost) -> f64 {
    // memory of a process is far below what a float holds exactly
    cost.peak_kilobytes as f64 / 1024.0
}

fn median(mut costs: Vec<Cost>) -> Cost {
    costs.sort_by_key(|cost| cost.time);
    costs[costs.len() / 2]
}

/// The query of the list, as somebody would type it into psql.
fn query(register: &Register) -> String {
    let columns: Vec<String> =
        register.listed().iter().map(|field| format!("({}) AS {:?}", field.sql, field.key)).collect();
    format!("SELECT {} FROM {} ORDER BY {}", columns.join(", "), register.from, register.order)
}

/// Wall time and peak memory of a process whose answer nobody keeps.
fn cost(mut command: Command) -> Outcome<Cost> {
    let started = Instant::now();
    let mut child = command.stdout(Stdio::null()).spawn()?;
    let status_file = format!("/proc/{}/status", child.id());
    let watcher = std::thread::spawn(move || {
        let mut peak_kilobytes = 0;
        // a process that has ended has no such file, or one without this line
        while let Some(kilobytes) = std::fs::read_to_string(&status_file).ok().as_deref().and_then(high_water) {
            peak_kilobytes = peak_kilobytes.max(kilobytes);
            std::thread::sleep(Duration::from_millis(2));
        }
        peak_kilobytes
    });
    let status = child.wait()?;
    let time = started.elapsed();
    if !status.success() {
        return Err(format!("{command:?} ended with {status}").into());
    }
    Ok(Cost { time, peak_kilobytes: watcher.join().map_err(|_| "the watcher of the memory broke down")? })
}

fn high_water(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches("kB").trim().parse().ok()
}

/// A demo with its database.
struct Place {
    folder: PathBuf,
    psql: PathBuf,
    url: String,
}

impl Place {
    /// Starts the demo, and loads it unless that has been done before.
    fn open(size: u32) -> Outcome<Place> {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench-data").join(size.to_string());
        std::fs::create_dir_all(&folder)?;
        let bindir = Command::new("pg_config").arg("--bindir").output().ok().filter(|output| output.status.success());
        let bindir = bindir.map_or_else(PathBuf::new, |output| String::from_utf8_lossy(&output.stdout).trim().into());
        let psql = if bindir.join("psql").exists() { bindir.join("psql") } else { "psql".into() };
        let mut place = Place { folder, psql, url: String::new() };
        place.wvl(&["demo", "start", "--quiet", "--folder", &place.folder.to_string_lossy()])?;
        let loaded = place.folder.join("loaded");
        if !loaded.exists() {
            let started = Instant::now();
            place.wvl(&["demo", "load", "--quiet", "--size", &size.to_string()])?;
            place.wvl(&["db", "psql", "--", "-X", "-q", "-c", "VACUUM (ANALYZE) wvl.documents, wvl.partners"])?;
            std::fs::write(loaded, "")?;
            println!("{size} documents loaded in {:.0} s", started.elapsed().as_secs_f64());
        }
        place.url = place.wvl(&["db", "url"])?;
        Ok(place)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(WVL);
        command.args(arguments).env("WVL_CONFIG", self.folder.join("wvl.toml"));
        command
    }

    fn wvl(&self, arguments: &[&str]) -> Outcome<String> {
        let output = self.command(arguments).stderr(Stdio::inherit()).output()?;
        if !output.status.success() {
            return Err(format!("wvl {} failed: {}", arguments.join(" "), output.status).into());
        }
        Ok(String::from_utf8(output.stdout)?.trim().to_owned())
    }
}

/// What is measured is what is installed: the binary that cargo makes for benchmarks can be killed at points of the tests.
fn build_release() -> Outcome<()> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let status = Command::new(cargo).args(["build", "--locked", "--release", "--quiet", "--bin", "wvl"]).status()?;
    if status.success() { Ok(()) } else { Err("wvl cannot be built".into()) }
}
