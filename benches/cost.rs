//! What a process costs, and how that is told beside a goal.

use std::process::{Command, Output};
use std::time::{Duration, Instant};

use crate::Outcome;

/// What a process cost.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    /// From the start of the process to its end.
    pub time: Duration,
    /// The most memory it ever had resident.
    pub peak_kilobytes: u64,
}

/// Runs a process to its end. What it writes into pipes is read.
pub fn cost(command: &mut Command) -> Outcome<(Cost, Output)> {
    let started = Instant::now();
    let child = command.spawn()?;
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
    let output = child.wait_with_output()?;
    let time = started.elapsed();
    Ok((Cost { time, peak_kilobytes: watcher.join().map_err(|_| "the watcher of the memory broke down")? }, output))
}

fn high_water(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches("kB").trim().parse().ok()
}

/// The median of the times, and the most megabytes of all.
pub fn summary(costs: &[Cost]) -> (Duration, f64) {
    let peak = costs.iter().map(|cost| cost.peak_kilobytes).max().unwrap_or(0);
    (median(costs.iter().map(|cost| cost.time).collect()), peak as f64 / 1024.0)
}

/// The middle one.
pub fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// For people.
pub fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// The goal as it stands beside its figure.
pub fn verdict(is_reached: bool, goal: &str) -> String {
    format!("{}{goal}", if is_reached { "" } else { "NOT " })
}
