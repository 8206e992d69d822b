//! `make bench`: what a run costs, beside the floor that no program can go below.
//!
//! The floor writes the same rows with psql's COPY into tables of the same definition in one transaction, and selects the
//! same items by index. Absolute figures change from machine to machine, so every goal is a ratio of medians of one run of
//! this program, in which the places take turns. Each place is a demo of its own below `target/tmp/bench`; what is loaded
//! stays there for the next time.
//!
//! `cargo bench --bench escalate -- --large` adds ten million documents (needs about 12 GB of disk, and a quarter of an
//! hour for loading), `--explain` prints the plans of all statements of two runs, `--rounds N` measures more often, `--size N`
//! takes other numbers than a million (everything else in proportion) to try the benchmark itself.

#![expect(clippy::print_stdout, reason = "a benchmark is there to print its figures")]

#[path = "../cost.rs"]
mod cost;
mod explain;
mod floor;
#[path = "../installation.rs"]
mod installation;
mod measure;
mod place;

use std::error::Error;

use installation::build_release;
use measure::{newly_due, nothing_due, sweeping_types};
use place::{Load, Place};

/// What a step of the benchmark answers with.
pub type Outcome<T> = Result<T, Box<dyn Error>>;

/// What was asked for.
struct Wanted {
    size: u64,
    rounds: usize,
    large: bool,
    explain: bool,
}

impl Wanted {
    fn from_arguments() -> Outcome<Wanted> {
        let mut wanted = Wanted { size: 1_000_000, rounds: 5, large: false, explain: false };
        let mut arguments = std::env::args().skip(1);
        while let Some(argument) = arguments.next() {
            let mut number = || -> Outcome<u64> { Ok(arguments.next().unwrap_or_default().parse()?) };
            match argument.as_str() {
                "--size" => wanted.size = number()?.max(2_000),
                "--rounds" => wanted.rounds = usize::try_from(number()?)?.clamp(1, place::MOST_ROUNDS),
                "--large" => wanted.large = true,
                "--explain" => wanted.explain = true,
                // cargo says what kind of run it is
                "--bench" => {}
                other => return Err(format!("{other} is none of --large, --explain, --rounds N, --size N").into()),
            }
        }
        Ok(wanted)
    }
}

fn main() -> Outcome<()> {
    let wanted = Wanted::from_arguments()?;
    build_release()?;
    let usual = Load { size: wanted.size, due: wanted.size / 100, backlog: wanted.size / 10 };
    let stuck = Load { size: wanted.size * 2, backlog: wanted.size, ..usual };
    let large = Load { size: wanted.size * 10, ..usual };
    let mut places = vec![Place::open("usual", Some(usual))?];
    places.push(if wanted.large { Place::open("large", Some(large))? } else { Place::open("stuck", Some(stuck))? });
    if wanted.explain {
        for place in &places {
            explain::explain(place)?;
        }
        return stop(&places);
    }
    let company = Place::open("company", None)?;
    println!(
        "Postgres {}, medians of {} rounds in which the places take turns",
        company.server_version()?,
        wanted.rounds
    );
    for place in &places {
        place.reset()?;
    }
    nothing_due(&places, &company, wanted.rounds)?;
    newly_due(&places, wanted.rounds)?;
    sweeping_types(&places, wanted.rounds)?;
    places.push(company);
    stop(&places)
}

fn stop(places: &[Place]) -> Outcome<()> {
    places.iter().try_for_each(Place::stop)
}
