//! The words above a bundle: its subject, its first sentence, and what the reader should do with all of it. Pure.

use chrono::NaiveDate;

use super::bundle::Part;
use super::days::{self, DueDay};
use super::entry::{Entry, Settings, Step};
use super::view::is_birthday;
use crate::outbox::settings::AddressForm;
use crate::template::one_line;

/// What a bundle holds, counted.
pub(super) struct Counts {
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
    pub(super) fn of(ordered: &[&Entry], settings: &Settings, today: NaiveDate) -> Counts {
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
    pub(super) fn subject(&self) -> String {
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

    pub(super) fn preheader(&self) -> String {
        match &self.oldest {
            Some((past, name)) => format!("{}: {name}", days::overdue(*past)),
            None => self.subject(),
        }
    }

    /// "23 Vorgänge sind überfällig, der älteste seit 41 Tagen. 2 weitere sind bald fällig."
    pub(super) fn sentence(&self) -> String {
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
pub(super) fn request(ordered: &[&Entry], form: AddressForm) -> String {
    let overdue = || ordered.iter().filter(|entry| !is_birthday(entry));
    let leads = overdue().any(|entry| entry.role.leads());
    let own = overdue().any(|entry| !entry.role.leads());
    let informal = form == AddressForm::Du;
    // advance notices are early on purpose
    if overdue().next().is_some() && overdue().all(|entry| matches!(entry.step, Step::Announce(_))) {
        return match informal {
            true => "Bitte kümmer dich rechtzeitig darum.",
            false => "Bitte kümmern Sie sich rechtzeitig darum.",
        }
        .to_owned();
    }
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
    use super::super::bundle::in_order;
    use super::super::sample;
    use super::*;

    fn entry(reference: &str, step: Step) -> Entry {
        Entry { reference: reference.to_owned(), step, ..sample::offer() }
    }

    #[test]
    fn subjects_count() {
        let subject =
            |entries: &[Entry]| Counts::of(&in_order(entries), &sample::settings(), sample::today()).subject();
        let one = entry("a", Step::Stage(1));
        assert_eq!(subject(&[one.clone(), one.clone()]), "2 Vorgänge überfällig, Stufe 1 – ältester seit gestern");
        let three = entry("b", Step::Repeat(3, 1));
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
        let one = entry("a", Step::Stage(1));
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
