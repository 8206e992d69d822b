//! `make bench`: exporting a register, beside what psql needs for the same query; the first page of a list, and a help.
//!
//! Absolute figures change from machine to machine, so the goal is a ratio of medians of one run of this program, in which
//! both take turns.
//!
//! `cargo bench --bench export -- --size N` takes another number of documents than a million, `--rounds N` measures more
//! often.

#![expect(clippy::print_stdout, reason = "a benchmark is there to print its figures")]

mod cost;
mod installation;

use std::error::Error;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use cost::{Cost, cost, median, milliseconds, summary, verdict};
use installation::{Installation, build_release};
use wvl::register::Register;
use wvl::sales::document;

/// What a step of the benchmark answers with.
pub type Outcome<T> = Result<T, Box<dyn Error>>;

/// At least so much of psql's rows a second, in per cent.
const LEAST_SHARE: f64 = 50.0;
/// However many rows.
const MOST_MEGABYTES: f64 = 100.0;
/// For the first page of a list, milliseconds of the whole process.
const FIRST_PAGE: f64 = 60.0;
/// For a help, milliseconds of the whole process.
const HELP: f64 = 15.0;

fn main() -> Outcome<()> {
    let (mut size, mut rounds) = (1_000_000_u64, 3_usize);
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
    let measured = place.lists(rounds).and_then(|()| place.processes(rounds.max(5)));
    place.installation.wvl(&["demo", "stop", "--quiet", "--folder", &place.folder()])?;
    measured
}

struct Place {
    installation: Installation,
    size: u64,
}

impl Place {
    /// Starts the demo, and loads it unless that has been done before.
    fn open(size: u64) -> Outcome<Place> {
        let place = Place { installation: Installation::open("export")?, size };
        let wvl = |arguments: &[&str]| place.installation.wvl(arguments);
        wvl(&["demo", "start", "--quiet", "--folder", &place.folder()])?;
        let loaded = place.installation.file("loaded");
        if std::fs::read_to_string(&loaded).ok() != Some(size.to_string()) {
            let started = Instant::now();
            place.installation.sql(
                "TRUNCATE wvl.documents, wvl.partners, wvl.escalation_chains, wvl.escalation_steps, wvl.outbox_messages CASCADE",
            )?;
            wvl(&["demo", "load", "--quiet", "--size", &size.to_string()])?;
            place.installation.sql("VACUUM (ANALYZE) wvl.documents, wvl.partners")?;
            place.installation.checkpoint()?;
            std::fs::write(loaded, size.to_string())?;
            println!("{size} documents loaded in {:.0} s", started.elapsed().as_secs_f64());
        }
        Ok(place)
    }

    fn folder(&self) -> String {
        self.installation.folder.to_string_lossy().into_owned()
    }

    /// The list in every format, and the export that the import reads, each beside psql.
    fn lists(&self, rounds: usize) -> Outcome<()> {
        let formats = ["csv", "csv-de", "tsv", "jsonl", "json", "xlsx"];
        let lists: Vec<[&str; 4]> = formats.iter().map(|format| ["document", "list", "-O", format]).collect();
        let list = query(&document::register());
        let export = query(&wvl::import::export(&wvl::sales::import::DOCUMENTS, "Beleg"));
        // as many lines, or something else is measured than was meant
        let (ours, theirs) = (lines(self.installation.command(&lists[0]))?, lines(self.psql(&list)?)?);
        if ours != theirs || ours < self.size {
            return Err(format!("{ours} lines of wvl, {theirs} of psql").into());
        }

        let mut floors = [Vec::new(), Vec::new()];
        let mut exports = Vec::new();
        let mut costs = vec![Vec::new(); lists.len()];
        for round in 0..rounds {
            floors[0].push(unread(self.psql(&list)?)?);
            // nobody has promised how fast the others are: once is enough
            let measured = if round == 0 { lists.len() } else { 1 };
            for (arguments, costs) in lists.iter().zip(&mut costs).take(measured) {
                costs.push(unread(self.installation.command(arguments))?);
            }
            floors[1].push(unread(self.psql(&export)?)?);
            exports.push(unread(self.installation.command(&["document", "export"]))?);
        }
        println!(
            "{} documents, medians of {rounds} for csv        s    rows/s   of psql   goal      peak MB   goal",
            self.size
        );
        self.print("psql --csv, the query of the list", &floors[0], None);
        for (arguments, costs) in lists.iter().zip(&costs) {
            self.print(&arguments.join(" "), costs, Some(&floors[0]));
        }
        self.print("psql --csv, the query of the export", &floors[1], None);
        self.print("document export -O csv", &exports, Some(&floors[1]));
        Ok(())
    }

    /// What people wait for.
    fn processes(&self, rounds: usize) -> Outcome<()> {
        println!("\nmedians of {rounds} processes                     ms   goal");
        for (what, arguments, goal) in [
            ("document list --limit 20", &["document", "list", "--limit", "20"][..], FIRST_PAGE),
            ("--help", &["--help"], HELP),
        ] {
            let costs =
                (0..rounds).map(|_| unread(self.installation.command(arguments))).collect::<Outcome<Vec<Cost>>>();
            let time = milliseconds(summary(&costs?).0);
            println!("{what:<42}{time:>8.1}   {}", verdict(time <= goal, &format!("≤ {goal}")));
        }
        let times = (0..rounds).map(|_| self.first_line()).collect::<Outcome<Vec<Duration>>>()?;
        println!("{:<42}{:>8.1}", "document list | head -1", milliseconds(median(times)));
        Ok(())
    }

    fn psql(&self, query: &str) -> Outcome<Command> {
        let mut command = self.installation.psql()?;
        command.args(["--csv", "-c", "SET search_path = wvl", "-c", query]);
        Ok(command)
    }

    /// How long a list of everything goes on whose reader has gone after the first line.
    fn first_line(&self) -> Outcome<Duration> {
        let started = Instant::now();
        let mut child = self.installation.command(&["document", "list"]).stdout(Stdio::piped()).spawn()?;
        let out = child.stdout.take().ok_or("there is no pipe")?;
        BufReader::new(out).read_line(&mut String::new())?;
        let status = child.wait()?;
        let time = started.elapsed();
        if status.success() { Ok(time) } else { Err(format!("a list without a reader ended with {status}").into()) }
    }

    fn print(&self, what: &str, costs: &[Cost], floor: Option<&[Cost]>) {
        let (time, peak) = summary(costs);
        let rate = self.size as f64 / time.as_secs_f64();
        print!("{what:<42}{:>7.2}{rate:>10.0}", time.as_secs_f64());
        match floor {
            Some(floor) => {
                let share = milliseconds(summary(floor).0) / milliseconds(time) * 100.0;
                let least = if what.ends_with(" csv") {
                    verdict(share >= LEAST_SHARE, &format!("≥ {LEAST_SHARE} %"))
                } else {
                    String::new()
                };
                let most = verdict(peak <= MOST_MEGABYTES, &format!("≤ {MOST_MEGABYTES}"));
                println!("{share:>8.0} %   {least:<10}{peak:>7.1}   {most}");
            }
            None => println!("{:>23}{peak:>7.1}", ""),
        }
    }
}

/// The query of a list, as somebody would type it into psql.
fn query(register: &Register) -> String {
    let columns: Vec<String> =
        register.listed().iter().map(|field| format!("({}) AS {:?}", field.sql, field.key)).collect();
    format!("SELECT {} FROM {} ORDER BY {}", columns.join(", "), register.from, register.order)
}

/// What a process costs whose answer nobody keeps.
fn unread(mut command: Command) -> Outcome<Cost> {
    let (cost, output) = cost(command.stdout(Stdio::null()))?;
    if output.status.success() { Ok(cost) } else { Err(format!("{command:?} ended with {}", output.status).into()) }
}

/// How many lines a process answers with.
fn lines(mut command: Command) -> Outcome<u64> {
    let mut child = command.stdout(Stdio::piped()).spawn()?;
    let out = BufReader::new(child.stdout.take().ok_or("there is no pipe")?);
    let mut count = 0;
    for line in out.split(b'\n') {
        line?;
        count += 1;
    }
    child.wait()?;
    Ok(count)
}
