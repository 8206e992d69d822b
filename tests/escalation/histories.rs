//! Random histories: whatever happens to an item, the engine sends what the plain model of the rules says, and nothing else.
//!
//! `WVL_HISTORIES=100000` plays more of them, `WVL_HISTORIES_SEED=7` other ones, and `WVL_HISTORY=<seed of a house>` the
//! one house that a failure has named.

pub mod chance;
pub mod compare;
pub mod office;
mod play;
pub mod scenario;

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use chance::Chance;
use office::Desk;
use play::{Counted, Mismatch, is_midnight, play};
use scenario::Scenario;

use super::model::minutes::day;

/// Items of one house: they share its runs.
const ITEMS: usize = 200;

/// The number in an environment variable.
pub fn number(variable: &str) -> Option<u64> {
    let value = std::env::var(variable).ok()?;
    Some(value.parse().unwrap_or_else(|_| panic!("{variable} is no number: {value}")))
}

#[test]
fn ten_thousand_random_histories_agree_with_the_model() {
    let start = Instant::now();
    let seed = number("WVL_HISTORIES_SEED").unwrap_or(3);
    let houses = number("WVL_HISTORIES").unwrap_or(10_000).div_ceil(ITEMS as u64);
    let mut chance = Chance::new(seed);
    let seeds: Vec<u64> = match number("WVL_HISTORY") {
        Some(one) => vec![one],
        None => (0..houses).map(|_| chance.next()).collect(),
    };
    let desk = Desk::new();
    let (next, counted, failed) = (AtomicUsize::new(0), Mutex::new(Counted::default()), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(seed) = seeds.get(next.fetch_add(1, Ordering::Relaxed)) {
                    match play_one(*seed, &desk) {
                        Ok(of_one) => counted.lock().unwrap().add(of_one),
                        Err(text) => failed.lock().unwrap().push(text),
                    }
                    if failed.lock().unwrap().len() > 2 {
                        break;
                    }
                }
            });
        }
    });
    let (counted, failed) = (counted.into_inner().unwrap(), failed.into_inner().unwrap());
    eprintln!("histories of seed {seed}: {counted:?} in {:.1} s", start.elapsed().as_secs_f64());
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
}

/// A house; where model and engine do not agree, with as few of its items as show it.
fn play_one(seed: u64, desk: &Desk) -> Result<Counted, String> {
    let scenario = Scenario::new(seed, ITEMS);
    let Mismatch { items, mut text } = match play(&scenario, desk, None) {
        Ok(counted) => return Ok(counted),
        Err(mismatch) => mismatch,
    };
    let alone = items.iter().map(|item| [*item].into());
    let fewer = alone
        .chain([items.clone()])
        .find_map(|items| Some((items.clone(), play(&scenario, desk, Some(&items)).err()?)));
    if let Some((items, mismatch)) = fewer {
        text = format!("with {} of its items {}", items.len(), mismatch.text);
    }
    let later = scenario.later.as_ref().map(|(from, types)| format!("from run {from} on:\n{}", scenario.toml(types)));
    Err(format!("WVL_HISTORY={seed}: {text}\n{}{}", scenario.toml(&scenario.types), later.unwrap_or_default()))
}

#[test]
fn the_models_summer_times_are_those_of_the_zone() {
    for on in day("2025-01-01")..day("2026-12-31") {
        assert!(is_midnight(on), "{on}");
    }
}
