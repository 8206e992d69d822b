//! `make bench`: how fast `mail flush` empties a queue, beside the two limits that no program can pass.
//!
//! One is what the server takes (`smtp-source` of Postfix against its `smtp-sink`, with as many sessions), the other what the
//! database commits (the same claims and one bare update a mail, over as many connections, without any SMTP). Absolute figures
//! change from machine to machine, so every goal is a ratio of medians of one run of this program, in which all take turns.
//! The queue lies in a Postgres of its own below `target/tmp/bench` that writes to disk as a real one does; a second one holds a
//! million delivered mails beside it. What is loaded stays there for the next time.
//!
//! `cargo bench --bench mail -- --connections 16` measures with other numbers of connections (again for more of them),
//! `--rounds N` more often, `--size N` with other numbers than 10,000 mails.

#![expect(clippy::print_stdout, reason = "a benchmark is there to print its figures")]

#[expect(dead_code, reason = "the other benchmarks use the rest")]
#[path = "../cost.rs"]
mod cost;
#[expect(dead_code, reason = "the other benchmarks use the rest")]
#[path = "../installation.rs"]
mod installation;
mod limits;
mod place;

use std::error::Error;
use std::time::Duration;

use cost::{Cost, median, summary, verdict};
use installation::build_release;
use limits::Sink;
use place::{Place, Queue};

/// What a step of the benchmark answers with.
pub type Outcome<T> = Result<T, Box<dyn Error>>;

/// Bytes of a mail, as the escalations of the demo have them.
pub const BYTES: usize = 5_467;

/// Mails delivered long ago in the second place.
const DELIVERED: u64 = 1_000_000;

/// Memory that no flush may pass, whatever waits.
const MOST_MEGABYTES: f64 = 32.0;

/// The part of the lower limit that is to be reached, by connections.
const GOALS: [(usize, f64); 2] = [(4, 0.70), (8, 0.65)];

/// How much slower a flush may be beside the delivered ones.
const MOST_SLOWDOWN: f64 = 1.10;

/// What was asked for.
struct Wanted {
    size: u64,
    rounds: usize,
    connections: Vec<usize>,
}

impl Wanted {
    fn from_arguments() -> Outcome<Wanted> {
        let mut wanted = Wanted { size: 10_000, rounds: 5, connections: Vec::new() };
        let mut arguments = std::env::args().skip(1);
        while let Some(argument) = arguments.next() {
            let mut number = || -> Outcome<usize> { Ok(arguments.next().unwrap_or_default().parse()?) };
            match argument.as_str() {
                "--size" => wanted.size = number()?.max(100).try_into()?,
                "--rounds" => wanted.rounds = number()?.max(1),
                "--connections" => wanted.connections.push(number()?.clamp(1, 16)),
                // cargo says what kind of run it is
                "--bench" => {}
                other => return Err(format!("{other} is none of --connections N, --rounds N, --size N").into()),
            }
        }
        if wanted.connections.is_empty() {
            wanted.connections = GOALS.map(|(connections, _)| connections).to_vec();
        }
        Ok(wanted)
    }
}

/// The times of one number of connections.
#[derive(Default)]
struct Times {
    source: Vec<Duration>,
    commits: Vec<Duration>,
    flush: Vec<Cost>,
    beside_delivered: Vec<Cost>,
}

fn main() -> Outcome<()> {
    let wanted = Wanted::from_arguments()?;
    build_release()?;
    let sink = Sink::start()?;
    let usual = Place::open("mail", &sink, 0)?;
    let large = Place::open("mail-delivered", &sink, DELIVERED)?;
    println!(
        "Postgres {}, {} mails of {BYTES} bytes, medians of {} rounds in which all take turns",
        usual.server_version()?,
        wanted.size,
        wanted.rounds
    );
    let queue = Queue { size: wanted.size, class: wvl::outbox::Class::Internal };
    let mut times: Vec<Times> = wanted.connections.iter().map(|_| Times::default()).collect();
    for _ in 0..wanted.rounds {
        for (&connections, times) in wanted.connections.iter().zip(&mut times) {
            times.source.push(limits::source(&sink, connections, wanted.size)?);
            usual.fill(queue)?;
            times.commits.push(limits::commits(&usual, connections)?);
            usual.fill(queue)?;
            times.flush.push(usual.flush(connections)?);
            large.fill(queue)?;
            times.beside_delivered.push(large.flush(connections)?);
        }
    }
    tell(&wanted, &times);
    others(&wanted, &usual)?;
    usual.stop()?;
    large.stop()
}

fn per_second(size: u64, time: Duration) -> f64 {
    size as f64 / time.as_secs_f64()
}

fn tell(wanted: &Wanted, times: &[Times]) {
    println!("\nmails a second   smtp-source   commits alone   mail flush   of the lower   goal       peak MB   goal");
    for (connections, times) in wanted.connections.iter().zip(times) {
        let source = per_second(wanted.size, median(times.source.clone()));
        let commits = per_second(wanted.size, median(times.commits.clone()));
        let (time, peak) = summary(&times.flush);
        let flush = per_second(wanted.size, time);
        let ratio = flush / source.min(commits);
        let goal = GOALS
            .iter()
            .find(|(known, _)| known == connections)
            .map_or(String::new(), |(_, goal)| verdict(ratio >= *goal, &format!(">= {:.0} %", goal * 100.0)));
        println!(
            "{connections:>2} connections{source:>15.0}{commits:>16.0}{flush:>13.0}{:>13.0} %   {goal:<10}{peak:>7.1}   {}",
            ratio * 100.0,
            verdict(peak <= MOST_MEGABYTES, &format!("<= {MOST_MEGABYTES:.0}"))
        );
    }
    println!("\nbeside {DELIVERED} delivered mails   mail flush   × without them   goal");
    for (connections, times) in wanted.connections.iter().zip(times) {
        let (beside, _) = summary(&times.beside_delivered);
        let ratio = beside.as_secs_f64() / summary(&times.flush).0.as_secs_f64();
        println!(
            "{connections:>2} connections{:>31.0}{ratio:>17.2}   {}",
            per_second(wanted.size, beside),
            verdict(ratio <= MOST_SLOWDOWN, &format!("<= {MOST_SLOWDOWN:.2}"))
        );
    }
}

/// One run each: a queue ten times as long, and customer mail, of which is noted beforehand that it may arrive.
fn others(wanted: &Wanted, place: &Place) -> Outcome<()> {
    println!("\none run each                    mail flush   peak MB   goal");
    for &connections in &wanted.connections {
        for (what, size, class) in [
            ("ten times as many", wanted.size * 10, wvl::outbox::Class::Internal),
            ("to customers", wanted.size, wvl::outbox::Class::Customer),
        ] {
            place.fill(Queue { size, class })?;
            let (time, peak) = summary(&[place.flush(connections)?]);
            println!(
                "{connections:>2} connections, {what:<18}{:>8.0}{peak:>10.1}   {}",
                per_second(size, time),
                verdict(peak <= MOST_MEGABYTES, &format!("<= {MOST_MEGABYTES:.0}"))
            );
        }
    }
    Ok(())
}
