//! The mail in English. There is one "you", so the form of address has no say here.

mod days;
mod sentences;
mod summary;
mod wording;

use super::bundle::Part;
use super::days::DueDay;
use super::entry::{Entry, Step};
use super::speech::{Fact, Speech};
use super::summary::{Counts, Task};
use super::table::Style;
use crate::template::{self, Language};

/// Speaks English.
pub(super) struct English;

impl Speech for English {
    fn language(&self) -> Language {
        Language::English
    }

    fn fact(&self, fact: Fact) -> String {
        days::fact(fact)
    }

    fn first_sentence(&self, entry: &Entry, fact: Fact) -> String {
        sentences::first_sentence(entry, fact)
    }

    fn request(&self, entry: &Entry) -> String {
        sentences::request(entry)
    }

    fn stage(&self, step: Step) -> String {
        sentences::stage(step)
    }

    fn stage_value(&self, step: Step, days_past: i64) -> String {
        sentences::stage_value(step, days_past)
    }

    fn due(&self, due: DueDay) -> String {
        let day = template::day(due.day, Language::English);
        due.time.map(|time| format!("{day}, {}", time.format("%H:%M"))).unwrap_or(day)
    }

    fn moved(&self, times: u32) -> String {
        if times == 1 { "moved once".to_owned() } else { format!("moved {times} times") }
    }

    fn open(&self, reference: &str) -> String {
        format!("Open {reference}").trim_end().to_owned()
    }

    fn call(&self, phone: &str) -> String {
        format!("Call {phone}")
    }

    fn names_and_more(&self, names: &str, more: usize) -> String {
        format!("{names} and {more} more")
    }

    fn reason(&self, entry: &Entry) -> String {
        sentences::reason(entry)
    }

    fn reason_of_all(&self, entries: &[&Entry]) -> String {
        sentences::reason_of_all(entries)
    }

    fn part(&self, part: Part) -> String {
        match part {
            Part::Stage(stage) => format!("Stage {stage}"),
            Part::Ahead => "Coming up".to_owned(),
            Part::Birthdays => "Birthdays".to_owned(),
        }
    }

    fn own_items(&self) -> &'static str {
        "Your own"
    }

    fn items_of_nobody(&self) -> &'static str {
        "Assigned to nobody"
    }

    fn shown(&self, full: usize, lines: usize, total: usize, table: &str) -> String {
        let lines = if lines > 0 { format!(", {lines} on one line each") } else { String::new() };
        format!(
            "Of {total} items, {full} are shown here in full{lines}; all {total} are in the attached table {table}."
        )
    }

    fn all_in_table(&self, count: usize, table: &str) -> String {
        if count == 1 {
            return format!("It is in the attached table {table}.");
        }
        format!("All {count} are in the attached table {table}.")
    }

    fn more_in_table(&self, count: usize, table: &str) -> String {
        format!("… and {count} more in the attached table {table}.")
    }

    fn subject(&self, counts: &Counts) -> String {
        summary::subject(counts)
    }

    fn summary(&self, counts: &Counts) -> String {
        summary::sentence(counts)
    }

    fn task(&self, task: Task) -> &'static str {
        summary::task(task)
    }

    fn table(&self) -> &'static Style {
        &TABLE
    }
}

/// csv (CLI.md) with a BOM and CRLF, for spreadsheets; ISO days are the only ones that each of them takes for days.
const TABLE: Style = Style {
    stem: "escalation",
    delimiter: b',',
    point: ".",
    day: "%Y-%m-%d",
    headings: [
        "Area",
        "Escalation stage",
        "Number",
        "Hours overdue (total)",
        "Hours since last escalation",
        "Of which working time",
        "Customer",
        "Description",
        "Phone",
        "Email",
        "Field sales",
        "Inside sales",
        "Handled by",
        "Address",
        "Due on",
        "Amount",
        "Currency",
        "In charge",
        "Also sent to",
        "Times moved",
        "State",
        "Link",
    ],
};
