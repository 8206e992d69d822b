//! Targets: what a month is meant to bring, of the whole house, of a company, of a field rep.

use crate::import::{self, Cell, Closing, column};
use crate::party::import::{COMPANY, FIELD_REP};
use crate::party::{company, employee};
use crate::register::{Dated, Field, Filters, Kind, Register, Words};

/// What is measured; the words of [`crate::report::figure::FigureKey`].
pub static FIGURE: Words = Words(&[
    ("offers", &["Angebote"]),
    ("orders", &["Aufträge", "Auftragseingang", "Auftrag"]),
    ("delivery_notes", &["Lieferscheine"]),
    ("invoices", &["Rechnungen", "Umsatz"]),
    ("margin", &["Deckungsbeitrag", "DB", "Rohertrag"]),
]);

/// How targets are listed.
pub fn register() -> Register {
    Register {
        noun: "target",
        title: "Ziel",
        from: "wvl.sales_targets d",
        key: "d.id::text",
        titled_by_kind: false,
        fields: vec![
            Field::new("month", "Monat", Kind::Day, "d.month"),
            Field::word("figure", "Kennzahl", &FIGURE, "d.figure"),
            Field::text("company", "Mandant", company::name("d.company_id")).optional(),
            Field::new("field_rep", "Personalnummer", Kind::Int, employee::number("d.field_rep_id")).optional(),
            Field::text("field_rep_name", "ADM", employee::name("d.field_rep_id")),
            Field::money("amount", "Betrag", "d.amount"),
            Field::text("currency", "Währung", "d.currency").optional(),
        ],
        filters: Filters {
            employee: "d.field_rep_id = {}",
            dated: Some(Dated::Day("d.month")),
            search: "concat_ws(' ', d.figure, (SELECT b.name FROM wvl.companies b WHERE b.id = d.company_id),
                (SELECT concat_ws(' ', e.number, e.first_name, e.last_name) FROM wvl.employees e WHERE e.id = d.field_rep_id))",
            ..Filters::default()
        },
        order: "d.month DESC, d.figure, d.company_id NULLS FIRST, d.field_rep_id NULLS FIRST, d.id",
    }
}

/// The file of targets: one row for each month, figure, company, field rep and currency.
pub static TARGETS: import::Register = import::Register {
    noun: "target",
    table: "wvl.sales_targets",
    key: &["month", "figure", "company", "field_rep", "currency"],
    columns: &[
        column("month", &["Monat", "Zeitraum"], Cell::Month, "the month").key(),
        column("figure", &["Kennzahl", "Was", "Größe"], Cell::OneOf(&FIGURE), "what is measured").key(),
        column("company", &["Mandant"], Cell::Text, "name of the company of the group; empty: all of them")
            .refers("company_id", COMPANY)
            .key_if_any(),
        import::Column { help: "personnel number of the field rep; empty: everybody", ..FIELD_REP.key_if_any() },
        column("amount", &["Betrag", "Ziel", "Soll"], Cell::Decimal, "net amount to be reached; 0: none").for_new(),
        column("currency", &["Währung"], Cell::Currency, "currency; empty: EUR").or("'EUR'").key_if_any(),
    ],
    closing: Closing::Refused("a target of 0 counts as none"),
    ..import::Register::PLAIN
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::shared;
    use crate::report::figure::FigureKey;

    #[test]
    fn no_heading_means_two_columns() {
        assert_eq!(shared(&TARGETS), [""; 0]);
    }

    #[test]
    fn figures_are_those_of_the_evening_mail() {
        let keys: Vec<&str> = FIGURE.0.iter().map(|(stored, _)| *stored).collect();
        assert_eq!(keys, FigureKey::ALL.map(FigureKey::key));
    }
}
