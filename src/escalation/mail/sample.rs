//! Example entries: what `template check` renders the templates with, and what the tests of this folder start from.
//! Invented people; the hours are those of the seed's sample mail.

use chrono::{DateTime, NaiveDate, TimeZone, Utc};
use chrono_tz::Europe::Berlin;
use rust_decimal::Decimal;

use super::bundle::{self, Room};
use super::entry::{Entry, Recipient, Role, Settings, Step};
use super::short::{self, ShortView};
use super::speech;
#[cfg(test)]
use super::speech::Speech;
use super::{SingleView, table};
use crate::error::Result;
use crate::outbox::settings::AddressForm;
use crate::outbox::test_mail;
use crate::template::{Fixture, Language};

/// A context for every mail there is in every language, Du and Sie, rich and poor ones, so that all branches of the templates
/// are seen.
pub fn fixtures() -> Result<Vec<Fixture>> {
    let mut fixtures = Vec::new();
    for language in Language::ALL {
        for form in [AddressForm::Du, AddressForm::Sie] {
            fixtures.extend(fixtures_in(language, form)?);
        }
    }
    fixtures.extend(test_mail::fixtures()?);
    Ok(fixtures)
}

/// The same for messages on a channel.
pub fn message_fixtures() -> Result<Vec<Fixture>> {
    let mut fixtures = Vec::new();
    for language in Language::ALL {
        let speech = speech::of(language, AddressForm::Du);
        let recipient = Recipient { language, ..recipient() };
        let led = Entry { role: Role::Supervisor, ..offer() };
        for (about, entries) in [
            ("overdue", vec![offer()]),
            ("bare", vec![bare()]),
            ("birthday", vec![birthday()]),
            ("somebody else's", vec![led.clone()]),
            ("a few", vec![offer(), led, bare(), contract(), birthday()]),
        ] {
            let ordered = bundle::in_order(&entries);
            // one less than there are, so that some are only counted
            let named = entries.len().saturating_sub(1);
            let values = ShortView::new(&ordered, &settings(), speech, &recipient, today(), named);
            fixtures.push(Fixture::of_message(short::NAME, language, about, &values)?);
        }
    }
    fixtures.extend(test_mail::message_fixtures()?);
    Ok(fixtures)
}

fn fixtures_in(language: Language, form: AddressForm) -> Result<Vec<Fixture>> {
    let (speech, today) = (speech::of(language, form), today());
    let settings = Settings { address_form: form, ..settings() };
    let recipient = Recipient { language, ..recipient() };
    let mut fixtures = Vec::new();
    for (about, entry) in
        [("overdue", offer()), ("bare", bare()), ("advance notice", contract()), ("birthday", birthday())]
    {
        let values = SingleView::new(&settings, speech, &recipient, &entry, today);
        fixtures.push(Fixture::new("escalation-single", language, about, &values)?);
    }
    let some = vec![offer(), Entry { role: Role::Supervisor, ..offer() }, bare(), contract(), birthday()];
    let many: Vec<Entry> = (0..250).map(|_| offer()).collect();
    for (about, entries) in [("a few", some), ("very many", many)] {
        let ordered = bundle::in_order(&entries);
        let name = table::name(speech, today);
        let values = bundle::view(&ordered, &settings, speech, &recipient.name, today, Room::USUAL, &name);
        fixtures.push(Fixture::new("escalation-bundle", language, about, &values)?);
    }
    Ok(fixtures)
}

/// Du, where a language asks.
#[cfg(test)]
pub(super) fn speech(language: Language) -> &'static dyn Speech {
    speech::of(language, AddressForm::Du)
}

pub(super) fn settings() -> Settings {
    Settings { company: "Musterhaus IT GmbH".into(), address_form: AddressForm::Du, zone: Berlin }
}

pub(super) fn recipient() -> Recipient {
    Recipient { name: "Andrea Berg".into(), address: "berg@musterhaus.example".into(), language: Language::German }
}

/// Tuesday 9 March 2021, the day of the seed's sample mail.
pub(super) fn today() -> NaiveDate {
    now().date_naive()
}

/// 08:13 in Berlin on that day.
pub(super) fn now() -> DateTime<Utc> {
    Utc.timestamp_opt(1_615_273_980, 0).single().unwrap_or_default()
}

/// The seed's offer, with every field filled in.
pub(super) fn offer() -> Entry {
    Entry {
        type_key: "offer-follow-up".into(),
        area: "Angebote: Wiedervorlage".into(),
        reference: "AN-137325".into(),
        title: "Eskalations- und Report-Server".into(),
        step: Step::Stage(1),
        due_at: now() - chrono::TimeDelta::seconds(115_980),
        due_is_promise: false,
        overdue_seconds: 115_980,
        since_last_seconds: 115_980,
        working_seconds: 36_780,
        partner_name: "Deizisau Systeme GmbH".into(),
        phone: "+49 7153 555-120".into(),
        email: "einkauf@deizisau-systeme.example".into(),
        address: "Neckarstraße 12, 73779 Deizisau".into(),
        adm: "Andrea Berg".into(),
        idm: "Jens Kühn".into(),
        handler: String::new(),
        responsible: String::new(),
        amount: Some(Decimal::from(12_500)),
        currency: "EUR".into(),
        link: Some("https://erp.musterhaus.example/angebot/137325".into()),
        moved: 2,
        also_to: vec!["Petra Vogt".into()],
        role: Role::FieldRep,
        deputy_for: None,
        replaces: None,
        refused: None,
    }
}

/// An item of which next to nothing is known.
pub(super) fn bare() -> Entry {
    Entry {
        type_key: "task".into(),
        area: "Aufgaben".into(),
        reference: "A-1".into(),
        title: "Serverraum aufräumen".into(),
        partner_name: String::new(),
        phone: String::new(),
        email: String::new(),
        address: String::new(),
        adm: String::new(),
        idm: String::new(),
        amount: None,
        link: None,
        moved: 0,
        also_to: Vec::new(),
        role: Role::Handler,
        ..offer()
    }
}

/// An advance notice, 41 days ahead, to a deputy.
pub(super) fn contract() -> Entry {
    Entry {
        type_key: "contract-expiry".into(),
        area: "Vertrag: Ablauf".into(),
        reference: "V-2019-031".into(),
        title: "Wartung Serverraum".into(),
        step: Step::Announce(90),
        due_at: now() + chrono::TimeDelta::days(41),
        overdue_seconds: 0,
        since_last_seconds: 0,
        working_seconds: 0,
        role: Role::Handler,
        deputy_for: Some("Jens Kühn".into()),
        replaces: Some("Clara Weiß".into()),
        ..offer()
    }
}

/// A contact person's birthday, today.
pub(super) fn birthday() -> Entry {
    Entry {
        type_key: "birthday".into(),
        area: "Geburtstage".into(),
        reference: "AP-311".into(),
        title: "Hannelore Öztürk".into(),
        due_at: now() - chrono::TimeDelta::minutes(493),
        overdue_seconds: 29_580,
        since_last_seconds: 29_580,
        working_seconds: 780,
        amount: None,
        link: None,
        moved: 0,
        also_to: Vec::new(),
        ..offer()
    }
}
