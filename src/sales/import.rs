//! The files of documents and of purchase orders: one row a line, the head repeated; a head alone has no line number.
//!
//! What a file does not say follows from what it says, in this order:
//! * the net amount is the sum of all lines that the document will have, those that the file leaves out too, if each of
//!   them has a price (cost likewise). A file without quantities and prices leaves it alone;
//! * an invoice that is open owes its gross amount (net plus tax, if the tax rate is known), until a file says how much:
//!   an invoice of unknown debt would never be reminded of. One that is paid, closed or void owes nothing;
//! * a document was booked on its date, today's at the time of the import;
//! * one that was known as open and no longer is was closed at the time of the import, and so was one that is newly paid
//!   or void; opening it again takes this back. For a document that comes in finished nobody knows when, and nothing is
//!   entered. The command line enters the same (see [`document::in_status`]), so that a file that says what was done by
//!   hand changes nothing;
//! * what documents do to those they were made from is derived by triggers (`predecessor`, `predecessor_line`). What the file
//!   itself says wins: delivered and invoiced quantities, how far something is delivered and invoiced, states, and what an
//!   invoice owes. A delivery note or an invoice of a file is taken to be what was said of its order before, not a further one.

use crate::import::{Cell, Closing, Column, Derived, Lines, NO_LONGER_ACTIVE, Place, Reference, Register, Sum, column};
use crate::party::import::{
    CONTACT_PERSON, FIELD_REP, HANDLER, INSIDE_REP, LINK, OF_COMPANY, OF_DEPARTMENT, OF_PARTNER, PARTNER,
};
use crate::sales::{document, purchase_order};

const PRODUCT: Reference = Reference { table: "wvl.products", by: "number", noun: "product" };

const LINE: Column =
    column("line", &["Position", "Pos", "Pos-Nr", "Zeile"], Cell::Count, "number of the line; empty: head alone")
        .at(Place::Line);
const PRODUCT_NUMBER: Column = column(
    "product",
    &["Artikel", "Artikelnummer", "Art-Nr", "Artikelnr"],
    Cell::Text,
    "number of the product; entered if nobody knows it yet",
)
.refers("product_id", PRODUCT)
.at(Place::Line);
const PRODUCT_GROUP: Column = column(
    "product_group",
    &["Warengruppe", "Artikelgruppe"],
    Cell::Text,
    "Hardware, Software, Dienstleistung, Wartung …",
)
.at(Place::Line);
const DESCRIPTION: Column =
    column("description", &["Positionstext", "Text", "Artikelbezeichnung"], Cell::Text, "text of the line")
        .or("''")
        .at(Place::Line);
const QUANTITY: Column = column("quantity", &["Menge", "Anzahl"], Cell::Decimal, "quantity").or("1").at(Place::Line);
const UNIT: Column = column("unit", &["Einheit", "ME"], Cell::Text, "unit of the quantity").or("'Stk'").at(Place::Line);
const UNIT_PRICE: Column =
    column("unit_price", &["Einzelpreis", "Preis", "EP"], Cell::Decimal, "net price of a unit").at(Place::Line);

/// What is sold and bought.
pub static PRODUCTS: Register = Register {
    noun: "product",
    table: "wvl.products",
    key: &["number"],
    columns: &[
        column(
            "number",
            &["Artikelnummer", "Art-Nr", "Artikelnr", "Artikel", "Nummer", "Nr"],
            Cell::Text,
            "number of the product",
        )
        .key(),
        column("name", &["Bezeichnung", "Name", "Artikelbezeichnung"], Cell::Text, "what it is called").for_new(),
        column(
            "product_group",
            &["Warengruppe", "Artikelgruppe"],
            Cell::Text,
            "Hardware, Software, Dienstleistung, Wartung …",
        ),
        column("unit", &["Einheit", "ME"], Cell::Text, "unit of the quantity").or("'Stk'"),
        column("price", &["Preis", "Verkaufspreis", "VK", "Einzelpreis"], Cell::Decimal, "net price of a unit"),
        column("cost", &["Einkaufspreis", "EK"], Cell::Decimal, "cost of a unit; empty means unknown"),
        column("active", &["Aktiv"], Cell::YesNo, "false once no longer sold").or("true"),
    ],
    closing: NO_LONGER_ACTIVE,
    ..Register::PLAIN
};

/// SQL for the document that a line `l`, else the document with the details `x`, was made from.
macro_rules! predecessor {
    ($column:literal) => {
        concat!(
            "(SELECT k.",
            $column,
            " FROM wvl.documents k WHERE k.id = coalesce((SELECT v.document_id FROM wvl.document_lines v \
              WHERE v.id = l.predecessor_line_id), x.predecessor_id))"
        )
    };
}

/// Offers, orders, delivery notes, invoices and credit notes.
pub static DOCUMENTS: Register = Register {
    noun: "document",
    table: "wvl.documents",
    key: &["kind", "number"],
    columns: &[
        column("kind", &["Belegart", "Art", "Typ"], Cell::OneOf(&document::KIND), "what it is").key(),
        column("number", &["Belegnummer", "Beleg", "Beleg-Nr", "Nummer", "Nr"], Cell::Text, "its number").key(),
        column("status", &["Status"], Cell::OneOf(&document::STATUS), "won and lost for offers, paid for invoices")
            .or("'open'"),
        column("title", &["Titel", "Betreff", "Bezeichnung"], Cell::Text, "what it is about").or("''"),
        OF_PARTNER,
        HANDLER,
        FIELD_REP,
        INSIDE_REP,
        OF_DEPARTMENT,
        OF_COMPANY,
        column("date", &["Datum", "Belegdatum", "document_date"], Cell::Day, "date printed on it")
            .stored_in("document_date")
            .for_new(),
        column("booked", &["Gebucht", "Erfasst am", "booked_at"], Cell::Start, "when it was entered")
            .stored_in("booked_at"),
        column("follow_up", &["Wiedervorlage", "WV", "follow_up_at"], Cell::Start, "when to come back to it")
            .stored_in("follow_up_at"),
        column(
            "commissioning_due",
            &["Kommissionierung", "Kommissionierung bis", "kommissionieren bis", "commissioning_due_at"],
            Cell::Promise,
            "until when an order is to be picked",
        )
        .stored_in("commissioning_due_at"),
        column(
            "delivery_due",
            &["Liefertermin", "Lieferdatum zugesagt", "delivery_due_at"],
            Cell::Promise,
            "promised delivery",
        )
        .stored_in("delivery_due_at"),
        column("delivered", &["Geliefert", "Geliefert am", "delivered_at"], Cell::Start, "when it was delivered")
            .stored_in("delivered_at"),
        column(
            "payment_due",
            &["Zahlbar bis", "Zahlungsziel", "Fällig", "Fällig am", "payment_due_at"],
            Cell::Promise,
            "until when it is to be paid",
        )
        .stored_in("payment_due_at"),
        column("picked", &["Kommissioniert", "Kommissioniert am", "picked_at"], Cell::Start, "when it was picked")
            .stored_in("picked_at"),
        column("paid", &["Bezahlt am", "paid_at"], Cell::Start, "when it was paid in full").stored_in("paid_at"),
        column(
            "closed",
            &["Erledigt am", "Abgeschlossen am", "closed_at"],
            Cell::Start,
            "since when it is no longer open",
        )
        .stored_in("closed_at"),
        column("voided", &["Storniert am", "voided_at"], Cell::Start, "when it was voided").stored_in("voided_at"),
        column(
            "net_amount",
            &["Netto", "Nettobetrag", "Nettosumme", "Betrag"],
            Cell::Decimal,
            "net sum; else that of the lines",
        ),
        column("cost_amount", &["Einkaufswert", "Kosten", "EK-Summe"], Cell::Decimal, "cost; else that of the lines"),
        column("open_amount", &["Offener Betrag", "Offen", "Restbetrag"], Cell::Decimal, "what is still to be paid"),
        column("currency", &["Währung"], Cell::Currency, "currency").or("'EUR'"),
        column(
            "delivery_status",
            &["Lieferstatus", "Geliefert Status"],
            Cell::OneOf(&document::PROGRESS),
            "how much has been delivered",
        )
        .or("'none'"),
        column(
            "invoicing_status",
            &["Rechnungsstatus", "Fakturastatus", "Berechnet"],
            Cell::OneOf(&document::PROGRESS),
            "how much has been invoiced",
        )
        .or("'none'"),
        column("contact_person", &["Ansprechpartner"], Cell::Text, "number of the contact person")
            .refers("contact_person_id", CONTACT_PERSON)
            .at(Place::Details),
        column("tax_rate", &["MwSt", "Steuersatz", "USt"], Cell::Decimal, "VAT in per cent").at(Place::Details),
        column("dunning_level", &["Mahnstufe"], Cell::Count, "dunning level").or("0").at(Place::Details),
        column(
            "invoice_kind",
            &["Rechnungsart"],
            Cell::OneOf(&document::INVOICE_KIND),
            "a final invoice counts the rest only",
        )
        .or("'normal'")
        .at(Place::Details),
        LINK.at(Place::Details),
        column("note", &["Bemerkung", "Notiz"], Cell::Text, "internal remark").at(Place::Details),
        column(
            "predecessor",
            &["Vorgänger", "Vorgängerbeleg", "Vorgänger-Nr", "Vorbeleg"],
            Cell::Text,
            "number of the document it was made from; with lines, of each line",
        )
        .at(Place::Own)
        .exported_as(predecessor!("number")),
        column(
            "predecessor_kind",
            &["Vorgängerart", "Art des Vorgängers"],
            Cell::OneOf(&document::KIND),
            "what that is; else what documents of this kind are made from, a delivery note before an order",
        )
        .at(Place::Own)
        .exported_as(predecessor!("kind")),
        column(
            "predecessor_line",
            &["Vorgängerposition", "Vorgänger-Pos", "Vorgängerzeile"],
            Cell::Count,
            "the line there that this line was made from",
        )
        .at(Place::Own)
        .exported_as("(SELECT v.line FROM wvl.document_lines v WHERE v.id = l.predecessor_line_id)"),
        LINE,
        PRODUCT_NUMBER,
        PRODUCT_GROUP,
        DESCRIPTION,
        QUANTITY,
        UNIT,
        UNIT_PRICE,
        column("discount_percent", &["Rabatt", "Rabatt %"], Cell::Decimal, "discount in per cent")
            .or("0")
            .at(Place::Line),
        column("unit_cost", &["EK", "Einkaufspreis"], Cell::Decimal, "cost of a unit").at(Place::Line),
        column("delivered_quantity", &["Gelieferte Menge"], Cell::Decimal, "delivered so far").or("0").at(Place::Line),
        column("invoiced_quantity", &["Berechnete Menge"], Cell::Decimal, "invoiced so far").or("0").at(Place::Line),
        column(
            "licence_expires",
            &["Lizenzende", "Lizenz bis", "Lizenzablauf", "licence_expires_at"],
            Cell::Promise,
            "last day of a licence",
        )
        .stored_in("licence_expires_at")
        .at(Place::Line),
        column("renewed", &["Verlängert", "Verlängert am", "renewed_at"], Cell::Start, "when the licence was renewed")
            .stored_in("renewed_at")
            .at(Place::Line),
    ],
    details: Some(("wvl.document_details", "document_id")),
    lines: Some(Lines {
        table: "wvl.document_lines",
        parent: "document_id",
        number: "line",
        sums: &[
            Sum {
                name: "lines_net",
                of: &["quantity", "unit_price", "discount_percent"],
                sql: "CASE WHEN bool_and(unit_price IS NOT NULL) THEN \
                      sum(round(quantity * unit_price * (1 - discount_percent / 100), 2)) END",
            },
            Sum {
                name: "lines_cost",
                of: &["quantity", "unit_cost"],
                sql: "CASE WHEN bool_and(unit_cost IS NOT NULL) THEN sum(round(quantity * unit_cost, 2)) END",
            },
        ],
    }),
    derived: &[
        Derived { column: "net_amount", sql: "coalesce(z.lines_net, t.net_amount)" },
        Derived { column: "cost_amount", sql: "coalesce(z.lines_cost, t.cost_amount)" },
        Derived {
            column: "open_amount",
            sql: "CASE WHEN {kind} <> 'invoice' THEN t.open_amount WHEN {status} <> 'open' THEN 0 \
                  ELSE coalesce(CASE WHEN t.status = 'open' AND t.open_amount IS DISTINCT FROM \
                  round(t.net_amount * (1 + coalesce(d.tax_rate, 0) / 100), 2) THEN t.open_amount END, \
                  round({net_amount} * (1 + coalesce({details.tax_rate}, 0) / 100), 2)) END",
        },
        Derived {
            column: "booked_at",
            sql: "coalesce(t.booked_at, CASE WHEN {document_date} < (SELECT (wvl.as_of() AT TIME ZONE wvl.zone())::date) \
                  THEN {document_date}::timestamp AT TIME ZONE (SELECT wvl.zone()) ELSE (SELECT wvl.as_of()) END)",
        },
        Derived {
            column: "closed_at",
            sql: "CASE WHEN {status} <> 'open' THEN \
                  CASE WHEN t.status = 'open' THEN (SELECT wvl.as_of()) ELSE t.closed_at END END",
        },
        Derived {
            column: "paid_at",
            sql: "CASE WHEN {status} <> 'open' THEN \
                  CASE WHEN {status} = 'paid' AND t.status <> 'paid' THEN (SELECT wvl.as_of()) ELSE t.paid_at END END",
        },
        Derived {
            column: "voided_at",
            sql: "CASE WHEN {status} <> 'open' THEN \
                  CASE WHEN {status} = 'void' AND t.status <> 'void' THEN (SELECT wvl.as_of()) ELSE t.voided_at END END",
        },
    ],
    ambiguous: &[("Lieferdatum", "Liefertermin (delivery_due) or Geliefert am (delivered)")],
    before: include_str!("import_documents_before.sql"),
    check: include_str!("import_documents_check.sql"),
    after: include_str!("import_documents_after.sql"),
    closing: Closing::By {
        open: "t.status = 'open'",
        set: "status = 'closed', closed_at = (SELECT wvl.as_of()), \
              open_amount = CASE WHEN t.kind = 'invoice' THEN 0 ELSE t.open_amount END",
        scope: Some("kind"),
        own_range: Some("replace(t.kind, '_', '-')"),
    },
};

/// What we ordered ourselves.
pub static PURCHASE_ORDERS: Register = Register {
    noun: "purchase order",
    table: "wvl.purchase_orders",
    key: &["number"],
    columns: &[
        column("number", &["Bestellnummer", "Bestellung", "Bestell-Nr", "Nummer", "Nr"], Cell::Text, "its number")
            .key(),
        column("status", &["Status"], Cell::OneOf(&purchase_order::STATUS), "its state").or("'open'"),
        column("title", &["Titel", "Betreff", "Bezeichnung"], Cell::Text, "what it is about").or("''"),
        column(
            "partner",
            &["Lieferant", "Lieferantennummer", "Lief-Nr", "Kreditor", "supplier"],
            Cell::Text,
            "number of the supplier",
        )
        .refers("partner_id", PARTNER),
        HANDLER,
        OF_DEPARTMENT,
        OF_COMPANY,
        column("date", &["Datum", "Bestelldatum", "order_date"], Cell::Day, "date of the order")
            .stored_in("order_date")
            .for_new(),
        column(
            "expected",
            &["Liefertermin", "Erwartet", "Erwartet am", "Wareneingang bis", "expected_at"],
            Cell::Promise,
            "promised receipt",
        )
        .stored_in("expected_at"),
        column(
            "receipt_status",
            &["Wareneingang", "Eingangsstatus", "Lieferstatus"],
            Cell::OneOf(&document::PROGRESS),
            "how much has come in",
        )
        .or("'none'"),
        column(
            "net_amount",
            &["Netto", "Nettobetrag", "Nettosumme", "Betrag"],
            Cell::Decimal,
            "net sum; else that of the lines",
        ),
        column("currency", &["Währung"], Cell::Currency, "currency").or("'EUR'"),
        LINK,
        column("closed", &["Erledigt am", "Abgeschlossen am", "closed_at"], Cell::Start, "when it was closed")
            .stored_in("closed_at"),
        LINE,
        PRODUCT_NUMBER,
        DESCRIPTION,
        QUANTITY,
        UNIT,
        UNIT_PRICE,
        column("received_quantity", &["Gelieferte Menge", "Eingegangene Menge"], Cell::Decimal, "received so far")
            .or("0")
            .at(Place::Line),
    ],
    lines: Some(Lines {
        table: "wvl.purchase_order_lines",
        parent: "purchase_order_id",
        number: "line",
        sums: &[Sum {
            name: "lines_net",
            of: &["quantity", "unit_price"],
            sql: "CASE WHEN bool_and(unit_price IS NOT NULL) THEN sum(round(quantity * unit_price, 2)) END",
        }],
    }),
    derived: &[
        Derived { column: "net_amount", sql: "coalesce(z.lines_net, t.net_amount)" },
        Derived {
            column: "closed_at",
            sql: "CASE WHEN {status} <> 'open' THEN \
                  CASE WHEN t.status = 'open' THEN (SELECT wvl.as_of()) ELSE t.closed_at END END",
        },
    ],
    before: include_str!("import_purchase_orders_before.sql"),
    check: include_str!("import_purchase_orders_check.sql"),
    after: include_str!("import_purchase_orders_after.sql"),
    closing: Closing::By {
        open: "t.status = 'open'",
        set: "status = 'closed', closed_at = (SELECT wvl.as_of())",
        scope: None,
        own_range: Some("'purchase-order'"),
    },
    ..Register::PLAIN
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::shared;

    #[test]
    fn no_heading_means_two_columns() {
        assert_eq!(shared(&DOCUMENTS), [""; 0]);
        assert_eq!(shared(&PRODUCTS), [""; 0]);
        assert_eq!(shared(&PURCHASE_ORDERS), [""; 0]);
    }
}
