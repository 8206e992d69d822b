//! What is sold and bought: products, documents with their lines, purchase orders; and what a month is meant to bring.

pub mod document;
pub mod import;
pub mod product;
pub mod purchase_order;
pub mod target;

use crate::register::handover::Holding;

/// In which columns employees hold what is open.
pub const HELD: [Holding; 4] = [
    documents("Bearbeiter", "handler_id"),
    documents("ADM", "field_rep_id"),
    documents("IDM", "inside_rep_id"),
    Holding {
        title: "Bestellungen",
        role: "Bearbeiter",
        table: "wvl.purchase_orders",
        column: "handler_id",
        number: "d.number",
        open: "d.status = 'open'",
        due: Some("d.expected_at"),
    },
];

const fn documents(role: &'static str, column: &'static str) -> Holding {
    Holding {
        title: "Belege",
        role,
        table: "wvl.documents",
        column,
        number: "d.number",
        open: "d.status = 'open'",
        // of several dates the last: who has to see to it then sees to all of it
        due: Some("greatest(d.follow_up_at, d.commissioning_due_at, d.delivery_due_at, d.payment_due_at)"),
    }
}
