//! The types of things that escalate, with the rules they have until somebody changes them.
//!
//! The first eighteen are the seed's, row by row (held against `tests/data/escalation-types.csv`); the last three are
//! ours. Everything else that has to name a type takes it from here.

use super::hours::Hours;
use super::rules::{Basis, Clock, Stage, TypeRules, usual_collections};
use super::source::Source;
use super::token::Recipients;
use crate::calendar::TimeOfDay;

/// Which values a type starts with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// The seed's.
    Seed,
    /// The seed's, and usable hours where it has none.
    Recommended,
}

/// A register whose records are reminded of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Record {
    /// Offers, orders, delivery notes, invoices.
    Document,
    /// Purchase orders.
    PurchaseOrder,
    /// Customers and prospects.
    Customer,
    /// The people at customers.
    ContactPerson,
    /// Employees.
    Employee,
    /// Contracts.
    Contract,
    /// Tickets.
    Ticket,
    /// Tasks.
    Task,
    /// Notices.
    Notice,
}

impl Record {
    /// All of them.
    pub const ALL: [Record; 9] = [
        Record::Document,
        Record::PurchaseOrder,
        Record::Customer,
        Record::ContactPerson,
        Record::Employee,
        Record::Contract,
        Record::Ticket,
        Record::Task,
        Record::Notice,
    ];
}

/// A type and its rules, as facts.
#[derive(Clone, Copy, Debug)]
pub struct TypeInfo {
    /// The key in configuration and commands.
    pub key: &'static str,
    /// What the office calls it.
    pub label: &'static str,
    /// The same for readers of English mails.
    pub label_en: &'static str,
    /// Which items it sees and when they are due, for the generated configuration.
    pub about: &'static str,
    /// Whose records its items are.
    pub records: &'static [Record],
    /// Whether the seed has it; the others are additions of wvl.
    pub in_seed: bool,
    /// Whether the due column is a promise, kept until the end of its day (DESIGN.md §3). The others are events and notes
    /// to come back, due at 00:00.
    pub is_promise: bool,
    /// Whether an item leaves in any run inside the window, not only at the collections.
    pub at_once: bool,
    window: Option<(&'static str, &'static str)>,
    /// Hours of the three stages as the seed writes them; an empty text and 0.00 are off.
    hours: [&'static str; 3],
    to: [&'static str; 3],
    clock: Clock,
    basis: Basis,
    repeat: Hours,
    max_age_days: Option<u32>,
    announce_days: &'static [u32],
    recommended: Option<Recommended>,
}

/// What a type lacks in the seed before it is of use.
#[derive(Clone, Copy, Debug)]
struct Recommended {
    hours: [&'static str; 3],
    announce_days: &'static [u32],
}

const OFF: [&str; 3] = ["", "", ""];
const ZERO: [&str; 3] = ["0.00", "0.00", "0.00"];
const BY_FIELD_REP: [&str; 3] = ["adm", "supervisor;adm", "adm;supervisor;company-head"];
const BY_HANDLER: [&str; 3] = ["handler;supervisor", "handler;supervisor", "handler;supervisor;company-head"];
const BY_BOTH: [&str; 3] = ["handler;adm", "supervisor;adm", "handler;adm;supervisor;company-head"];
/// Working hours between repetitions where a type says nothing else: a week.
pub const USUAL_REPEAT: Hours = Hours::whole(40);

/// A working day, three of them, a week: for what nobody gave hours.
const USUAL: Option<Recommended> = Some(Recommended { hours: ["8", "24", "40"], announce_days: &[] });
/// A promise that runs out must be known before it has.
const IN_ADVANCE: Option<Recommended> = Some(Recommended { hours: OFF, announce_days: &[90, 30, 7] });

const fn recommended_hours(hours: [&'static str; 3]) -> Option<Recommended> {
    Some(Recommended { hours, announce_days: &[] })
}

/// What most rows have in common.
const ROW: TypeInfo = TypeInfo {
    key: "",
    label: "",
    label_en: "",
    about: "",
    records: &[],
    in_seed: true,
    is_promise: false,
    at_once: false,
    window: Some(("08:00", "18:00")),
    hours: OFF,
    to: BY_FIELD_REP,
    clock: Clock::Working,
    basis: Basis::Due,
    repeat: USUAL_REPEAT,
    max_age_days: None,
    announce_days: &[],
    recommended: None,
};

const HELPDESK: TypeInfo = TypeInfo {
    records: &[Record::Ticket],
    is_promise: true,
    window: Some(("09:00", "17:00")),
    hours: ZERO,
    to: BY_HANDLER,
    ..ROW
};

/// All types, in the order of the seed's table.
pub const TYPES: [TypeInfo; 21] = [
    TypeInfo {
        key: "offer-follow-up",
        records: &[Record::Document],
        label: "Angebote: Wiedervorlage",
        label_en: "Offers: follow-up",
        about: "open offers; due: the follow-up day",
        hours: ["16.00", "24.00", "40.00"],
        ..ROW
    },
    TypeInfo {
        key: "order-commissioning",
        records: &[Record::Document],
        is_promise: true,
        label: "Aufträge: Kommissionierung",
        label_en: "Orders: picking",
        about: "orders not yet picked; due: the commissioning day",
        window: None,
        to: BY_HANDLER,
        recommended: USUAL,
        ..ROW
    },
    TypeInfo {
        key: "order-delivery-overdue",
        records: &[Record::Document],
        is_promise: true,
        label: "Aufträge: Lieferdatum überschritten",
        label_en: "Orders: delivery date passed",
        about: "orders not completely delivered; due: the delivery day",
        window: Some(("08:00", "17:00")),
        hours: ["4.00", "24.00", "40.00"],
        ..ROW
    },
    TypeInfo {
        key: "purchase-overdue",
        records: &[Record::PurchaseOrder],
        is_promise: true,
        label: "Einkauf: Überfällige Bestellungen",
        label_en: "Purchasing: overdue orders",
        about: "purchase orders not completely received; due: the expected receipt",
        window: None,
        to: BY_HANDLER,
        recommended: USUAL,
        ..ROW
    },
    TypeInfo {
        key: "customer-notification",
        records: &[Record::Notice],
        label: "Kunden: Benachrichtigung",
        label_en: "Customers: notification",
        about: "notices on a customer; due: their instant",
        hours: ["1.00", "24.00", "40.00"],
        ..ROW
    },
    TypeInfo {
        key: "customer-activity",
        records: &[Record::Task],
        is_promise: true,
        label: "Kunden: CRM (Tätigkeiten)",
        label_en: "Customers: CRM (activities)",
        about: "open tasks with a customer; due: their due date",
        hours: ["1.00", "24.00", "40.00"],
        ..ROW
    },
    TypeInfo {
        key: "customer-acquisition",
        records: &[Record::Customer],
        label: "Kunden: Wiedervorlage Akquise",
        label_en: "Customers: acquisition follow-up",
        about: "follow-ups of prospects; due: the follow-up day",
        hours: ["1.00", "24.00", "40.00"],
        ..ROW
    },
    TypeInfo {
        key: "invoice-licence-expiry",
        records: &[Record::Document],
        is_promise: true,
        label: "Rechnungen: Lizenzablauf",
        label_en: "Invoices: licence expiry",
        about: "invoice lines with a licence term, not renewed; due: the end of the licence",
        hours: ["1.00", "30.00", "100.00"],
        to: BY_HANDLER,
        recommended: IN_ADVANCE,
        ..ROW
    },
    TypeInfo {
        key: "invoice-follow-up",
        records: &[Record::Document],
        label: "Rechnungen: Wiedervorlage",
        label_en: "Invoices: follow-up",
        about: "unpaid invoices; due: the follow-up day",
        window: None,
        to: BY_HANDLER,
        recommended: USUAL,
        ..ROW
    },
    TypeInfo {
        key: "contract-billing",
        records: &[Record::Contract],
        label: "Vertrag: Abrechnung",
        label_en: "Contracts: billing",
        about: "active contracts; due: the next billing day",
        window: None,
        to: BY_HANDLER,
        recommended: USUAL,
        ..ROW
    },
    TypeInfo {
        key: "contract-expiry",
        records: &[Record::Contract],
        is_promise: true,
        label: "Vertrag: Ablauf",
        label_en: "Contracts: expiry",
        about: "active contracts; due: the last day for a notice, else the end",
        window: Some(("08:00", "17:00")),
        hours: ["4.00", "24.00", "40.00"],
        to: BY_BOTH,
        recommended: IN_ADVANCE,
        ..ROW
    },
    TypeInfo {
        key: "system-download",
        records: &[Record::Notice],
        label: "Systemmeldungen: Download",
        label_en: "System messages: download",
        about: "system notices; due: when they were raised",
        window: None,
        to: BY_HANDLER,
        recommended: USUAL,
        ..ROW
    },
    TypeInfo {
        key: "delivery-note",
        records: &[Record::Document],
        label: "Lieferscheineskalation",
        label_en: "Delivery notes: not invoiced",
        about: "delivery notes not completely invoiced; due: the day of delivery plus offset_days",
        window: Some(("08:00", "17:00")),
        hours: ["8.00", "24.00", "40.00"],
        ..ROW
    },
    TypeInfo {
        key: "helpdesk-high",
        label: "Helpdesk (Hoch)",
        label_en: "Help desk (high)",
        about: "open tickets of high severity; due: their due date, paused while waiting for feedback",
        hours: ["16.00", "16.00", "16.00"],
        basis: Basis::Previous,
        at_once: true,
        ..HELPDESK
    },
    TypeInfo {
        key: "helpdesk-low",
        label: "Helpdesk (niedrig)",
        label_en: "Help desk (low)",
        about: "open tickets of low severity",
        recommended: recommended_hours(["24", "40", "80"]),
        ..HELPDESK
    },
    TypeInfo {
        key: "helpdesk-immediate",
        label: "Helpdesk (Sofort)",
        label_en: "Help desk (immediate)",
        about: "open tickets of immediate severity",
        at_once: true,
        recommended: recommended_hours(["0.5", "1", "2"]),
        ..HELPDESK
    },
    TypeInfo {
        key: "helpdesk-standard",
        label: "Helpdesk (Standard)",
        label_en: "Help desk (standard)",
        about: "open tickets of standard severity",
        recommended: recommended_hours(["16", "24", "40"]),
        ..HELPDESK
    },
    TypeInfo {
        key: "helpdesk-very-low",
        label: "Helpdesk (Sehr niedrig)",
        label_en: "Help desk (very low)",
        about: "open tickets of very low severity",
        recommended: recommended_hours(["40", "80", "120"]),
        ..HELPDESK
    },
    TypeInfo {
        key: "birthday",
        records: &[Record::ContactPerson, Record::Employee],
        label: "Geburtstage",
        label_en: "Birthdays",
        about: "contact persons, and employees who agreed; due: the birthday. Stage 1 leaves at 08:00 of the day",
        in_seed: false,
        // by the wall clock: a quarter of a working hour would end at 08:15 and miss the morning's collection
        clock: Clock::Wall,
        hours: ["0.25", "", ""],
        to: ["adm", "", ""],
        repeat: Hours::ZERO,
        max_age_days: Some(3),
        announce_days: &[7],
        ..ROW
    },
    TypeInfo {
        key: "task",
        records: &[Record::Task],
        is_promise: true,
        label: "Aufgaben",
        label_en: "Tasks",
        about: "open tasks without a customer; due: their due date",
        in_seed: false,
        hours: ["1", "24", "40"],
        to: ["handler", "supervisor;handler", "handler;supervisor;company-head"],
        ..ROW
    },
    TypeInfo {
        key: "invoice-overdue",
        records: &[Record::Document],
        is_promise: true,
        label: "Rechnungen: Überfällige Zahlung",
        label_en: "Invoices: overdue payment",
        about: "invoices with an open amount; due: the payment day",
        in_seed: false,
        hours: ["8", "40", "80"],
        ..ROW
    },
];

/// Whether another due date of an item means that somebody moved it: birthdays and billings come round by themselves, and a
/// ticket begins anew also when it is reopened.
pub fn is_moved_by_hand(key: &str) -> bool {
    !matches!(key, "birthday" | "contract-billing") && !key.starts_with("helpdesk-")
}

/// The type of this key.
pub fn find(key: &str) -> Option<&'static TypeInfo> {
    TYPES.iter().find(|info| info.key == key)
}

impl TypeInfo {
    /// The view that yields its items, without schema: `escalation_offer_follow_up`.
    pub fn view(&self) -> String {
        format!("escalation_{}", self.key.replace('-', "_"))
    }

    /// The rules in force while the configuration says nothing else; inactive.
    pub fn rules(&self) -> TypeRules {
        self.rules_of(Profile::Seed)
    }

    /// The rules of a profile; inactive.
    pub fn rules_of(&self, profile: Profile) -> TypeRules {
        let time = |text: &str| text.parse::<TimeOfDay>().ok();
        TypeRules {
            key: self.key.to_owned(),
            label: self.label.to_owned(),
            label_en: self.label_en.to_owned(),
            source: Source::Builtin,
            is_promise: self.is_promise,
            active: false,
            from: self.window.and_then(|(from, _)| time(from)),
            to: self.window.and_then(|(_, to)| time(to)),
            saturday: false,
            sunday: false,
            calendar: None,
            clock: self.clock,
            basis: self.basis,
            offset_days: 0,
            announce_days: match self.recommended.filter(|_| profile == Profile::Recommended) {
                Some(recommended) if !recommended.announce_days.is_empty() => recommended.announce_days.to_vec(),
                _ => self.announce_days.to_vec(),
            },
            max_age_days: self.max_age_days,
            repeat: self.repeat,
            collect_at: usual_collections(),
            at_once: self.at_once,
            at_once_amount: None,
            bundle: true,
            fallback: Recipients::default(),
            stages: (1..)
                .zip(self.to)
                .map(|(number, to)| Stage {
                    number,
                    hours: self.hours_of(profile, number).parse().ok().filter(|hours: &Hours| !hours.is_zero()),
                    to: to.parse().unwrap_or_default(),
                })
                .collect(),
        }
    }

    /// The hours of a stage (from 1) as they are written; empty or `0.00` is off.
    pub fn hours_of(&self, profile: Profile, stage: i16) -> &'static str {
        let index = usize::try_from(stage - 1).unwrap_or(usize::MAX);
        let recommended = self.recommended.filter(|_| profile == Profile::Recommended).map(|more| more.hours);
        let hours = recommended.filter(|hours| *hours != OFF).unwrap_or(self.hours);
        hours.get(index).copied().unwrap_or_default()
    }

    /// Whether the office moves its due day as a rule: the seed's "starten nach (Tagen)" for delivery notes.
    pub fn is_offset_usual(&self) -> bool {
        self.key == "delivery-note"
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// `tests/data/escalation-types.csv` holds the seed's table as facts; hours as plain decimals.
    #[test]
    fn the_first_types_are_the_seeds_table() {
        let facts = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/escalation-types.csv");
        let rows: Vec<BTreeMap<String, String>> =
            csv::Reader::from_path(facts).unwrap().deserialize().collect::<Result<_, _>>().unwrap();
        assert_eq!(rows.len(), TYPES.iter().filter(|info| info.in_seed).count());
        for (row, info) in rows.iter().zip(TYPES) {
            let rules = info.rules();
            let hours = |stage: i16| info.hours_of(Profile::Seed, stage);
            let to = |stage: i16| rules.stages[stage as usize - 1].to.clone();
            let read = |column: &str| row[column].parse::<Recipients>().unwrap();
            let time = |time: Option<TimeOfDay>| time.map(|time| time.to_string()).unwrap_or_default();
            let word = |answer: bool| if answer { "yes" } else { "no" };
            assert_eq!(row["key"], info.key);
            assert_eq!(row["label"], info.label);
            assert_eq!(row["active"], word(rules.active));
            assert_eq!((&row["from"], &row["to"]), (&time(rules.from), &time(rules.to)), "{}", info.key);
            for stage in 1..=3 {
                assert_eq!(row[&format!("stage{stage}_hours")], hours(stage), "{}", info.key);
                assert_eq!(read(&format!("stage{stage}_recipients")), to(stage), "{} stage {stage}", info.key);
            }
            assert_eq!((row["saturday"].as_str(), row["sunday"].as_str()), (word(rules.saturday), word(rules.sunday)));
            assert_eq!((row["clock"].as_str(), row["basis"].as_str()), (rules.clock.as_str(), rules.basis.as_str()));
        }
    }

    #[test]
    fn every_type_is_about_records_that_show_its_reminders() {
        // a type whose items are no records of ours stands here
        const NONE: [&str; 0] = [];
        for info in TYPES {
            assert_eq!(info.records.is_empty(), NONE.contains(&info.key), "{}", info.key);
        }
        for record in Record::ALL {
            assert!(TYPES.iter().any(|info| info.records.contains(&record)), "{record:?}");
        }
    }

    #[test]
    fn every_text_in_the_table_is_readable() {
        for info in TYPES {
            let rules = info.rules();
            assert_eq!(rules.from.is_some(), info.window.is_some(), "{}", info.key);
            for (stage, (hours, to)) in rules.stages.iter().zip(info.hours.iter().zip(info.to)) {
                assert_eq!(stage.hours.is_some(), !matches!(*hours, "" | "0.00"), "{}", info.key);
                assert_eq!(stage.to.is_empty(), to.is_empty(), "{}", info.key);
            }
            assert_eq!(find(info.key).unwrap().label, info.label);
            assert!(!info.label_en.is_empty() && info.label_en.is_ascii(), "{}", info.key);
        }
        assert_eq!(find("offer-follow-up").unwrap().view(), "escalation_offer_follow_up");
    }
}
