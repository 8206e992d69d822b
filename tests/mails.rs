//! Whole mails: rendered, composed, parsed back by another implementation, and held to MAIL.md.

mod languages;
pub mod rules;

use std::sync::LazyLock;

use chrono::{DateTime, TimeDelta, Utc};
use lettre::message::Mailbox;
use uuid::Uuid;
use wvl::escalation::mail::{self, Entry, HTML_LIMIT, Recipient, Rendered, Role, Settings, Step};
use wvl::outbox::compose::{Automatic, Draft};
use wvl::outbox::message_id::SigningKeys;
use wvl::outbox::settings::AddressForm;
use wvl::template::{Language, Templates};

use rules::{hold_to_the_rules, same_numbers, seen};

/// 08:13 in Berlin on Tuesday 9 March 2021: the instant of the seed's sample mail.
fn now() -> DateTime<Utc> {
    "2021-03-09T07:13:00Z".parse().unwrap()
}

fn settings(address_form: AddressForm) -> Settings {
    Settings { company: "Musterhaus IT GmbH".into(), address_form, zone: chrono_tz::Europe::Berlin }
}

fn recipient() -> Recipient {
    Recipient {
        name: "Jürgen Öztürk".into(),
        address: "oeztuerk@musterhaus.example".into(),
        language: Language::German,
    }
}

/// The facts of golden/escalation-mail.toml, which leave customer, phone and mail empty.
fn golden() -> Entry {
    Entry {
        type_key: "offer-follow-up".into(),
        area: "Angebote: Wiedervorlage".into(),
        reference: "137325".into(),
        title: "Eskalations- und Report-Server".into(),
        step: Step::Stage(1),
        due_at: "2021-03-07T23:00:00Z".parse().unwrap(),
        due_is_promise: false,
        overdue_seconds: 115_980,
        since_last_seconds: 115_980,
        working_seconds: 36_780,
        partner_name: String::new(),
        phone: String::new(),
        email: String::new(),
        address: "73779 Deizisau".into(),
        adm: "Jürgen Öztürk".into(),
        idm: "Jürgen Öztürk".into(),
        handler: String::new(),
        responsible: String::new(),
        amount: None,
        currency: "EUR".into(),
        link: None,
        moved: 0,
        also_to: Vec::new(),
        role: Role::FieldRep,
        deputy_for: None,
        replaces: None,
        refused: None,
    }
}

fn full() -> Entry {
    Entry {
        partner_name: "Bäckerei Grünwald GmbH & Co. KG".into(),
        phone: "+49 7153 555-120".into(),
        email: "einkauf@gruenwald.example".into(),
        handler: "Petra Vogt".into(),
        amount: Some("12500.50".parse().unwrap()),
        link: Some("https://erp.musterhaus.example/angebot?nr=137325&x=1".into()),
        moved: 5,
        also_to: vec!["Petra Vogt".into(), "Jens Kühn".into()],
        ..golden()
    }
}

const HOSTILE: &str =
    "<script>alert(1)</script> {{7*7}} {% raw %} \"Öl\" & Söhne\r\nBcc: all@musterhaus.example \u{1b}[2J\u{202e}";

static TEMPLATES: LazyLock<Templates> = LazyLock::new(|| Templates::embedded().unwrap());

fn rendered(entries: &[Entry]) -> Rendered {
    rendered_as(entries, AddressForm::Du)
}

fn rendered_as(entries: &[Entry], form: AddressForm) -> Rendered {
    mail::render(&TEMPLATES, &settings(form), &recipient(), entries, now()).unwrap()
}

fn rendered_in(language: Language, entries: &[Entry]) -> Rendered {
    let recipient = Recipient { language, ..recipient() };
    mail::render(&TEMPLATES, &settings(AddressForm::Du), &recipient, entries, now()).unwrap()
}

fn draft(mail: &Rendered) -> Draft {
    let keys = SigningKeys::new(&["a key of these tests"]).unwrap();
    Draft {
        kind: "escalation".into(),
        list: "eskalation".into(),
        domain: "musterhaus.example".into(),
        from: "wvl <wvl@musterhaus.example>".parse().unwrap(),
        reply_to: None,
        to: Mailbox::new(Some(recipient().name), recipient().address.parse().unwrap()),
        message_id: keys.message_id(Uuid::from_u128(7), "musterhaus.example"),
        references: Vec::new(),
        subject: mail.subject.clone(),
        text: mail.text.clone(),
        html: mail.html.clone(),
        inline: Vec::new(),
        attachments: mail.attachments.clone(),
        automatic: Automatic::Generated,
        rule: Some("offer-follow-up".into()),
        stage: Some(mail.highest_level.to_string()),
        item: None,
    }
}

const TYPE_KEYS: [&str; 22] = [
    "offer-follow-up",
    "order-commissioning",
    "order-delivery-overdue",
    "purchase-overdue",
    "customer-notification",
    "customer-activity",
    "customer-acquisition",
    "invoice-licence-expiry",
    "invoice-follow-up",
    "contract-billing",
    "contract-expiry",
    "system-download",
    "delivery-note",
    "helpdesk-high",
    "helpdesk-low",
    "helpdesk-immediate",
    "helpdesk-standard",
    "helpdesk-very-low",
    "birthday",
    "task",
    "invoice-overdue",
    "view:crm.my_items",
];

const ROLES: [Role; 10] = [
    Role::Handler,
    Role::FieldRep,
    Role::InsideRep,
    Role::Supervisor,
    Role::CompanyHead,
    Role::DepartmentHead,
    Role::Department,
    Role::Team,
    Role::Fallback,
    Role::Other,
];

#[test]
fn the_golden_mail_has_its_fields_in_the_seeds_order() {
    let mail = rendered(&[golden()]);
    assert_eq!(mail.subject, "137325 seit gestern überfällig – Eskalations- und Report-Server (Stufe 1)");
    let labels = [
        "Bereich",
        "Eskalationsstufe",
        "Stunden überfällig (gesamt)",
        "Stunden seit letzter Eskalation",
        "Kunde",
        "Beschreibung",
        "Telefonnummer",
        "eMail",
        "ADM",
        "IDM",
        "davon Arbeitszeit",
    ];
    let fields: Vec<(&str, &str)> = mail
        .text
        .lines()
        .filter_map(|line| line.split_once(": ").or_else(|| line.split_once(":")))
        .map(|(label, value)| (label, value.trim()))
        .filter(|(label, _)| labels.contains(label))
        .collect();
    let expected = [
        ("Bereich", "Angebote: Wiedervorlage"),
        ("Eskalationsstufe", "1"),
        ("Stunden überfällig (gesamt)", "32,22 Std."),
        ("Stunden seit letzter Eskalation", "32,22 Std."),
        ("Kunde", "–"),
        ("Beschreibung", "Eskalations- und Report-Server"),
        ("Telefonnummer", "–"),
        ("eMail", "–"),
        ("ADM", "Jürgen Öztürk"),
        ("IDM", "Jürgen Öztürk"),
        ("davon Arbeitszeit", "10,22 Std."),
    ];
    assert_eq!(fields, expected);
    let html = seen(&mail.html);
    assert_eq!(html.matches("32,22 Std.").count(), 2);
    let cells = labels.map(|label| html.find(&format!(" {label} ")).unwrap_or_else(|| panic!("{label}")));
    assert!(cells.is_sorted(), "{cells:?}");
    assert!(mail.text.contains("Die Wiedervorlage zum Angebot 137325 ist seit gestern überfällig."));
    assert!(mail.text.contains("Mo, 08.03.2021"));
    hold_to_the_rules(&mail, "golden");
    same_numbers(&mail, "golden");
}

#[test]
fn one_item_to_each_role_in_both_forms_of_address() {
    for role in ROLES {
        for form in [AddressForm::Du, AddressForm::Sie] {
            let about = format!("{role:?} {form:?}");
            for deputy_for in [None, Some("Clara Weiß".to_owned())] {
                let mail = rendered_as(&[Entry { role, deputy_for, step: Step::Stage(2), ..full() }], form);
                hold_to_the_rules(&mail, &about);
                same_numbers(&mail, &about);
                let said_du = mail
                    .text
                    .split([' ', '\n', ',', '.', '('])
                    .any(|word| ["du", "Du", "deine", "deinem", "dich"].contains(&word));
                assert!(!said_du || form == AddressForm::Du, "{about}: {}", mail.text);
            }
        }
    }
}

#[test]
fn every_type_and_step_renders() {
    for type_key in TYPE_KEYS {
        for step in [Step::Stage(1), Step::Repeat(3, 2), Step::Announce(7)] {
            let due_at = if matches!(step, Step::Announce(_)) { now() + TimeDelta::days(7) } else { golden().due_at };
            let entry = Entry { type_key: type_key.into(), step, due_at, ..full() };
            let mail = rendered(&[entry]);
            hold_to_the_rules(&mail, type_key);
            same_numbers(&mail, type_key);
            match step {
                Step::Announce(_) => assert!(mail.subject.contains("in 7 Tagen"), "{}", mail.subject),
                Step::Repeat(..) if type_key != "birthday" => {
                    assert!(mail.text.contains("Stufe 3, 2. Wiederholung"), "{}", mail.text);
                }
                _ => {}
            }
        }
    }
}

#[test]
fn hostile_values_stay_values() {
    let entry = Entry {
        partner_name: HOSTILE.into(),
        title: HOSTILE.into(),
        reference: HOSTILE.into(),
        phone: "javascript:alert(1)".into(),
        email: "x@y.example?bcc=all@musterhaus.example".into(),
        link: Some("javascript:alert(1)".into()),
        also_to: vec![HOSTILE.into()],
        replaces: Some(HOSTILE.into()),
        deputy_for: Some(HOSTILE.into()),
        handler: HOSTILE.into(),
        ..full()
    };
    let cleaned = |mut mail: Rendered| {
        // the word of the value stands there as text; the rule looks for it as a link
        mail.html = mail.html.replace("javascript:alert(1)", "");
        mail
    };
    for entries in [vec![entry.clone()], vec![entry.clone(), full(), entry]] {
        let mail = rendered(&entries);
        assert!(mail.html.contains("&lt;script&gt;"), "{}", mail.html);
        assert!(mail.text.contains("<script>alert(1)</script>") && mail.text.contains("{{7*7}}"));
        hold_to_the_rules(&cleaned(mail), "hostile");
    }
}

#[test]
fn a_customer_of_200_characters_stays_readable() {
    for name in ["Gesellschaft für Netzwerktechnik ".repeat(7), "Ü".repeat(200)] {
        let entry = Entry { partner_name: name.chars().take(200).collect(), ..full() };
        let mail = rendered(std::slice::from_ref(&entry));
        assert!(mail.subject.ends_with("(Stufe 1)"), "{}", mail.subject);
        hold_to_the_rules(&mail, "long customer");
        hold_to_the_rules(&rendered(&vec![entry; 30]), "30 long customers");
    }
}

fn many(count: usize) -> Vec<Entry> {
    (0..count)
        .map(|n| Entry {
            reference: format!("AN-{n:05}"),
            step: match n % 4 {
                0 => Step::Stage(1),
                1 => Step::Stage(2),
                2 => Step::Repeat(3, 1 + n as u32 / 40),
                _ => Step::Announce(7),
            },
            due_at: if n % 4 == 3 { now() + TimeDelta::days(5) } else { now() - TimeDelta::days(n as i64) },
            overdue_seconds: n as i64 * 86_400,
            amount: (n % 3 == 0).then(|| rust_decimal::Decimal::from(n * 100)),
            responsible: ["Petra Vogt", "Jens Kühn", "Andrea Berg"][n % 3].into(),
            role: if n % 7 == 0 { Role::FieldRep } else { Role::Supervisor },
            ..full()
        })
        .collect()
}

#[test]
fn bundles_name_every_item_and_stay_small() {
    for count in [2, 20, 21, 220, 250] {
        let entries = many(count);
        let mail = rendered(&entries);
        let about = format!("{count} items");
        hold_to_the_rules(&mail, &about);
        same_numbers(&mail, &about);
        let sections: Vec<_> = ["Stufe 3 (", "Stufe 2 (", "Stufe 1 (", "Vorlauf ("]
            .iter()
            .filter_map(|title| mail.text.find(&format!("\n{title}")))
            .collect();
        assert!(sections.is_sorted() && sections.len() >= 2, "{about}");
        assert_eq!(mail.text.matches("\nBereich:").count(), count.min(20), "{about}");
        assert_eq!(mail.html.matches(">Bereich:<").count(), count.min(20), "{about}");
        let named =
            entries.iter().filter(|entry| mail.text.contains(&entry.reference) && mail.html.contains(&entry.reference));
        assert_eq!(named.count(), count.min(220), "{about}");
        match mail.attachments.as_slice() {
            [] => assert!(count <= 20),
            [table] => {
                let csv = String::from_utf8(table.bytes.clone()).unwrap();
                assert!(entries.iter().all(|entry| csv.contains(&entry.reference)), "{about}");
                assert_eq!(csv.matches("\r\n").count(), count + 1);
                for part in [&mail.text, &mail.html] {
                    assert!(part.contains(&table.name) && part.contains(&format!("alle {count}")), "{about}");
                }
            }
            _ => panic!("{about}: more than one table"),
        }
    }
}

#[test]
fn however_long_the_values_a_bundle_stays_small() {
    let entries: Vec<Entry> = many(250)
        .into_iter()
        .map(|entry| Entry {
            partner_name: "&<>\"".repeat(100),
            title: "&".repeat(1_000),
            also_to: vec!["&".repeat(500); 30],
            link: Some(format!("https://erp.musterhaus.example/{}", "x&".repeat(900))),
            ..entry
        })
        .collect();
    let mail = rendered(&entries);
    assert!(mail.html.len() < HTML_LIMIT, "{}", mail.html.len());
    let csv = String::from_utf8(mail.attachments[0].bytes.clone()).unwrap();
    assert!(entries.iter().all(|entry| csv.contains(&entry.reference)));
    assert!(mail.text.contains("alle 250 stehen in der angehängten Tabelle"));
}

#[test]
fn a_promise_is_counted_from_its_own_day() {
    // kept until the evening of Monday 8 March 2021: stored as Tuesday 00:00, overdue since yesterday
    let promise = Entry {
        type_key: "task".into(),
        due_is_promise: true,
        due_at: "2021-03-08T23:00:00Z".parse().unwrap(),
        ..golden()
    };
    let mail = rendered(&[promise]);
    assert!(mail.subject.contains("seit gestern überfällig"), "{}", mail.subject);
    assert!(mail.text.contains("Mo, 08.03.2021") && mail.html.contains("Mo, 08.03.2021"));
}

#[test]
fn a_company_without_a_name_leaves_no_gap() {
    let nameless = Settings { company: String::new(), ..settings(AddressForm::Du) };
    for entries in [vec![golden()], many(3)] {
        let mail = wvl::escalation::mail::render(&TEMPLATES, &nameless, &recipient(), &entries, now()).unwrap();
        assert!(mail.text.starts_with("Automatisch erzeugte Meldung\n"), "{}", mail.text);
        assert!(mail.html.contains("<title>Wiedervorlage</title>") && !mail.html.contains("> · automatisch"));
    }
}
