//! The file of tickets. What happened to them, the version of the due date and the time of closing are written by the
//! tables' own triggers, for this file as for every other change. When a ticket was closed that comes in closed, nobody
//! knows.

use crate::contract::import::CONTRACT;
use crate::import::{Cell, Closing, Derived, Register, column};
use crate::party::import::{CONTACT_PERSON, HANDLER, LINK, OF_COMPANY, OF_DEPARTMENT, OF_PARTNER, OF_TEAM};

/// Tickets.
pub static TICKETS: Register = Register {
    noun: "ticket",
    table: "wvl.tickets",
    key: &["number"],
    columns: &[
        column("number", &["Ticketnummer", "Ticketnr", "Ticket", "Nummer", "Nr"], Cell::Text, "number of the ticket")
            .key(),
        column("title", &["Betreff", "Titel", "Bezeichnung", "subject"], Cell::Text, "subject").for_new(),
        column("description", &["Beschreibung", "Text"], Cell::Text, "what is the matter"),
        column("status", &["Status"], Cell::OneOf(&super::STATUS), "its state").or("'unread'"),
        column(
            "severity",
            &["Dringlichkeit", "Priorität", "priority"],
            Cell::OneOf(&super::SEVERITY),
            "how urgent it is",
        )
        .or("'standard'"),
        OF_PARTNER,
        column("contact_person", &["Ansprechpartner"], Cell::Text, "number of the contact person who asked")
            .refers("contact_person_id", CONTACT_PERSON),
        column("contract", &["Vertrag", "Vertragsnummer"], Cell::Text, "number of the contract whose calendar counts")
            .refers("contract_id", CONTRACT),
        HANDLER,
        OF_TEAM,
        OF_DEPARTMENT,
        OF_COMPANY,
        column(
            "opened",
            &["Eingegangen", "Eingang", "Eröffnet", "Erfasst", "Angelegt", "opened_at"],
            Cell::Start,
            "when it came in",
        )
        .stored_in("opened_at"),
        column(
            "due",
            &["Fällig", "Fällig am", "Fälligkeit", "due_at", "Termin"],
            Cell::Promise,
            "until when it is to be solved",
        )
        .stored_in("due_at"),
        column(
            "closed",
            &["Geschlossen", "Geschlossen am", "Erledigt am", "closed_at"],
            Cell::Start,
            "when it was closed",
        )
        .stored_in("closed_at"),
        LINK,
    ],
    derived: &[
        Derived { column: "opened_at", sql: "coalesce(t.opened_at, (SELECT wvl.as_of()))" },
        Derived {
            column: "closed_at",
            sql: "CASE WHEN {status} = 'closed' THEN \
                  CASE WHEN t.status <> 'closed' THEN (SELECT wvl.as_of()) ELSE t.closed_at END END",
        },
    ],
    check: include_str!("import_tickets_check.sql"),
    closing: Closing::By {
        open: "t.status <> 'closed'",
        set: "status = 'closed', closed_at = (SELECT wvl.as_of())",
        scope: None,
        own_range: Some("'ticket'"),
    },
    ..Register::PLAIN
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::shared;

    #[test]
    fn no_heading_means_two_columns() {
        assert_eq!(shared(&TICKETS), [""; 0]);
    }
}
