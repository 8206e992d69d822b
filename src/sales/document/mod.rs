//! Documents (Belege): offers, orders, delivery notes, invoices and credit notes, with their lines.
//!
//! * [`shown`] is how they are listed and shown, [`status`] in which states they can be, [`line_change`] what changes of a line.
//! * [`spelling`] reads a line as somebody types it, [`remainder`] decides what is open of a document and what a final
//!   invoice bills, [`draft`] enters a new document; [`predecessor`] loads the one it is made from, [`follow_on`] decides what it
//!   takes over.
//!
//! What a document does to the one it was made from (quantities, how far it is delivered and invoiced, its state, what an
//! invoice owes) is derived by triggers: see the migration `derive_document_progress`. Only documents without lines are
//! settled here, by their amounts.

pub mod draft;
pub mod follow_on;
pub mod line_change;
pub mod predecessor;

pub mod remainder;
pub mod shown;
pub mod spelling;
pub mod status;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use rust_decimal::Decimal;

use crate::db::schema::documents;
use crate::error::Result;
use crate::register::Words;

pub use line_change::{LineChange, update_line};
pub use shown::{lines, register};
pub use status::in_status;

/// What kind of document it is.
pub static KIND: Words = Words(&[
    ("offer", &["Angebot", "AN"]),
    ("order", &["Auftrag", "Auftragsbestätigung", "AB"]),
    ("delivery_note", &["Lieferschein", "LS"]),
    ("invoice", &["Rechnung", "RE"]),
    ("credit_note", &["Gutschrift", "Rechnungskorrektur", "GS"]),
]);

/// In which state a document can be; [`check_status`] knows which kind knows which.
pub static STATUS: Words = Words(&[
    ("open", &["offen", "in Arbeit"]),
    ("won", &["gewonnen", "beauftragt"]),
    ("lost", &["verloren", "abgelehnt"]),
    ("paid", &["bezahlt"]),
    ("closed", &["erledigt", "geschlossen", "abgeschlossen"]),
    ("void", &["storniert", "Storno"]),
]);

/// How far something is delivered or invoiced.
pub static PROGRESS: Words = Words(&[
    ("none", &["noch nicht", "offen", "nein", "nicht", "keine", "no"]),
    ("partial", &["teilweise", "teil", "Teillieferung", "Teilrechnung"]),
    ("complete", &["vollständig", "komplett", "ja", "ganz", "yes"]),
]);

/// What of a project an invoice is for.
pub static INVOICE_KIND: Words = Words(&[
    ("normal", &["normal", "Rechnung"]),
    ("advance", &["Anzahlung", "Anzahlungsrechnung"]),
    ("partial", &["Teilrechnung"]),
    ("final", &["Schlussrechnung"]),
]);

/// What changes of a document; `None` stays, `Some(None)` empties.
#[derive(Clone, Debug, Default, AsChangeset)]
#[diesel(table_name = documents)]
pub struct Change {
    /// Subject.
    pub title: Option<String>,
    /// Who works on it.
    pub handler_id: Option<Option<i64>>,
    /// When to come back to it, 00:00 of the day.
    pub follow_up_at: Option<Option<DateTime<Utc>>>,
    /// Until when it is to be picked; of a day its 24:00.
    pub commissioning_due_at: Option<Option<DateTime<Utc>>>,
    /// Until when it is to be delivered; of a day its 24:00.
    pub delivery_due_at: Option<Option<DateTime<Utc>>>,
    /// When it was delivered, 00:00 of the day.
    pub delivered_at: Option<Option<DateTime<Utc>>>,
    /// Until when it is to be paid; of a day its 24:00.
    pub payment_due_at: Option<Option<DateTime<Utc>>>,
    /// When it was picked.
    pub picked_at: Option<Option<DateTime<Utc>>>,
    /// What is still to be paid.
    pub open_amount: Option<Decimal>,
    /// How far it is delivered, see [`PROGRESS`].
    pub delivery_status: Option<&'static str>,
    /// How far it is invoiced, see [`PROGRESS`].
    pub invoicing_status: Option<&'static str>,
    /// Its state; [`in_status`] sets it with its instants.
    pub status: Option<&'static str>,
    /// When it was paid.
    pub paid_at: Option<Option<DateTime<Utc>>>,
    /// When it was closed.
    pub closed_at: Option<Option<DateTime<Utc>>>,
    /// When it was voided.
    pub voided_at: Option<Option<DateTime<Utc>>>,
}

/// Changes a document; nothing to change is no error.
pub fn update(connection: &mut PgConnection, id: i64, change: &Change) -> Result<()> {
    diesel::update(documents::table.find(id)).set(change).execute(connection).optional_empty_changeset()?;
    Ok(())
}
