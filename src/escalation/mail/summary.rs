//! What a bundle holds, counted, and what is asked of its reader. Pure; each language finds its words for it.

use chrono::NaiveDate;

use super::bundle::Part;
use super::days::DueDay;
use super::entry::{Entry, Settings, Step};
use super::view::is_birthday;
use crate::template::one_line;

/// What a bundle holds, counted.
#[derive(Clone, Debug, Default)]
pub(super) struct Counts {
    pub(super) overdue: usize,
    /// the highest stage, and how many are at it
    pub(super) highest: (u8, usize),
    pub(super) oldest: Option<Oldest>,
    pub(super) ahead: usize,
    /// days to the next one ahead
    pub(super) next: Option<i64>,
    pub(super) birthdays: usize,
}

/// What waits longest.
#[derive(Clone, Debug)]
pub(super) struct Oldest {
    /// local days
    pub(super) days: i64,
    /// number, and customer or title
    pub(super) name: String,
}

impl Counts {
    pub(super) fn of(ordered: &[&Entry], settings: &Settings, today: NaiveDate) -> Counts {
        let mut counts = Counts::default();
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
                    if counts.oldest.as_ref().is_none_or(|oldest| past > oldest.days) {
                        let name = if entry.partner_name.is_empty() { &entry.title } else { &entry.partner_name };
                        let name = format!("{} {}", one_line(&entry.reference), one_line(name));
                        counts.oldest = Some(Oldest { days: past, name });
                    }
                }
            }
        }
        counts
    }
}

/// What is asked of the reader of a bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Task {
    /// Everything lies ahead: in time is enough.
    InTime,
    /// His or her own items alone.
    Own,
    /// Items of others alone.
    Lead,
    /// Both.
    OwnAndLead,
    /// Nothing but birthdays.
    Congratulate,
}

impl Task {
    pub(super) fn of(ordered: &[&Entry]) -> Task {
        let overdue = || ordered.iter().filter(|entry| !is_birthday(entry));
        let leads = overdue().any(|entry| entry.role.leads());
        let own = overdue().any(|entry| !entry.role.leads());
        match (leads, own) {
            (false, false) => Task::Congratulate,
            // advance notices are early on purpose
            _ if overdue().all(|entry| matches!(entry.step, Step::Announce(_))) => Task::InTime,
            (true, true) => Task::OwnAndLead,
            (true, false) => Task::Lead,
            (false, true) => Task::Own,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::entry::Role;
    use super::super::sample;
    use super::*;

    #[test]
    fn what_is_asked_for() {
        let own = sample::offer();
        let led = Entry { role: Role::Supervisor, ..sample::offer() };
        let ahead = sample::contract();
        let birthday = sample::birthday();
        assert_eq!(Task::of(&[&own, &birthday]), Task::Own);
        assert_eq!(Task::of(&[&led, &ahead]), Task::OwnAndLead);
        assert_eq!(Task::of(&[&led, &birthday]), Task::Lead);
        assert_eq!(Task::of(&[&ahead, &birthday]), Task::InTime);
        assert_eq!(Task::of(&[&birthday]), Task::Congratulate);
    }
}
