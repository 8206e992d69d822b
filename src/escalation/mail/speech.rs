//! What has to be said in every language: one method a sentence, [`German`] and [`English`] each say all of them.
//!
//! What is a fact and which of several things is said is decided here and in the modules beside, once for all languages.

use super::bundle::Part;
use super::days::DueDay;
use super::english::English;
use super::entry::{Entry, Step};
use super::german::German;
use super::summary::{Counts, Task};
use super::table::Style;
use crate::outbox::settings::AddressForm;
use crate::template::Language;

/// How a type's items come due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// They become overdue.
    Due,
    /// The same, but ahead of time they run out.
    RunsOut,
    /// Nobody is late with them.
    Birthday,
}

impl Kind {
    /// The kind of a type by its key; one of a company's own becomes overdue.
    pub(super) fn of(type_key: &str) -> Kind {
        match type_key {
            "birthday" => Kind::Birthday,
            "contract-expiry" | "invoice-licence-expiry" => Kind::RunsOut,
            _ => Kind::Due,
        }
    }
}

/// What is said of an item's day, with the number of local days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fact {
    /// So many days ago; one that is still ahead is due.
    Overdue(i64),
    /// In so many days.
    DueIn(i64),
    /// In so many days.
    RunsOutIn(i64),
    /// So many days ago, negative ahead of it.
    Birthday(i64),
}

impl Fact {
    /// `days_past` is negative ahead of the day.
    pub(super) fn of(entry: &Entry, days_past: i64) -> Fact {
        let ahead = matches!(entry.step, Step::Announce(_));
        match Kind::of(&entry.type_key) {
            Kind::Birthday => Fact::Birthday(days_past),
            Kind::RunsOut if ahead => Fact::RunsOutIn(-days_past),
            Kind::Due if ahead => Fact::DueIn(-days_past),
            Kind::Due | Kind::RunsOut if days_past < 0 => Fact::DueIn(-days_past),
            Kind::Due | Kind::RunsOut => Fact::Overdue(days_past),
        }
    }
}

/// A language, with the form of address where it has several.
pub(super) trait Speech: Sync {
    fn language(&self) -> Language;

    /// "seit gestern überfällig", "läuft ab in 41 Tagen", "hat heute Geburtstag".
    fn fact(&self, fact: Fact) -> String;
    /// "Die Wiedervorlage zum Angebot AN-137325 ist seit gestern überfällig."
    fn first_sentence(&self, entry: &Entry, fact: Fact) -> String;
    /// What this reader should do: the handler does it, the supervisor clears the way, the company head decides. An
    /// advance notice asks for the same without "heute".
    fn request(&self, entry: &Entry) -> String;
    /// "Stufe 2", "Stufe 3, 2. Wiederholung", "Vorlauf".
    fn stage(&self, step: Step) -> String;
    /// What stands behind the label "Eskalationsstufe": "2", "Stufe 3, 2. Wiederholung", "Vorlauf, noch 41 Tage".
    fn stage_value(&self, step: Step, days_past: i64) -> String;
    /// "Mo, 08.03.2021", "Mo, 08.03.2021, 14:30 Uhr".
    fn due(&self, due: DueDay) -> String;
    /// "5× verschoben".
    fn moved(&self, times: u32) -> String;
    /// The words on the button: "AN-137325 öffnen"; without a number "Öffnen".
    fn open(&self, reference: &str) -> String;
    /// The words on the other button: "+49 7153 555-120 anrufen".
    fn call(&self, phone: &str) -> String;
    /// "Andrea Berg, Jens Kühn und 3 weitere".
    fn names_and_more(&self, names: &str, more: usize) -> String;
    /// Why one gets this mail about one item, as the last lines of it.
    fn reason(&self, entry: &Entry) -> String;
    /// Why one gets a mail about several items: each part one has in them, once.
    fn reason_of_all(&self, entries: &[&Entry]) -> String;

    /// The heading of a section: "Stufe 3", "Vorlauf", "Geburtstage".
    fn part(&self, part: Part) -> String;
    /// The heading above the reader's own items, beside those of others.
    fn own_items(&self) -> &'static str;
    /// The heading above items whose turn is nobody's.
    fn items_of_nobody(&self) -> &'static str;
    /// How many of `total` items stand in the mail, and that all of them stand in the attached table.
    fn shown(&self, full: usize, lines: usize, total: usize, table: &str) -> String;
    /// "Alle 30 stehen in der angehängten Tabelle …"
    fn all_in_table(&self, count: usize, table: &str) -> String;
    /// "… und 30 weitere in der angehängten Tabelle …"
    fn more_in_table(&self, count: usize, table: &str) -> String;

    /// "23 Vorgänge überfällig, 3 davon Stufe 3 – ältester seit 41 Tagen".
    fn subject(&self, counts: &Counts) -> String;
    /// "23 Vorgänge sind überfällig, der älteste seit 41 Tagen. 2 weitere sind bald fällig."
    fn summary(&self, counts: &Counts) -> String;
    /// What the reader should do with all of it.
    fn task(&self, task: Task) -> &'static str;

    /// How the attached table is written.
    fn table(&self) -> &'static Style;
}

/// The one who speaks to readers of that language.
pub(super) fn of(language: Language, form: AddressForm) -> &'static dyn Speech {
    match (language, form) {
        (Language::German, AddressForm::Du) => &German { form: AddressForm::Du },
        (Language::German, AddressForm::Sie) => &German { form: AddressForm::Sie },
        // one "you" for everybody
        (Language::English, _) => &English,
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn facts_by_kind_step_and_day() {
        let fact = |type_key: &str, step, days_past| {
            Fact::of(&Entry { type_key: type_key.to_owned(), step, ..sample::offer() }, days_past)
        };
        assert_eq!(fact("task", Step::Stage(1), 3), Fact::Overdue(3));
        // a stage by the hour, on the due day itself or before
        assert_eq!(fact("task", Step::Stage(1), -1), Fact::DueIn(1));
        assert_eq!(fact("task", Step::Announce(7), -5), Fact::DueIn(5));
        assert_eq!(fact("contract-expiry", Step::Announce(90), -41), Fact::RunsOutIn(41));
        assert_eq!(fact("contract-expiry", Step::Repeat(3, 1), 9), Fact::Overdue(9));
        assert_eq!(fact("birthday", Step::Announce(7), -7), Fact::Birthday(-7));
    }
}
