//! Several items for one person in one run: their order, which of them stand with all fields, and the sentences above
//! them. Pure.

use std::cmp::{Ordering, Reverse};

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::Serialize;

use super::days::{self, DueDay};
use super::entry::{Entry, Settings, Step};
use super::sentences;
use super::view::{ItemView, is_birthday};
use crate::outbox::settings::AddressForm;
use crate::template::{clip, one_line};

/// How many items stand with all their fields, and how many more with a line each (DESIGN.md §4 "The mail").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Room {
    pub(super) full: usize,
    pub(super) lines: usize,
    /// lines without links, which the attached table has anyway
    pub(super) compact: bool,
}

impl Room {
    pub(super) const USUAL: Room = Room { full: 20, lines: 200, compact: false };

    /// Less, for a mail that came out too long: first the links of the lines go, then items; one always stands.
    pub(super) fn less(self) -> Room {
        match self.compact {
            false => Room { compact: true, ..self },
            true => Room { full: (self.full * 3 / 4).max(1), lines: self.lines * 3 / 4, compact: true },
        }
    }
}

/// What the bundle's templates see.
#[derive(Debug, Serialize)]
pub(super) struct BundleView {
    pub(super) company: String,
    pub(super) recipient: String,
    pub(super) subject: String,
    pub(super) preheader: String,
    pub(super) first_sentence: String,
    pub(super) request: String,
    pub(super) reason: String,
    pub(super) total: usize,
    pub(super) full: usize,
    pub(super) lines: usize,
    /// lines without links
    pub(super) compact: bool,
    /// in neither part by name, only in the attached table
    pub(super) unlisted: usize,
    /// file name of the attached table
    pub(super) attachment: Option<String>,
    pub(super) sections: Vec<Section>,
}

/// Everything of one stage.
#[derive(Debug, Serialize)]
pub(super) struct Section {
    pub(super) level: u8,
    pub(super) title: String,
    pub(super) count: usize,
    pub(super) unlisted: usize,
    pub(super) groups: Vec<Group>,
}

/// Everything of one employee in a section; without a name where nobody is led.
#[derive(Debug, Serialize)]
pub(super) struct Group {
    pub(super) name: Option<String>,
    pub(super) count: usize,
    /// at least one of its items is named here
    pub(super) listed: bool,
    pub(super) full: Vec<ItemView>,
    pub(super) lines: Vec<ItemView>,
}

/// Highest stage first, then what lies ahead, then birthdays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Stage(u8),
    Ahead,
    Birthdays,
}

impl Part {
    fn of(entry: &Entry) -> Part {
        match entry.step {
            _ if is_birthday(entry) => Part::Birthdays,
            Step::Announce(_) => Part::Ahead,
            step => Part::Stage(step.level()),
        }
    }

    fn rank(self) -> u8 {
        match self {
            Part::Stage(stage) => u8::MAX - stage,
            Part::Ahead => u8::MAX,
            Part::Birthdays => u8::MAX,
        }
    }

    fn order(self, other: Part) -> Ordering {
        (self.rank(), self == Part::Birthdays).cmp(&(other.rank(), other == Part::Birthdays))
    }

    fn title(self) -> String {
        match self {
            Part::Stage(stage) => format!("Stufe {stage}"),
            Part::Ahead => "Vorlauf".to_owned(),
            Part::Birthdays => "Geburtstage".to_owned(),
        }
    }
}

/// The entries in the order of the mail and of the attached table: by stage, for those who lead by employee, amounts
/// first, then what waits longest.
pub(super) fn in_order(entries: &[Entry]) -> Vec<&Entry> {
    let mut ordered: Vec<&Entry> = entries.iter().collect();
    ordered.sort_by(|a, b| Part::of(a).order(Part::of(b)).then_with(|| weight(a).cmp(&weight(b))));
    // employees in the order of their weightiest item, which is the first one of theirs here
    let mut groups: Vec<(Part, String)> = Vec::new();
    for entry in &ordered {
        let key = (Part::of(entry), group_of(entry).unwrap_or_default());
        if !groups.contains(&key) {
            groups.push(key);
        }
    }
    ordered.sort_by_cached_key(|entry| {
        let key = (Part::of(entry), group_of(entry).unwrap_or_default());
        let own_first = !key.1.is_empty();
        (
            Part::of(entry).rank(),
            Part::of(entry) == Part::Birthdays,
            own_first,
            groups.iter().position(|group| *group == key),
        )
    });
    ordered
}

fn weight(entry: &Entry) -> (bool, Reverse<Decimal>, Reverse<i64>, String) {
    let amount = entry.amount.unwrap_or_default();
    (amount.is_zero(), Reverse(amount), Reverse(entry.overdue_seconds), entry.reference.clone())
}

/// The employee a leader's item is grouped under; None for items the reader has himself.
fn group_of(entry: &Entry) -> Option<String> {
    (entry.role.leads() && !is_birthday(entry)).then(|| {
        let who = one_line(entry.whose_turn());
        if who.is_empty() { "Niemandem zugeordnet".to_owned() } else { who }
    })
}

/// Builds the values of a bundle. `ordered` is what [`in_order`] returned.
pub(super) fn view(
    ordered: &[&Entry],
    entries: &[Entry],
    settings: &Settings,
    recipient: &str,
    today: NaiveDate,
    room: Room,
    table_name: &str,
) -> BundleView {
    let total = ordered.len();
    let full = room.full.min(total);
    let lines = room.lines.min(total - full);
    let mut sections: Vec<Section> = Vec::new();
    for (index, entry) in ordered.iter().enumerate() {
        let part = Part::of(entry);
        let title = part.title();
        if sections.last().is_none_or(|section| section.title != title) {
            let level = if let Part::Stage(stage) = part { stage } else { 0 };
            sections.push(Section { level, title, count: 0, unlisted: 0, groups: Vec::new() });
        }
        let Some(section) = sections.last_mut() else { continue };
        section.count += 1;
        let name = group_of(entry);
        if section.groups.last().is_none_or(|group| group.name != name) {
            section.groups.push(Group { name, count: 0, listed: false, full: Vec::new(), lines: Vec::new() });
        }
        let Some(group) = section.groups.last_mut() else { continue };
        group.count += 1;
        group.listed |= index < full + lines;
        if index < full {
            group.full.push(ItemView::new(entry, settings, today));
        } else if index < full + lines {
            group.lines.push(ItemView::new(entry, settings, today));
        } else {
            section.unlisted += 1;
        }
    }
    // own things beside those of others need a heading of their own
    for section in &mut sections {
        let led = section.groups.iter().any(|group| group.name.is_some());
        for group in section.groups.iter_mut().filter(|group| led && group.name.is_none()) {
            group.name = Some(match settings.address_form {
                AddressForm::Du => "Bei dir".to_owned(),
                AddressForm::Sie => "Bei Ihnen".to_owned(),
            });
        }
    }
    let counts = Counts::of(ordered, settings, today);
    BundleView {
        company: one_line(&settings.company),
        recipient: one_line(recipient),
        subject: counts.subject(),
        preheader: clip(&counts.preheader(), 90),
        first_sentence: counts.sentence(),
        request: request(ordered, settings.address_form),
        reason: sentences::reason_of_all(entries, settings.address_form),
        total,
        full,
        lines,
        compact: room.compact,
        unlisted: total - full - lines,
        attachment: (full < total).then(|| table_name.to_owned()),
        sections,
    }
}

struct Counts {
    overdue: usize,
    highest: (u8, usize),
    /// days and name of what waits longest
    oldest: Option<(i64, String)>,
    ahead: usize,
    /// days to the next one ahead
    next: Option<i64>,
    birthdays: usize,
}

impl Counts {
    fn of(ordered: &[&Entry], settings: &Settings, today: NaiveDate) -> Counts {
        let mut counts = Counts { overdue: 0, highest: (0, 0), oldest: None, ahead: 0, next: None, birthdays: 0 };
        for entry in ordered {
            let past = DueDay::of(entry.due_at, entry.due_is_promise, settings.zone).days_past(today);
            match Part::of(entry) {
                Part::Birthdays => counts.birthdays += 1,
                Part::Ahead => {
                    counts.ahead += 1;
                    counts.next = Some(counts.next.map_or(-past, |next| next.min(-past)));
                }
                Part::Stage(stage) => {
                    counts.overdue += 1;
                    counts.highest = match counts.highest {
                        (highest, count) if highest == stage => (highest, count + 1),
                        (highest, _) if highest < stage => (stage, 1),
                        unchanged => unchanged,
                    };
                    if counts.oldest.as_ref().is_none_or(|(days, _)| past > *days) {
                        let name = if entry.partner_name.is_empty() { &entry.title } else { &entry.partner_name };
                        counts.oldest = Some((past, format!("{} {}", one_line(&entry.reference), one_line(name))));
                    }
                }
            }
        }
        counts
    }

    /// "23 Vorgänge überfällig, 3 davon Stufe 3 – ältester seit 41 Tagen"
    fn subject(&self) -> String {
        let mut parts = Vec::new();
        if self.overdue > 0 {
            parts.push(format!("{} überfällig", items(self.overdue)));
            let (stage, count) = self.highest;
            if count == self.overdue {
                parts.push(format!("Stufe {stage}"));
            } else {
                parts.push(format!("{count} davon Stufe {stage}"));
            }
        }
        if self.ahead > 0 {
            let next = self.next.unwrap_or(0);
            let what = if self.overdue > 0 { self.ahead.to_string() } else { items(self.ahead) };
            parts.push(format!("{what} bald fällig"));
            if self.overdue == 0 {
                parts.push(format!("der erste {}", days::due_in(next).replace("fällig ", "").replace(" fällig", "")));
            }
        }
        if self.birthdays > 0 {
            parts.push(birthdays(self.birthdays));
        }
        let subject = parts.join(", ");
        match &self.oldest {
            Some((past, _)) if self.overdue > 0 => {
                let longer = format!("{subject} – {}", oldest(*past));
                if longer.chars().count() <= super::SUBJECT_LENGTH { longer } else { subject }
            }
            _ => subject,
        }
    }

    fn preheader(&self) -> String {
        match &self.oldest {
            Some((past, name)) => format!("{}: {name}", days::overdue(*past)),
            None => self.subject(),
        }
    }

    /// "23 Vorgänge sind überfällig, der älteste seit 41 Tagen. 2 weitere sind bald fällig."
    fn sentence(&self) -> String {
        let mut sentences = Vec::new();
        if self.overdue > 0 {
            let verb = if self.overdue == 1 { "ist" } else { "sind" };
            let oldest = match &self.oldest {
                Some((past, _)) if self.overdue > 1 => {
                    format!(", der {}", oldest(*past).replace("ältester", "älteste"))
                }
                Some((past, _)) => format!(", {}", since(*past)),
                None => String::new(),
            };
            sentences.push(format!("{} {verb} überfällig{oldest}.", items(self.overdue)));
        }
        if self.ahead > 0 {
            let verb = if self.ahead == 1 { "wird" } else { "werden" };
            let what = if self.overdue > 0 { format!("{} weitere", self.ahead) } else { items(self.ahead) };
            let what = if self.overdue > 0 && self.ahead == 1 { "1 weiterer".to_owned() } else { what };
            sentences.push(format!("{what} {verb} bald fällig."));
        }
        if self.birthdays > 0 {
            let verb = if self.birthdays == 1 { "steht" } else { "stehen" };
            sentences.push(format!("{} {verb} an.", birthdays(self.birthdays)));
        }
        sentences.join(" ")
    }
}

fn items(count: usize) -> String {
    if count == 1 { "1 Vorgang".to_owned() } else { format!("{count} Vorgänge") }
}

fn birthdays(count: usize) -> String {
    if count == 1 { "1 Geburtstag".to_owned() } else { format!("{count} Geburtstage") }
}

fn since(days_past: i64) -> String {
    days::overdue(days_past).trim_end_matches(" überfällig").to_owned()
}

fn oldest(days_past: i64) -> String {
    format!("ältester {}", since(days_past))
}

/// What the reader should do with all of it; one who leads and has things of his own reads both.
fn request(ordered: &[&Entry], form: AddressForm) -> String {
    let overdue = || ordered.iter().filter(|entry| !is_birthday(entry));
    let leads = overdue().any(|entry| entry.role.leads());
    let own = overdue().any(|entry| !entry.role.leads());
    let informal = form == AddressForm::Du;
    match (leads, own) {
        (true, true) if informal => {
            "Bitte erledige deine eigenen heute und klär mit den anderen, was im Weg steht; die höchste Stufe zuerst."
        }
        (true, true) => {
            "Bitte erledigen Sie Ihre eigenen heute und klären Sie mit den anderen, was im Weg steht; die höchste Stufe zuerst."
        }
        (true, false) if informal => {
            "Bitte klär heute mit den Genannten, was im Weg steht, oder verteil die Arbeit neu; die höchste Stufe zuerst."
        }
        (true, false) => {
            "Bitte klären Sie heute mit den Genannten, was im Weg steht, oder verteilen Sie die Arbeit neu; die höchste Stufe zuerst."
        }
        (false, true) if informal => "Bitte erledige sie heute oder setz neue Termine; die höchste Stufe zuerst.",
        (false, true) => "Bitte erledigen Sie sie heute oder setzen Sie neue Termine; die höchste Stufe zuerst.",
        (false, false) if informal => "Ein Anruf oder ein paar Zeilen von dir kommen gut an.",
        (false, false) => "Ein Anruf oder ein paar Zeilen von Ihnen kommen gut an.",
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::entry::Role;
    use super::super::sample;
    use super::*;

    fn entry(reference: &str, step: Step, amount: Option<i64>, overdue_seconds: i64) -> Entry {
        Entry {
            reference: reference.to_owned(),
            step,
            amount: amount.map(Decimal::from),
            overdue_seconds,
            ..sample::offer()
        }
    }

    fn references(entries: &[Entry]) -> Vec<&str> {
        in_order(entries).into_iter().map(|entry| entry.reference.as_str()).collect()
    }

    #[test]
    fn stages_then_amounts_then_age() {
        let entries = [
            entry("young", Step::Stage(1), None, 10),
            entry("ahead", Step::Announce(7), Some(9_000), 0),
            entry("old", Step::Stage(1), None, 20),
            entry("small", Step::Stage(1), Some(5), 1),
            entry("large", Step::Stage(1), Some(500), 1),
            entry("top", Step::Repeat(3, 1), None, 1),
            entry("second", Step::Stage(2), Some(1), 1),
        ];
        assert_eq!(references(&entries), ["top", "second", "large", "small", "old", "young", "ahead"]);
    }

    #[test]
    fn a_supervisor_reads_by_employee_and_own_things_first() {
        let of = |reference: &str, who: &str, amount| Entry {
            responsible: who.to_owned(),
            role: Role::Supervisor,
            ..entry(reference, Step::Stage(2), amount, 5)
        };
        let entries = [
            of("b1", "Berg", Some(1)),
            of("k1", "Kühn", Some(100)),
            of("b2", "Berg", Some(50)),
            Entry { role: Role::FieldRep, ..entry("own", Step::Stage(2), None, 1) },
        ];
        assert_eq!(references(&entries), ["own", "k1", "b2", "b1"]);
        let ordered = in_order(&entries);
        let view = view(&ordered, &entries, &sample::settings(), "x", sample::today(), Room::USUAL, "t.csv");
        let names: Vec<_> = view.sections[0].groups.iter().map(|group| group.name.as_deref()).collect();
        assert_eq!(names, [Some("Bei dir"), Some("Kühn"), Some("Berg")]);
        assert_eq!(view.attachment, None);
    }

    #[test]
    fn twenty_in_full_two_hundred_in_lines_all_in_the_table() {
        for (total, full, lines, unlisted, table) in [
            (2, 2, 0, 0, false),
            (20, 20, 0, 0, false),
            (21, 20, 1, 0, true),
            (220, 20, 200, 0, true),
            (250, 20, 200, 30, true),
        ] {
            let entries: Vec<Entry> =
                (0..total).map(|n| entry(&n.to_string(), Step::Stage(1), None, n as i64)).collect();
            let ordered = in_order(&entries);
            let view = view(&ordered, &entries, &sample::settings(), "x", sample::today(), Room::USUAL, "t.csv");
            assert_eq!((view.full, view.lines, view.unlisted), (full, lines, unlisted));
            assert_eq!(view.attachment.is_some(), table, "{total}");
            assert_eq!(view.sections[0].groups[0].full.len(), full);
        }
    }

    #[test]
    fn subjects_count() {
        let subject =
            |entries: &[Entry]| Counts::of(&in_order(entries), &sample::settings(), sample::today()).subject();
        let one = entry("a", Step::Stage(1), None, 1);
        assert_eq!(subject(&[one.clone(), one.clone()]), "2 Vorgänge überfällig, Stufe 1 – ältester seit gestern");
        let three = entry("b", Step::Repeat(3, 1), None, 1);
        let ahead =
            Entry { step: Step::Announce(7), due_at: "2021-03-16T00:00:00Z".parse().unwrap(), ..sample::offer() };
        assert_eq!(
            subject(&[one, three, ahead.clone()]),
            "2 Vorgänge überfällig, 1 davon Stufe 3, 1 bald fällig – ältester seit gestern"
        );
        assert_eq!(subject(&[ahead.clone(), ahead]), "2 Vorgänge bald fällig, der erste in 7 Tagen");
        let birthday = sample::birthday();
        assert_eq!(subject(&[birthday.clone(), birthday]), "2 Geburtstage");
    }

    #[test]
    fn sentences_count() {
        let one = entry("a", Step::Stage(1), None, 1);
        let counts =
            |entries: &[Entry]| Counts::of(&in_order(entries), &sample::settings(), sample::today()).sentence();
        assert_eq!(counts(&[one.clone(), one.clone()]), "2 Vorgänge sind überfällig, der älteste seit gestern.");
        let ahead = Entry { step: Step::Announce(7), ..one.clone() };
        assert_eq!(
            counts(&[one, ahead, sample::birthday()]),
            "1 Vorgang ist überfällig, seit gestern. 1 weiterer wird bald fällig. 1 Geburtstag steht an."
        );
    }
}
