//! Random files with random faults: every fault is named at the right line and column, and nothing is written.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use wvl::import::Options;
use wvl::sales::import::DOCUMENTS;

use super::{options, run, with_people};

const HEADINGS: [&str; 6] = ["Art", "Belegnummer", "Kunde", "Datum", "Nettobetrag", "Titel"];

/// What can be wrong with a row: the column (by its place), or the row as a whole.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    Kind,
    EmptyNumber,
    UnknownCustomer,
    NoSuchDay,
    NoNumber,
    TooMuch,
    TooFewCells,
    Repeated,
}

impl Fault {
    fn column(self) -> Option<usize> {
        match self {
            Fault::Kind => Some(0),
            Fault::EmptyNumber | Fault::Repeated => Some(1),
            Fault::UnknownCustomer => Some(2),
            Fault::NoSuchDay => Some(3),
            Fault::NoNumber | Fault::TooMuch => Some(4),
            Fault::TooFewCells => None,
        }
    }
}

#[derive(Clone, Debug)]
struct Row {
    title: String,
    amount: u32,
    faults: Vec<Fault>,
    blank_before: bool,
}

#[derive(Clone, Debug)]
struct Written {
    rows: Vec<Row>,
    delimiter: char,
    ending: &'static str,
    order: Vec<usize>,
    is_cp1252: bool,
}

fn written() -> impl Strategy<Value = Written> {
    let fault = prop_oneof![
        Just(Fault::Kind),
        Just(Fault::EmptyNumber),
        Just(Fault::UnknownCustomer),
        Just(Fault::NoSuchDay),
        Just(Fault::NoNumber),
        Just(Fault::TooMuch),
        Just(Fault::TooFewCells),
        Just(Fault::Repeated),
    ];
    let faults = prop_oneof![3 => Just(Vec::new()), 1 => prop::collection::vec(fault, 1..3)];
    // text with everything that quotes are for
    let title = "[a-zäß ;,|\"\n]{0,12}";
    let row = (title, 0..10_000_000_u32, faults, prop::bool::weighted(0.1)).prop_map(
        |(title, amount, mut faults, blank_before)| {
            faults.dedup();
            if faults.contains(&Fault::TooFewCells) {
                faults = vec![Fault::TooFewCells];
            }
            Row { title, amount, faults, blank_before }
        },
    );
    let order = Just((0..HEADINGS.len()).collect::<Vec<_>>()).prop_shuffle();
    (
        prop::collection::vec(row, 1..25),
        prop::sample::select(vec![';', ',', '\t', '|']),
        prop::sample::select(vec!["\n", "\r\n"]),
        order,
        any::<bool>(),
    )
        .prop_map(|(rows, delimiter, ending, order, is_cp1252)| Written {
            rows,
            delimiter,
            ending,
            order,
            is_cp1252,
        })
}

impl Written {
    /// The file, and the line and column of everything that is wrong with it.
    fn bytes_and_faults(&self) -> (Vec<u8>, BTreeSet<(u64, Option<String>)>) {
        let mut text = String::new();
        let mut expected = BTreeSet::new();
        let separator = self.delimiter.to_string();
        let push = |text: &mut String, cells: &[String]| {
            let cells: Vec<String> = self.order.iter().map(|at| quoted(&cells[*at])).collect();
            text.push_str(&cells.join(&separator));
            text.push_str(self.ending);
        };
        push(&mut text, &HEADINGS.map(str::to_owned));
        let mut last_number = None;
        for (index, row) in self.rows.iter().enumerate() {
            if row.blank_before {
                text.push_str(self.ending);
            }
            let line = text.matches('\n').count() as u64 + 1;
            let has = |fault| row.faults.contains(&fault);
            if has(Fault::TooFewCells) {
                expected.insert((line, None));
                text.push_str(&format!("x{separator}y{}", self.ending));
                continue;
            }
            // a row whose key cannot be read is the same record as no other
            let repeats = has(Fault::Repeated) && !has(Fault::EmptyNumber) && !has(Fault::Kind);
            let number = match (&last_number, repeats) {
                (Some(last), true) => String::clone(last),
                _ => format!("N{index}"),
            };
            for fault in &row.faults {
                if *fault != Fault::Repeated || repeats && last_number.is_some() {
                    expected.insert((line, fault.column().map(|at| HEADINGS[at].to_owned())));
                }
            }
            let is_known = !has(Fault::EmptyNumber) && !has(Fault::Kind);
            let decimal =
                format!("{}{}{:02}", row.amount / 100, if self.delimiter == ',' { '.' } else { ',' }, row.amount % 100);
            let say = |fault, wrong: &str, right: String| if has(fault) { wrong.to_owned() } else { right };
            push(
                &mut text,
                &[
                    say(Fault::Kind, "Brief", "Angebot".to_owned()),
                    say(Fault::EmptyNumber, "", number.clone()),
                    say(Fault::UnknownCustomer, "4711", "10001".to_owned()),
                    say(Fault::NoSuchDay, "31.02.2026", "1.11.2026".to_owned()),
                    say(Fault::NoNumber, "viel", say(Fault::TooMuch, "9999999999999999", decimal)),
                    row.title.clone(),
                ],
            );
            if is_known {
                last_number.get_or_insert(number);
            }
        }
        let bytes = match self.is_cp1252 {
            true => text.chars().map(|letter| u8::try_from(u32::from(letter)).unwrap()).collect(),
            false => text.into_bytes(),
        };
        (bytes, expected)
    }
}

fn quoted(cell: &str) -> String {
    format!("\"{}\"", cell.replace('"', "\"\""))
}

#[test]
fn every_fault_is_named_where_it_is_and_nothing_is_written() {
    let database = with_people();
    let mut runner = TestRunner::new(Config { cases: 60, failure_persistence: None, ..Config::default() });
    let is_empty = || database.number("SELECT count(*) FROM wvl.documents") == 0;
    let tried = runner.run(&written(), |file| {
        let (bytes, expected) = file.bytes_and_faults();
        let rehearsal = Options { dry_run: true, ..options() };
        let outcome = run(&database, &DOCUMENTS, &bytes, &rehearsal);
        let found: BTreeSet<_> =
            outcome.problems.sorted().into_iter().map(|problem| (problem.line, problem.column.clone())).collect();
        let said = outcome.problems.text(&["f".to_owned()], 100);
        prop_assert_eq!(&found, &expected, "{}\n{}", String::from_utf8_lossy(&bytes), said);
        prop_assert_eq!(outcome.is_written, expected.is_empty());
        if !expected.is_empty() {
            let outcome = run(&database, &DOCUMENTS, &bytes, &options());
            prop_assert!(!outcome.is_written && is_empty());
        }
        Ok(())
    });
    tried.unwrap_or_else(|error| panic!("{error}"));
}
