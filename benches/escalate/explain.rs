//! The plans of the statements of a run, with times and buffers, as the server itself saw them.

use std::path::PathBuf;

use crate::Outcome;
use crate::measure::OFFERS;
use crate::place::{Place, run_day};

/// For every session of a server that is started with it.
const AUTO_EXPLAIN: &str = "session_preload_libraries = 'auto_explain'\nauto_explain.log_min_duration = 0\n\
    auto_explain.log_analyze = on\nauto_explain.log_buffers = on\n";

/// Longer lines hold parameters of ten thousand rows.
const LINE: usize = 400;

/// Prints the plans of the first run of a day, which looks at everything, and of the next one, which has news.
pub fn explain(place: &Place) -> Outcome<()> {
    place.configure(OFFERS)?;
    place.reset()?;
    let settings = place.state().join("postgresql.local.conf");
    std::fs::write(&settings, AUTO_EXPLAIN)?;
    let printed = restart(place).and_then(|()| {
        for (what, hour) in [("looks at everything, nothing new", 8), ("newly due", 16)] {
            println!("\n# {}: {what}\n", place.name);
            let before = std::fs::metadata(log(place))?.len();
            place.run(run_day(0), hour)?;
            print_from(place, before)?;
        }
        Ok(())
    });
    std::fs::remove_file(&settings)?;
    printed.and(restart(place))
}

fn restart(place: &Place) -> Outcome<()> {
    place.stop()?;
    place.sql("SELECT 1")
}

fn log(place: &Place) -> PathBuf {
    place.state().join("log")
}

fn print_from(place: &Place, start: u64) -> Outcome<()> {
    let log = std::fs::read(log(place))?;
    let new = String::from_utf8_lossy(log.get(usize::try_from(start)?..).unwrap_or_default()).into_owned();
    for line in new.lines() {
        let short: String = line.chars().take(LINE).collect();
        println!("{short}{}", if short.len() < line.len() { " …" } else { "" });
    }
    Ok(())
}
