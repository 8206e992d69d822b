//! The words above a bundle: its subject, its first sentence, and what the reader should do with all of it.

use super::days;
use crate::escalation::mail::SUBJECT_LENGTH;
use crate::escalation::mail::summary::{Counts, Task};

pub(super) fn subject(counts: &Counts) -> String {
    let mut parts = Vec::new();
    if counts.overdue > 0 {
        parts.push(format!("{} overdue", items(counts.overdue)));
        let (stage, count) = counts.highest;
        parts.push(if count == counts.overdue {
            format!("Stage {stage}")
        } else {
            format!("{count} of them Stage {stage}")
        });
    }
    if counts.ahead > 0 {
        let what = if counts.overdue > 0 { counts.ahead.to_string() } else { items(counts.ahead) };
        parts.push(format!("{what} due soon"));
        if counts.overdue == 0 {
            parts.push(format!("the first {}", days::ahead(counts.next.unwrap_or(0))));
        }
    }
    if counts.birthdays > 0 {
        parts.push(birthdays(counts.birthdays));
    }
    let subject = parts.join(", ");
    match &counts.oldest {
        Some(oldest) => {
            let longer = format!("{subject} – the oldest {}", days::since(oldest.days));
            if longer.chars().count() <= SUBJECT_LENGTH { longer } else { subject }
        }
        None => subject,
    }
}

pub(super) fn sentence(counts: &Counts) -> String {
    let mut sentences = Vec::new();
    match &counts.oldest {
        Some(oldest) if counts.overdue == 1 => {
            sentences.push(format!("1 item has been overdue {}.", days::since(oldest.days)));
        }
        Some(oldest) => {
            sentences.push(format!("{} are overdue, the oldest {}.", items(counts.overdue), days::since(oldest.days)));
        }
        None => {}
    }
    if counts.ahead > 0 {
        let verb = if counts.ahead == 1 { "is" } else { "are" };
        let what = if counts.overdue > 0 { format!("{} more", counts.ahead) } else { items(counts.ahead) };
        sentences.push(format!("{what} {verb} due soon."));
    }
    if counts.birthdays > 0 {
        let verb = if counts.birthdays == 1 { "is" } else { "are" };
        sentences.push(format!("{} {verb} coming up.", birthdays(counts.birthdays)));
    }
    sentences.join(" ")
}

pub(super) fn task(task: Task) -> &'static str {
    match task {
        Task::InTime => "Please take care of it in good time.",
        Task::Own => "Please complete them today or set new dates; the highest stage first.",
        Task::Lead => {
            "Please find out today with those named what is in the way, or redistribute the work; the highest stage first."
        }
        Task::OwnAndLead => {
            "Please complete your own today and find out with the others what is in the way; the highest stage first."
        }
        Task::Congratulate => "A call or a few lines from you would be appreciated.",
    }
}

fn items(count: usize) -> String {
    if count == 1 { "1 item".to_owned() } else { format!("{count} items") }
}

fn birthdays(count: usize) -> String {
    if count == 1 { "1 birthday".to_owned() } else { format!("{count} birthdays") }
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

    fn counts(entries: &[Entry]) -> Counts {
        Counts::of(&in_order(entries), &sample::settings(), sample::today())
    }

    #[test]
    fn subjects_count() {
        let said = |entries: &[Entry]| subject(&counts(entries));
        let one = entry("a", Step::Stage(1));
        assert_eq!(said(&[one.clone(), one.clone()]), "2 items overdue, Stage 1 – the oldest since yesterday");
        let three = entry("b", Step::Repeat(3, 1));
        let ahead =
            Entry { step: Step::Announce(7), due_at: "2021-03-16T00:00:00Z".parse().unwrap(), ..sample::offer() };
        assert_eq!(
            said(&[one, three, ahead.clone()]),
            "2 items overdue, 1 of them Stage 3, 1 due soon – the oldest since yesterday"
        );
        assert_eq!(said(&[ahead.clone(), ahead]), "2 items due soon, the first in 7 days");
        let birthday = sample::birthday();
        assert_eq!(said(&[birthday.clone(), birthday]), "2 birthdays");
    }

    #[test]
    fn sentences_count() {
        let said = |entries: &[Entry]| sentence(&counts(entries));
        let one = entry("a", Step::Stage(1));
        assert_eq!(said(&[one.clone(), one.clone()]), "2 items are overdue, the oldest since yesterday.");
        let ahead = Entry { step: Step::Announce(7), ..one.clone() };
        assert_eq!(
            said(&[one, ahead, sample::birthday()]),
            "1 item has been overdue since yesterday. 1 more is due soon. 1 birthday is coming up."
        );
    }
}
