//! Several items for one person in one run: their order, and which of them stand with all fields. Pure.

use std::cmp::Reverse;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::Serialize;

use super::entry::{Entry, Settings, Step};
use super::speech::{Fact, Speech};
use super::summary::{Counts, Task};
use super::view::{ItemView, is_birthday};
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
    /// "Von 250 Vorgängen stehen hier 20 mit allen Angaben …", where there is a table
    pub(super) shown: Option<String>,
    pub(super) sections: Vec<Section>,
}

/// Everything of one stage.
#[derive(Debug, Serialize)]
pub(super) struct Section {
    pub(super) level: u8,
    pub(super) title: String,
    pub(super) count: usize,
    pub(super) unlisted: usize,
    /// "… und 30 weitere in der angehängten Tabelle …", where some are unlisted
    pub(super) rest: Option<String>,
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
pub(super) enum Part {
    Stage(u8),
    Ahead,
    Birthdays,
}

impl Part {
    pub(super) fn of(entry: &Entry) -> Part {
        match entry.step {
            _ if is_birthday(entry) => Part::Birthdays,
            Step::Announce(_) => Part::Ahead,
            step => Part::Stage(step.level()),
        }
    }

    /// Lower comes first.
    fn rank(self) -> u16 {
        match self {
            Part::Stage(stage) => u16::from(u8::MAX - stage),
            Part::Ahead => 256,
            Part::Birthdays => 257,
        }
    }
}

/// The entries in the order of the mail and of the attached table: by stage, for those who lead by employee, amounts
/// first, then what waits longest.
pub(super) fn in_order(entries: &[Entry]) -> Vec<&Entry> {
    let mut ordered: Vec<&Entry> = entries.iter().collect();
    ordered.sort_by(|a, b| Part::of(a).rank().cmp(&Part::of(b).rank()).then_with(|| weight(a).cmp(&weight(b))));
    // employees in the order of their weightiest item, which is the first one of theirs here
    let mut groups: Vec<(Part, Option<String>)> = Vec::new();
    for entry in &ordered {
        let key = (Part::of(entry), group_of(entry));
        if !groups.contains(&key) {
            groups.push(key);
        }
    }
    ordered.sort_by_cached_key(|entry| {
        let key = (Part::of(entry), group_of(entry));
        let led = key.1.is_some();
        (key.0.rank(), led, groups.iter().position(|group| *group == key))
    });
    ordered
}

fn weight(entry: &Entry) -> (bool, Reverse<Decimal>, Reverse<i64>, String) {
    let amount = entry.amount.unwrap_or_default();
    (amount.is_zero(), Reverse(amount), Reverse(entry.overdue_seconds), entry.reference.clone())
}

/// The employee a leader's item is grouped under, empty if it is nobody's turn; None for items the reader has himself.
fn group_of(entry: &Entry) -> Option<String> {
    (entry.role.leads() && !is_birthday(entry)).then(|| one_line(entry.whose_turn()))
}

/// Builds the values of a bundle. `ordered` is what [`in_order`] returned.
pub(super) fn view(
    ordered: &[&Entry],
    settings: &Settings,
    speech: &dyn Speech,
    recipient: &str,
    today: NaiveDate,
    room: Room,
    table: &str,
) -> BundleView {
    let total = ordered.len();
    let full = room.full.min(total);
    let lines = room.lines.min(total - full);
    let mut sections: Vec<Section> = Vec::new();
    for (index, entry) in ordered.iter().enumerate() {
        let part = Part::of(entry);
        let title = speech.part(part);
        if sections.last().is_none_or(|section| section.title != title) {
            let level = if let Part::Stage(stage) = part { stage } else { 0 };
            sections.push(Section { level, title, count: 0, unlisted: 0, rest: None, groups: Vec::new() });
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
            group.full.push(ItemView::new(entry, settings, speech, today));
        } else if index < full + lines {
            group.lines.push(ItemView::new(entry, settings, speech, today));
        } else {
            section.unlisted += 1;
        }
    }
    for section in &mut sections {
        name_groups(section, speech);
        section.rest = match section.unlisted {
            0 => None,
            all if all == section.count => Some(speech.all_in_table(all, table)),
            some => Some(speech.more_in_table(some, table)),
        };
    }
    let counts = Counts::of(ordered, settings, today);
    let subject = speech.subject(&counts);
    let preheader = match &counts.oldest {
        Some(oldest) => format!("{}: {}", speech.fact(Fact::Overdue(oldest.days)), oldest.name),
        None => subject.clone(),
    };
    BundleView {
        company: one_line(&settings.company),
        recipient: one_line(recipient),
        subject,
        preheader: clip(&preheader, 90),
        first_sentence: speech.summary(&counts),
        request: speech.task(Task::of(ordered)).to_owned(),
        reason: speech.reason_of_all(ordered),
        total,
        full,
        lines,
        compact: room.compact,
        unlisted: total - full - lines,
        attachment: (full < total).then(|| table.to_owned()),
        shown: (full < total).then(|| speech.shown(full, lines, total, table)),
        sections,
    }
}

/// Own things beside those of others need a heading of their own, and so do those of nobody.
fn name_groups(section: &mut Section, speech: &dyn Speech) {
    let led = section.groups.iter().any(|group| group.name.is_some());
    for group in section.groups.iter_mut().filter(|_| led) {
        match group.name.as_deref() {
            None => group.name = Some(speech.own_items().to_owned()),
            Some("") => group.name = Some(speech.items_of_nobody().to_owned()),
            Some(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::entry::Role;
    use super::super::sample;
    use super::*;
    use crate::template::Language;

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
        let german = sample::speech(Language::German);
        let view = view(&ordered, &sample::settings(), german, "x", sample::today(), Room::USUAL, "t.csv");
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
            let german = sample::speech(Language::German);
            let view = view(&ordered, &sample::settings(), german, "x", sample::today(), Room::USUAL, "t.csv");
            assert_eq!((view.full, view.lines, view.unlisted), (full, lines, unlisted));
            assert_eq!(view.attachment.is_some(), table, "{total}");
            assert_eq!(view.sections[0].groups[0].full.len(), full);
        }
    }
}
