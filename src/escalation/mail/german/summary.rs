//! The words above a bundle: its subject, its first sentence, and what the reader should do with all of it.

use super::{German, days};
use crate::escalation::mail::SUBJECT_LENGTH;
use crate::escalation::mail::summary::{Counts, Task};

pub(super) fn subject(counts: &Counts) -> String {
    let mut parts = Vec::new();
    if counts.overdue > 0 {
        parts.push(format!("{} überfällig", items(counts.overdue)));
        let (stage, count) = counts.highest;
        parts.push(if count == counts.overdue {
            format!("Stufe {stage}")
        } else {
            format!("{count} davon Stufe {stage}")
        });
    }
    if counts.ahead > 0 {
        let what = if counts.overdue > 0 { counts.ahead.to_string() } else { items(counts.ahead) };
        parts.push(format!("{what} bald fällig"));
        if counts.overdue == 0 {
            parts.push(format!("der erste {}", days::ahead(counts.next.unwrap_or(0))));
        }
    }
    if counts.birthdays > 0 {
        parts.push(birthdays(counts.birthdays));
    }
    let subject = parts.join(", ");
    match &counts.oldest {
        Some(oldest) => {
            let longer = format!("{subject} – ältester {}", days::since(oldest.days));
            if longer.chars().count() <= SUBJECT_LENGTH { longer } else { subject }
        }
        None => subject,
    }
}

pub(super) fn sentence(counts: &Counts) -> String {
    let mut sentences = Vec::new();
    if counts.overdue > 0 {
        let verb = if counts.overdue == 1 { "ist" } else { "sind" };
        let oldest = match &counts.oldest {
            Some(oldest) if counts.overdue > 1 => format!(", der älteste {}", days::since(oldest.days)),
            Some(oldest) => format!(", {}", days::since(oldest.days)),
            None => String::new(),
        };
        sentences.push(format!("{} {verb} überfällig{oldest}.", items(counts.overdue)));
    }
    if counts.ahead > 0 {
        let verb = if counts.ahead == 1 { "wird" } else { "werden" };
        let what = match counts.ahead {
            ahead if counts.overdue == 0 => items(ahead),
            1 => "1 weiterer".to_owned(),
            ahead => format!("{ahead} weitere"),
        };
        sentences.push(format!("{what} {verb} bald fällig."));
    }
    if counts.birthdays > 0 {
        let verb = if counts.birthdays == 1 { "steht" } else { "stehen" };
        sentences.push(format!("{} {verb} an.", birthdays(counts.birthdays)));
    }
    sentences.join(" ")
}

fn items(count: usize) -> String {
    if count == 1 { "1 Vorgang".to_owned() } else { format!("{count} Vorgänge") }
}

fn birthdays(count: usize) -> String {
    if count == 1 { "1 Geburtstag".to_owned() } else { format!("{count} Geburtstage") }
}

impl German {
    pub(super) fn task_of(&self, task: Task) -> &'static str {
        match task {
            Task::InTime => {
                self.choose("Bitte kümmer dich rechtzeitig darum.", "Bitte kümmern Sie sich rechtzeitig darum.")
            }
            Task::Own => self.choose(
                "Bitte erledige sie heute oder setz neue Termine; die höchste Stufe zuerst.",
                "Bitte erledigen Sie sie heute oder setzen Sie neue Termine; die höchste Stufe zuerst.",
            ),
            Task::Lead => self.choose(
                "Bitte klär heute mit den Genannten, was im Weg steht, oder verteil die Arbeit neu; die höchste Stufe \
                 zuerst.",
                "Bitte klären Sie heute mit den Genannten, was im Weg steht, oder verteilen Sie die Arbeit neu; die \
                 höchste Stufe zuerst.",
            ),
            Task::OwnAndLead => self.choose(
                "Bitte erledige deine eigenen heute und klär mit den anderen, was im Weg steht; die höchste Stufe \
                 zuerst.",
                "Bitte erledigen Sie Ihre eigenen heute und klären Sie mit den anderen, was im Weg steht; die höchste \
                 Stufe zuerst.",
            ),
            Task::Congratulate => self.choose(
                "Ein Anruf oder ein paar Zeilen von dir kommen gut an.",
                "Ein Anruf oder ein paar Zeilen von Ihnen kommen gut an.",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::escalation::mail::bundle::in_order;
    use crate::escalation::mail::entry::{Entry, Step};
    use crate::escalation::mail::sample;

    fn entry(reference: &str, step: Step) -> Entry {
        Entry { reference: reference.to_owned(), step, ..sample::offer() }
    }

    #[test]
    fn subjects_count() {
        let said = |entries: &[Entry]| subject(&Counts::of(&in_order(entries), &sample::settings(), sample::today()));
        let one = entry("a", Step::Stage(1));
        assert_eq!(said(&[one.clone(), one.clone()]), "2 Vorgänge überfällig, Stufe 1 – ältester seit gestern");
        let three = entry("b", Step::Repeat(3, 1));
        let ahead =
            Entry { step: Step::Announce(7), due_at: "2021-03-16T00:00:00Z".parse().unwrap(), ..sample::offer() };
        assert_eq!(
            said(&[one, three, ahead.clone()]),
            "2 Vorgänge überfällig, 1 davon Stufe 3, 1 bald fällig – ältester seit gestern"
        );
        assert_eq!(said(&[ahead.clone(), ahead]), "2 Vorgänge bald fällig, der erste in 7 Tagen");
        let birthday = sample::birthday();
        assert_eq!(said(&[birthday.clone(), birthday]), "2 Geburtstage");
    }

    #[test]
    fn sentences_count() {
        let one = entry("a", Step::Stage(1));
        let counts =
            |entries: &[Entry]| sentence(&Counts::of(&in_order(entries), &sample::settings(), sample::today()));
        assert_eq!(counts(&[one.clone(), one.clone()]), "2 Vorgänge sind überfällig, der älteste seit gestern.");
        let ahead = Entry { step: Step::Announce(7), ..one.clone() };
        assert_eq!(
            counts(&[one, ahead, sample::birthday()]),
            "1 Vorgang ist überfällig, seit gestern. 1 weiterer wird bald fällig. 1 Geburtstag steht an."
        );
    }
}
