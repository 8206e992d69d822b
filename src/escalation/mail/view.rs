//! The values a template sees: allow-listed, on one line each, cut to a length a mail can bear. Nothing else reaches it.

use chrono::NaiveDate;
use serde::Serialize;

use super::days::DueDay;
use super::entry::{Entry, Settings, Step};
use super::speech::{Fact, Kind, Speech};
use crate::template::{clip, hours, money, one_line};

/// Longest values a mail shows; the attached table has them whole.
const LONG: usize = 240;
const SHORT: usize = 80;
const HEADING: usize = 50;
/// A longer link is no link a person made.
const LONGEST_LINK: usize = 2_000;
/// Names of others are counted beyond this many.
const OTHERS_NAMED: usize = 12;

/// One item for the templates.
#[derive(Clone, Debug, Serialize)]
pub(super) struct ItemView {
    pub(super) area: String,
    pub(super) reference: String,
    pub(super) title: String,
    /// 3, 2, 1; 0 for an advance notice
    pub(super) level: u8,
    /// "Stufe 3, 2. Wiederholung"
    pub(super) stage: String,
    /// "seit gestern überfällig"
    pub(super) fact: String,
    pub(super) first_sentence: String,
    pub(super) request: String,
    pub(super) birthday: bool,
    /// the reader's own turn, not that of somebody he or she leads
    pub(super) own: bool,
    /// customer or title, short: for a heading or a single line
    pub(super) about_short: String,
    pub(super) partner: String,
    /// "tel:+49715312345"
    pub(super) phone_link: Option<String>,
    /// a decimal as text, for the filter `money`
    pub(super) amount: Option<String>,
    pub(super) currency: String,
    pub(super) link: Option<String>,
    /// words on the button of the link: "AN-137325 öffnen"
    pub(super) open: String,
    /// words on the button of the phone: "0731 140-399 anrufen"
    pub(super) call: String,
    pub(super) moved: u32,
    /// "5× verschoben"
    pub(super) moved_words: String,
    /// everything known of it, in the order of the seed
    pub(super) fields: Vec<Field>,
}

/// A value with its label.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Field {
    /// of the label: the text of this name among the words of the language
    pub(super) name: &'static str,
    /// empty: nobody knows
    pub(super) value: String,
    /// "tel:+49715312345", "mailto:info@example.com"
    pub(super) link: Option<String>,
}

impl ItemView {
    pub(super) fn new(entry: &Entry, settings: &Settings, speech: &dyn Speech, today: NaiveDate) -> ItemView {
        let long = |text: &str| clip(&one_line(text), LONG);
        let short = |text: &str| clip(&one_line(text), SHORT);
        let due = DueDay::of(entry.due_at, entry.due_is_promise, settings.zone);
        let days_past = due.days_past(today);
        let fact = Fact::of(entry, days_past);
        let birthday = is_birthday(entry);
        let stage = speech.stage(entry.step);
        let moved_words = speech.moved(entry.moved);
        let mut fields = Fields(Vec::with_capacity(18));
        fields.add("area", short(&entry.area));
        if !birthday {
            fields.add("stage", speech.stage_value(entry.step, days_past));
        }
        // hours since then mean nothing ahead of it
        let counts_hours = !birthday && !matches!(entry.step, Step::Announce(_));
        if counts_hours {
            fields.add("overdue_hours", hours(entry.overdue_seconds, speech.language()));
            fields.add("hours_since_last", hours(entry.since_last_seconds, speech.language()));
        }
        fields.add("customer", long(&entry.partner_name));
        fields.add("description", long(&entry.title));
        fields.link("phone", short(&entry.phone), phone_link(&entry.phone));
        fields.link("email", long(&entry.email), email_link(&entry.email));
        fields.add("adm", short(&entry.adm));
        fields.add("idm", short(&entry.idm));
        if counts_hours {
            fields.add("working_hours", hours(entry.working_seconds, speech.language()));
        }
        fields.add_known("handler", Some(long(&entry.handler)));
        fields.add_known("address", Some(long(&entry.address)));
        fields.add(if birthday { "birthday" } else { "due" }, speech.due(due));
        fields.add_known("also_to", others(&entry.also_to, speech));
        fields.add_known("refused", entry.refused.as_deref().map(long));
        fields.add_known("moved", Some(moved_words.clone()).filter(|_| entry.moved > 0));
        let currency = short(&entry.currency);
        fields.add_known("amount", entry.amount.map(|amount| money(amount, &currency, speech.language())));
        ItemView {
            area: short(&entry.area),
            reference: short(&entry.reference),
            title: long(&entry.title),
            level: entry.step.level(),
            stage,
            fact: speech.fact(fact),
            first_sentence: clip(&speech.first_sentence(entry, fact), LONG),
            request: clip(&speech.request(entry), 2 * LONG),
            birthday,
            own: !entry.role.leads(),
            about_short: clip(
                &one_line(if entry.partner_name.trim().is_empty() { &entry.title } else { &entry.partner_name }),
                HEADING,
            ),
            partner: long(&entry.partner_name),
            phone_link: phone_link(&entry.phone),
            amount: entry.amount.map(|amount| amount.to_string()),
            currency,
            link: entry.link.as_deref().and_then(web_link),
            open: speech.open(if birthday { String::new() } else { short(&entry.reference) }.as_str()),
            call: speech.call(&short(&entry.phone)),
            moved: entry.moved,
            moved_words,
            fields: fields.0,
        }
    }

    /// Who it is about, for subject lines: the customer, else what the item is about.
    pub(super) fn about(&self) -> &str {
        if self.partner.is_empty() && !self.birthday { &self.title } else { &self.partner }
    }
}

struct Fields(Vec<Field>);

impl Fields {
    fn link(&mut self, name: &'static str, value: String, link: Option<String>) {
        self.0.push(Field { name, value, link });
    }

    fn add(&mut self, name: &'static str, value: String) {
        self.link(name, value, None);
    }

    /// Leaves out what is unknown.
    fn add_known(&mut self, name: &'static str, value: Option<String>) {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            self.add(name, value);
        }
    }
}

/// A birthday is no delay: it is shown and counted apart from what is overdue.
pub(super) fn is_birthday(entry: &Entry) -> bool {
    Kind::of(&entry.type_key) == Kind::Birthday
}

/// A number that a phone can dial: digits, perhaps a plus in front. "+49 (0) 731" loses its "(0)".
fn phone_link(phone: &str) -> Option<String> {
    let phone = phone.trim().replace("(0)", if phone.trim_start().starts_with('+') { "" } else { "0" });
    let mut dialled = String::new();
    for character in phone.chars() {
        match character {
            '0'..='9' => dialled.push(character),
            '+' if dialled.is_empty() => dialled.push('+'),
            ' ' | '\u{a0}' | '-' | '–' | '/' | '.' | '(' | ')' => {}
            // "0731 123 oder 456": better no link than a wrong number
            _ => return None,
        }
    }
    (dialled.len() >= 3 && dialled.len() <= 20).then(|| format!("tel:{dialled}"))
}

/// Only a plain address becomes a link: no header fields, no second address.
fn email_link(email: &str) -> Option<String> {
    let email = email.trim();
    let (local, domain) = email.split_once('@')?;
    let plain = |part: &str| {
        !part.is_empty() && part.chars().all(|character| character.is_alphanumeric() || "._-+".contains(character))
    };
    (plain(local) && plain(domain) && !local.starts_with('-')).then(|| format!("mailto:{email}"))
}

/// Only web addresses become a button; a `javascript:` from the ERP does not.
fn web_link(link: &str) -> Option<String> {
    let link = link.trim();
    let lower = link.to_ascii_lowercase();
    let web = lower.starts_with("https://") || lower.starts_with("http://");
    let clean = !link.chars().any(|character| character.is_control() || character.is_whitespace());
    (web && clean && link.len() <= LONGEST_LINK).then(|| link.to_owned())
}

fn others(names: &[String], speech: &dyn Speech) -> Option<String> {
    let named: Vec<String> = names.iter().take(OTHERS_NAMED).map(|name| clip(&one_line(name), SHORT)).collect();
    match names.len() - named.len() {
        0 if named.is_empty() => None,
        0 => Some(named.join(", ")),
        more => Some(speech.names_and_more(&named.join(", "), more)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phones_that_can_be_dialled() {
        let table = [
            ("0731 / 140-399", Some("tel:0731140399")),
            ("+49 (0) 731 140399", Some("tel:+49731140399")),
            ("(0)731 140399", Some("tel:0731140399")),
            ("0731 12 oder 34", None),
            ("", None),
            ("tel:javascript", None),
        ];
        for (phone, link) in table {
            assert_eq!(phone_link(phone).as_deref(), link, "{phone}");
        }
    }

    #[test]
    fn addresses_that_become_links() {
        assert_eq!(email_link("info@müller.example").as_deref(), Some("mailto:info@müller.example"));
        for email in ["", "a", "a@b?bcc=c@d", "a@b, c@d", "-x@y", "a@@b", "a\r\n@b"] {
            assert_eq!(email_link(email), None, "{email}");
        }
    }

    #[test]
    fn only_web_addresses_are_buttons() {
        assert!(web_link("https://erp.example/offer/1?x=1&y=2").is_some());
        for link in ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "https://a b", "//x"] {
            assert_eq!(web_link(link), None, "{link}");
        }
    }

    #[test]
    fn many_others_are_counted() {
        let german = super::super::sample::speech(crate::template::Language::German);
        let names: Vec<String> = (0..15).map(|n| format!("N{n}")).collect();
        assert!(others(&names, german).is_some_and(|text| text.ends_with("N11 und 3 weitere")));
        assert_eq!(others(&[], german), None);
    }
}
