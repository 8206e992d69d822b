//! Parts of a record that several nouns show: what is open of a customer, an employee or a team, and the mails of the last
//! reminder.

use wvl::agenda::{notice, task};
use wvl::escalation::deliveries;
use wvl::escalation::types::Record;
use wvl::sales::{document, purchase_order};
use wvl::{contract, ticket};

use super::registers::{Belongs, Part};

/// Everything that is open, with the list that has all of it where a terminal gets only the first.
pub fn open_things(belongs: Belongs) -> Vec<Part> {
    let known: &[&str] = match belongs {
        Belongs::Owned => &[],
        Belongs::Customer => &["customer", "customer_name", "supplier", "supplier_name"],
        // handler or representative: who of the two it is says the column
        Belongs::Employee => &[],
        Belongs::Team => &["team"],
    };
    let part = |key, heading, register| Part::open(key, heading, register, belongs).without(known);
    vec![
        part("documents", "Offene Belege", document::register()),
        part("purchase_orders", "Offene Bestellungen", purchase_order::register()).sorted(&["expected_at"]),
        part("contracts", "Laufende Verträge", contract::register()).sorted(&["notice_by"]),
        part("tickets", "Offene Tickets", ticket::register()).sorted(&["due_at"]),
        part("tasks", "Offene Aufgaben", task::register()),
        part("notices", "Benachrichtigungen", notice::register()),
    ]
}

/// Who was reminded last, and whether the mails arrived; `wvl escalate history` tells of all reminders.
pub fn mails(record: Record) -> Part {
    let heading = match record {
        Record::ContactPerson | Record::Employee => "Erinnerung an den Geburtstag",
        _ => "Letzte Erinnerung",
    };
    Part::owned("mails", heading, deliveries::of_record(record)).without(&["kind", "attempts", "next_attempt_at"])
}
