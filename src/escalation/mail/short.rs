//! The same in a few words, for a phone or a room: what is overdue, since when, and whose turn it is.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;

use super::bundle;
use super::entry::{Entry, Recipient, Settings};
use super::speech::{self, Speech};
use super::summary::Counts;
use super::view::ItemView;
use crate::error::{Error, Result};
use crate::outbox::message::Payload;
use crate::template::{Templates, one_line};

/// The folder of its templates below `templates/message`.
pub(super) const NAME: &str = "escalation";

/// So many items are named where there is room for all of them.
const MOST_ITEMS: usize = 20;

/// What the templates of a short message see.
#[derive(Debug, Serialize)]
pub(super) struct ShortView {
    company: String,
    recipient: String,
    /// Where it is about one alone.
    item: Option<ShortItem>,
    /// "7 Vorgänge überfällig – ältester seit 12 Tagen"; of one item empty.
    summary: String,
    /// The first of several.
    items: Vec<ShortItem>,
    /// How many are not among them.
    more: usize,
}

#[derive(Debug, Serialize)]
struct ShortItem {
    reference: String,
    title: String,
    /// "seit gestern überfällig"
    fact: String,
    /// "Stufe 2"
    stage: String,
    /// customer or title
    about: String,
    birthday: bool,
    /// whose turn it is, where that is not the reader's
    whose: String,
}

impl ShortItem {
    fn new(entry: &Entry, settings: &Settings, speech: &dyn Speech, today: NaiveDate) -> ShortItem {
        let view = ItemView::new(entry, settings, speech, today);
        ShortItem {
            whose: if view.own { String::new() } else { one_line(entry.whose_turn()) },
            about: if view.birthday { view.partner.clone() } else { view.about_short.clone() },
            reference: view.reference,
            title: view.title,
            fact: view.fact,
            stage: view.stage,
            birthday: view.birthday,
        }
    }
}

impl ShortView {
    /// `ordered` is what [`bundle::in_order`] returned; `named` of several items stand by name.
    pub(super) fn new(
        ordered: &[&Entry],
        settings: &Settings,
        speech: &dyn Speech,
        recipient: &Recipient,
        today: NaiveDate,
        named: usize,
    ) -> ShortView {
        let short = |entry: &&Entry| ShortItem::new(entry, settings, speech, today);
        let (item, several) = match ordered {
            [entry] => (Some(short(entry)), &[][..]),
            several => (None, several),
        };
        let items: Vec<ShortItem> = several.iter().take(named).map(short).collect();
        ShortView {
            company: one_line(&settings.company),
            recipient: one_line(&recipient.name),
            summary: if several.is_empty() {
                String::new()
            } else {
                one_line(&speech.subject(&Counts::of(ordered, settings, today)))
            },
            more: several.len() - items.len(),
            items,
            item,
        }
    }
}

/// The message to `recipient` about `entries`, its text in `max_length` characters: as many items as there is room for.
///
/// Fails with [`crate::error::Kind::Config`] if a template does, with [`crate::error::Kind::Bug`] without entries.
pub fn short(
    templates: &Templates,
    settings: &Settings,
    recipient: &Recipient,
    entries: &[Entry],
    now: DateTime<Utc>,
    max_length: usize,
) -> Result<Payload> {
    if entries.is_empty() {
        return Err(Error::bug("a message without items"));
    }
    let today = now.with_timezone(&settings.zone).date_naive();
    let speech = speech::of(recipient.language, settings.address_form);
    let ordered = bundle::in_order(entries);
    let link = match ordered.as_slice() {
        [entry] => ItemView::new(entry, settings, speech, today).link.unwrap_or_default(),
        _ => String::new(),
    };
    let mut named = MOST_ITEMS.min(entries.len());
    loop {
        let values = ShortView::new(&ordered, settings, speech, recipient, today, named);
        let message = templates.message(NAME, speech.language(), &values)?;
        if message.text.chars().count() <= max_length || named <= 1 {
            return Ok(Payload { subject: message.subject, text: cut(&message.text, max_length), link });
        }
        named -= 1;
    }
}

/// Whole words, and a sign that some are missing.
fn cut(text: &str, max_length: usize) -> String {
    if text.chars().count() <= max_length {
        return text.to_owned();
    }
    let end = text.char_indices().nth(max_length.saturating_sub(1)).map_or(text.len(), |(at, _)| at);
    // one word alone is cut in its middle
    let end = text[..end].rfind(char::is_whitespace).filter(|at| *at > 0).unwrap_or(end);
    format!("{}…", text[..end].trim_end_matches(|letter: char| letter.is_whitespace() || letter == '–'))
}

#[cfg(test)]
mod tests {
    use super::super::entry::Role;
    use super::super::sample;
    use super::*;
    use crate::template::Language;

    fn message(entries: &[Entry], language: Language, max_length: usize) -> Payload {
        let templates = Templates::embedded().unwrap();
        let recipient = Recipient { language, ..sample::recipient() };
        short(&templates, &sample::settings(), &recipient, entries, sample::now(), max_length).unwrap()
    }

    #[test]
    fn one_item_is_one_line() {
        let offer = message(&[sample::offer()], Language::German, 480);
        assert_eq!(offer.subject, "AN-137325 seit gestern überfällig (Stufe 1)");
        assert_eq!(offer.text, "AN-137325 seit gestern überfällig, Stufe 1 – Deizisau Systeme GmbH");
        let led = Entry { role: Role::Supervisor, ..sample::offer() };
        let text = message(&[led], Language::English, 480).text;
        assert!(text.starts_with("AN-137325 ") && text.contains(", Stage 1 – Deizisau Systeme GmbH ("), "{text}");
        assert_eq!(
            message(&[sample::birthday()], Language::German, 480).text,
            "Hannelore Öztürk hat heute Geburtstag – Deizisau Systeme GmbH"
        );
    }

    #[test]
    fn several_are_counted_and_as_many_named_as_fit() {
        let many: Vec<Entry> = (0..30).map(|_| sample::offer()).collect();
        let text = |max_length| message(&many, Language::German, max_length).text;
        assert!(text(20_000).ends_with("\n… +10"), "{}", text(20_000));
        for max_length in [480, 160, 70, 20] {
            assert!(text(max_length).chars().count() <= max_length, "{}", text(max_length));
        }
        assert!(text(480).starts_with("30 Vorgänge überfällig"), "{}", text(480));
        assert!(text(480).contains("\n– AN-137325 seit gestern überfällig, Stufe 1 – Deizisau Systeme GmbH\n"));
        assert!(text(70).ends_with('…'));
    }

    #[test]
    fn a_text_is_cut_between_words() {
        assert_eq!(cut("eins zwei drei", 14), "eins zwei drei");
        assert_eq!(cut("eins zwei drei", 13), "eins zwei…");
        assert_eq!(cut("eins – drei", 8), "eins…");
        assert_eq!(cut("Donaudampfschiff", 6), "Donau…");
    }
}
