//! The mail in German, Du or Sie.

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
use crate::outbox::settings::AddressForm;
use crate::template::{self, Language};

/// Speaks German.
pub(super) struct German {
    pub(super) form: AddressForm,
}

impl German {
    fn choose<'t>(&self, du: &'t str, sie: &'t str) -> &'t str {
        match self.form {
            AddressForm::Du => du,
            AddressForm::Sie => sie,
        }
    }
}

impl Speech for German {
    fn language(&self) -> Language {
        Language::German
    }

    fn fact(&self, fact: Fact) -> String {
        days::fact(fact)
    }

    fn first_sentence(&self, entry: &Entry, fact: Fact) -> String {
        sentences::first_sentence(entry, fact)
    }

    fn request(&self, entry: &Entry) -> String {
        self.request_of(entry)
    }

    fn stage(&self, step: Step) -> String {
        sentences::stage(step)
    }

    fn stage_value(&self, step: Step, days_past: i64) -> String {
        sentences::stage_value(step, days_past)
    }

    fn due(&self, due: DueDay) -> String {
        let day = template::day(due.day, Language::German);
        due.time.map(|time| format!("{day}, {} Uhr", time.format("%H:%M"))).unwrap_or(day)
    }

    fn moved(&self, times: u32) -> String {
        format!("{times}× verschoben")
    }

    fn open(&self, reference: &str) -> String {
        if reference.is_empty() { "Öffnen".to_owned() } else { format!("{reference} öffnen") }
    }

    fn call(&self, phone: &str) -> String {
        format!("{phone} anrufen")
    }

    fn names_and_more(&self, names: &str, more: usize) -> String {
        format!("{names} und {more} weitere")
    }

    fn reason(&self, entry: &Entry) -> String {
        self.reason_of(entry)
    }

    fn reason_of_all(&self, entries: &[&Entry]) -> String {
        self.reason_of_several(entries)
    }

    fn part(&self, part: Part) -> String {
        match part {
            Part::Stage(stage) => format!("Stufe {stage}"),
            Part::Ahead => "Vorlauf".to_owned(),
            Part::Birthdays => "Geburtstage".to_owned(),
        }
    }

    fn own_items(&self) -> &'static str {
        self.choose("Bei dir", "Bei Ihnen")
    }

    fn items_of_nobody(&self) -> &'static str {
        "Niemandem zugeordnet"
    }

    fn shown(&self, full: usize, lines: usize, total: usize, table: &str) -> String {
        let lines = if lines > 0 { format!(", {lines} mit einer Zeile") } else { String::new() };
        format!(
            "Von {total} Vorgängen stehen hier {full} mit allen Angaben{lines}; alle {total} stehen in der angehängten \
             Tabelle {table}."
        )
    }

    fn all_in_table(&self, count: usize, table: &str) -> String {
        format!("Alle {count} stehen in der angehängten Tabelle {table}.")
    }

    fn more_in_table(&self, count: usize, table: &str) -> String {
        format!("… und {count} weitere in der angehängten Tabelle {table}.")
    }

    fn subject(&self, counts: &Counts) -> String {
        summary::subject(counts)
    }

    fn summary(&self, counts: &Counts) -> String {
        summary::sentence(counts)
    }

    fn task(&self, task: Task) -> &'static str {
        self.task_of(task)
    }

    fn table(&self) -> &'static Style {
        &TABLE
    }
}

/// csv-de (CLI.md): what Excel in Germany opens with a double click.
const TABLE: Style = Style {
    stem: "eskalation",
    delimiter: b';',
    point: ",",
    day: "%d.%m.%Y",
    headings: [
        "Bereich",
        "Eskalationsstufe",
        "Nummer",
        "Stunden überfällig (gesamt)",
        "Stunden seit letzter Eskalation",
        "davon Arbeitszeit",
        "Kunde",
        "Beschreibung",
        "Telefonnummer",
        "eMail",
        "ADM",
        "IDM",
        "Bearbeiter",
        "Adresse",
        "fällig am",
        "Betrag",
        "Währung",
        "zuständig",
        "auch an",
        "verschoben",
        "Stand",
        "Link",
    ],
};
