//! The file of contracts; and how other registers' files name one.

use crate::import::{Cell, Closing, Reference, Register, column};
use crate::party::import::{FIELD_REP, HANDLER, INSIDE_REP, LINK, OF_COMPANY, OF_DEPARTMENT, OF_PARTNER};

/// A contract by its number.
pub const CONTRACT: Reference = Reference { table: "wvl.contracts", by: "number", noun: "contract" };

/// Contracts, also duties of our own that have no partner.
pub static CONTRACTS: Register = Register {
    noun: "contract",
    table: "wvl.contracts",
    key: &["number"],
    columns: &[
        column(
            "number",
            &["Vertragsnummer", "Vertragsnr", "Vertrag", "Nummer", "Nr"],
            Cell::Text,
            "number of the contract",
        )
        .key(),
        column("name", &["Bezeichnung", "Name", "Titel", "Vertragsart"], Cell::Text, "what it is about").for_new(),
        column("status", &["Status"], Cell::OneOf(&super::STATUS), "only active ones are watched").or("'active'"),
        OF_PARTNER,
        HANDLER,
        FIELD_REP,
        INSIDE_REP,
        OF_DEPARTMENT,
        OF_COMPANY,
        column("starts", &["Beginn", "Vertragsbeginn", "Start", "starts_at"], Cell::Start, "start")
            .stored_in("starts_at"),
        column("ends", &["Ende", "Vertragsende", "Laufzeitende", "ends_at"], Cell::Promise, "last day")
            .stored_in("ends_at"),
        column(
            "notice_by",
            &["Kündigungstermin", "Kündigen bis", "Kündigung bis", "kündbar bis"],
            Cell::Promise,
            "last day on which notice can be given",
        ),
        column(
            "next_billing",
            &["Nächste Abrechnung", "Abrechnung am", "nächste Rechnung", "next_billing_at"],
            Cell::Start,
            "when it is billed next",
        )
        .stored_in("next_billing_at"),
        column("amount", &["Betrag", "Wert", "Nettobetrag", "Netto"], Cell::Decimal, "net value of a period"),
        column("currency", &["Währung"], Cell::Currency, "currency").or("'EUR'"),
        column(
            "calendar",
            &["Kalender", "Servicezeit"],
            Cell::Text,
            "calendar of its tickets, as in the configuration",
        ),
        LINK,
        column("note", &["Bemerkung", "Notiz"], Cell::Text, "internal remark"),
    ],
    closing: Closing::By {
        open: "t.status = 'active'",
        set: "status = 'ended'",
        scope: None,
        own_range: Some("'contract'"),
    },
    ..Register::PLAIN
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::shared;

    #[test]
    fn no_heading_means_two_columns() {
        assert_eq!(shared(&CONTRACTS), [""; 0]);
    }
}
