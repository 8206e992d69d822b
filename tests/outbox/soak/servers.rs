//! The mail servers of a soak: ours, and smtp-sinks each with one habit, behind a door for every sender.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use super::chance::Chance;
use super::ledger::{Answered, Entry, Ledger, Transfer};
use super::server::{Mood, Server};
use crate::env::sink::Sink;
use crate::env::switch::{Route, Switch, Visitor};

/// What one smtp-sink does to everybody.
#[derive(Clone, Debug)]
struct Habit {
    options: &'static [&'static str],
    /// Of a thousand connections.
    weight: u64,
    /// Whether what it keeps in a file counts as delivered.
    stored: bool,
    answered: Answered,
    /// After how many bytes the connection is cut, so that no sender suffers from it for long.
    cut_after: Option<Range<u64>>,
}

/// Our own server gets so many of a thousand connections; with the faults of its transactions and the connections that go to
/// an smtp-sink with a bad habit a tenth of all mails meets a fault.
const OURS: u64 = 450;
/// So many find nobody.
const NOBODY: u64 = 5;

fn habits() -> Vec<Habit> {
    let habit = |options, weight, stored, answered, cut_after| Habit { options, weight, stored, answered, cut_after };
    vec![
        habit(&[], 450, true, Answered::Yes, None),
        habit(&[], 35, true, Answered::Yes, Some(1_500..60_000)),
        habit(&["-q", "."], 10, true, Answered::Never, None),
        habit(&["-Q", "."], 8, false, Answered::Later, None),
        habit(&["-r", "."], 8, false, Answered::Later, Some(2_000..20_000)),
        habit(&["-f", "."], 4, false, Answered::No, Some(2_000..10_000)),
        habit(&["-q", "DATA"], 5, false, Answered::Never, None),
        habit(&["-q", "RCPT"], 5, false, Answered::Never, None),
        habit(&["-r", "RCPT"], 6, false, Answered::Later, Some(150..600)),
        habit(&["-f", "RCPT"], 4, false, Answered::No, Some(150..300)),
        habit(&["-q", "CONNECT"], 5, false, Answered::Never, None),
    ]
}

/// All of them.
pub struct Servers {
    /// What ours writes down.
    pub ledger: Arc<Ledger>,
    sinks: Vec<(Habit, Sink)>,
    /// A door for each process that sends at the same time.
    pub doors: Vec<Switch>,
}

impl Servers {
    /// Starts them with the choices of a seed.
    pub fn start(seed: u64, doors: usize, folder: &Path) -> Servers {
        let ledger = Arc::new(Ledger::new(&folder.join("ledger.jsonl")));
        let sinks: Vec<(Habit, Sink)> =
            habits().into_iter().map(|habit| (habit.clone(), Sink::start(habit.options))).collect();
        let ways: Vec<(u16, u64, Option<Range<u64>>)> =
            sinks.iter().map(|(habit, sink)| (sink.port, habit.weight, habit.cut_after.clone())).collect();
        let doors = (0..doors as u64)
            .map(|door| {
                let (ledger, ways) = (Arc::clone(&ledger), ways.clone());
                Switch::start(move |visitor| route(seed ^ (door << 32), visitor, &ledger, &ways))
            })
            .collect();
        Servers { ledger, sinks, doors }
    }

    /// What a process has handed over, as all dumps tell it now.
    pub fn transfers_of(&self, run: u64) -> Vec<Transfer> {
        let mut transfers = self.ledger.of_run(run);
        let is_its = |name: &str| Visitor::by_name(name).is_some_and(|visitor| visitor.run == run);
        transfers.extend(self.dumped(Some(&is_its)));
        transfers
    }

    /// All that was ever handed over, and what else our server noted, as all dumps tell it.
    pub fn everything(&self) -> (Vec<Transfer>, Vec<Entry>) {
        let (mut transfers, mut others) = (self.dumped(None), Vec::new());
        for entry in self.ledger.read() {
            match entry {
                Entry::Transfer(transfer) => transfers.push(transfer),
                other => others.push(other),
            }
        }
        transfers.sort_by_key(|transfer| transfer.at);
        (transfers, others)
    }

    /// How many messages each smtp-sink has kept.
    pub fn kept(&self) -> BTreeMap<String, usize> {
        let mut kept = BTreeMap::new();
        for (habit, sink) in &self.sinks {
            let cut = if habit.cut_after.is_some() { " cut" } else { "" };
            *kept.entry(format!("smtp-sink {}{cut}", habit.options.join(" "))).or_default() += sink.dumps(None).len();
        }
        kept
    }

    fn dumped(&self, helo: Option<&dyn Fn(&str) -> bool>) -> Vec<Transfer> {
        let of = |(habit, sink): &(Habit, Sink)| {
            let dumps = sink.dumps(helo).into_iter();
            dumps.map(|dump| Transfer::from_dump(dump, habit.stored, habit.answered)).collect::<Vec<_>>()
        };
        self.sinks.iter().flat_map(of).collect()
    }
}

fn route(seed: u64, visitor: Visitor, ledger: &Arc<Ledger>, ways: &[(u16, u64, Option<Range<u64>>)]) -> Route {
    let mut chance = Chance::of(seed, visitor.connection);
    let mut choices = vec![(None, OURS), (Some(usize::MAX), NOBODY)];
    choices.extend(ways.iter().enumerate().map(|(number, (_, weight, _))| (Some(number), *weight)));
    match chance.weighted(&choices) {
        None => {
            let ledger = Arc::clone(ledger);
            Route::Served(Box::new(move |stream| Server::serve(stream, visitor, Mood::Moody, chance, &ledger)))
        }
        Some(usize::MAX) => {
            ledger.note(Entry::Misled(visitor.run));
            Route::Closed
        }
        Some(number) => {
            if number > 0 {
                ledger.note(Entry::Misled(visitor.run));
            }
            let (port, _, cut_after) = &ways[number];
            let cut_after = cut_after.clone().map(|range| chance.within(range) as usize);
            if cut_after.is_some() {
                ledger.note(Entry::Cut(visitor.run));
            }
            Route::Through { port: *port, cut_after }
        }
    }
}
