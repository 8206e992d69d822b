//! Documents (Belege): offers, orders, delivery notes, invoices and credit notes, with their lines.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use rust_decimal::{Decimal, RoundingStrategy};

use crate::db::schema::{document_details, document_lines, documents};
use crate::error::{Error, Result};
use crate::party::{customer, department, employee};
use crate::register::{Dated, Field, Filters, Kind, Register, Words};
use crate::sales::product;

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

/// How documents are listed and shown.
pub fn register() -> Register {
    Register {
        noun: "document",
        title: "Beleg",
        from: "wvl.documents d",
        key: "d.number",
        titled_by_kind: true,
        fields: vec![
            Field::word("kind", "Art", &KIND, "d.kind"),
            Field::text("number", "Nummer", "d.number"),
            Field::new("document_date", "Datum", Kind::Day, "d.document_date").optional(),
            Field::word("status", "Status", &STATUS, "d.status").optional(),
            Field::text("customer", "Kundennummer", customer::number("d.partner_id")).optional(),
            Field::text("customer_name", "Kunde", customer::name("d.partner_id")),
            Field::text("title", "Titel", "d.title"),
            Field::money("net_amount", "Netto", "d.net_amount").optional(),
            Field::text("currency", "Währung", "d.currency").optional(),
            Field::text("handler", "Bearbeiter", employee::name("d.handler_id")).optional(),
            Field::instant("follow_up_at", "Wiedervorlage", "d.follow_up_at").detail(),
            Field::promise("commissioning_due_at", "Kommissionieren bis", "d.commissioning_due_at").detail(),
            Field::promise("delivery_due_at", "Liefertermin", "d.delivery_due_at").detail(),
            Field::instant("delivered_at", "Geliefert am", "d.delivered_at").detail(),
            Field::promise("payment_due_at", "Zahlbar bis", "d.payment_due_at").detail(),
            Field::money("open_amount", "Offener Betrag", "d.open_amount").detail(),
            Field::word("delivery_status", "Lieferstatus", &PROGRESS, "d.delivery_status").detail(),
            Field::word("invoicing_status", "Rechnungsstatus", &PROGRESS, "d.invoicing_status").detail(),
            Field::instant("picked_at", "Kommissioniert am", "d.picked_at").detail(),
            Field::instant("paid_at", "Bezahlt am", "d.paid_at").detail(),
            Field::instant("closed_at", "Erledigt am", "d.closed_at").detail(),
            Field::instant("voided_at", "Storniert am", "d.voided_at").detail(),
            Field::text("field_rep", "ADM", employee::name("d.field_rep_id")).detail(),
            Field::text("inside_rep", "IDM", employee::name("d.inside_rep_id")).detail(),
            Field::text("department", "Abteilung", department::name("d.department_id")).detail(),
            Field::text("link", "Link", detail_column("link")).detail(),
            Field::text("note", "Notiz", detail_column("note")).detail(),
        ],
        filters: Filters {
            employee: "{} IN (d.handler_id, d.field_rep_id, d.inside_rep_id)",
            team: "d.handler_id IN (SELECT employee_id FROM wvl.team_members WHERE team_id = {})",
            partner: "d.partner_id = {}",
            open: "d.status = 'open'",
            // one arm for each partial index
            overdue: "d.kind = 'offer' AND d.status = 'open' AND d.follow_up_at < {}
                OR d.kind = 'order' AND d.status = 'open' AND d.picked_at IS NULL AND d.commissioning_due_at < {}
                OR d.kind = 'order' AND d.status = 'open' AND d.delivery_status <> 'complete' AND d.delivery_due_at < {}
                OR d.kind = 'invoice' AND d.status = 'open' AND d.follow_up_at < {}
                OR d.kind = 'invoice' AND d.status = 'open' AND d.open_amount > 0 AND d.payment_due_at < {}
                OR d.kind = 'delivery_note' AND d.status = 'open' AND d.invoicing_status <> 'complete'
                    AND d.delivered_at < {}",
            dated: Some(Dated::Day("d.document_date")),
            search: "concat_ws(' ', d.number, d.title)",
            ..Filters::default()
        },
        // the key's index; a date would need one of its own
        order: "d.id DESC",
    }
}

/// How the lines of a document are shown.
pub fn lines() -> Register {
    Register {
        noun: "document",
        title: "Position",
        from: "wvl.document_lines d",
        key: "d.line::text",
        titled_by_kind: false,
        fields: vec![
            Field::new("line", "Pos.", Kind::Int, "d.line"),
            Field::text("product", "Artikelnummer", product::number("d.product_id")),
            Field::text("description", "Positionstext", "d.description"),
            Field::new("quantity", "Menge", Kind::Number, "d.quantity"),
            Field::text("unit", "Einheit", "d.unit"),
            Field::money("unit_price", "Preis", "d.unit_price"),
            Field::new("discount_percent", "Rabatt %", Kind::Number, "d.discount_percent"),
            Field::new("delivered_quantity", "Gelieferte Menge", Kind::Number, "d.delivered_quantity"),
            Field::promise("licence_expires_at", "Lizenz bis", "d.licence_expires_at"),
            Field::instant("renewed_at", "Verlängert am", "d.renewed_at"),
        ],
        filters: Filters { owner: "d.document_id = {}", ..Filters::default() },
        order: "d.line",
    }
}

fn detail_column(column: &str) -> String {
    format!("(SELECT x.{column} FROM wvl.document_details x WHERE x.document_id = d.id)")
}

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

impl Change {
    /// This change and a new state, with the instants that say since when and what an invoice then owes. The import of
    /// documents derives them by the same rules.
    ///
    /// * It is closed since it is no longer open, paid since it is paid, void since it is void; what another state said
    ///   stays. Opening it again takes them all back.
    /// * An invoice that is not open owes nothing; one that is opened again owes its gross amount.
    fn with_status(self, before: &Before, status: &'static str, now: DateTime<Utc>) -> Change {
        let since = |reached: bool| match status {
            "open" => Some(None),
            _ => reached.then_some(Some(now)),
        };
        let owed = match status {
            "open" => before.gross_amount(),
            _ => Some(Decimal::ZERO),
        };
        Change {
            status: Some(status),
            paid_at: since(status == "paid"),
            closed_at: since(before.status == "open"),
            voided_at: since(status == "void"),
            open_amount: self.open_amount.or(owed.filter(|_| before.kind == "invoice")),
            ..self
        }
    }
}

/// What a change of state depends on.
#[derive(Debug)]
struct Before {
    kind: String,
    status: String,
    net_amount: Option<Decimal>,
    tax_rate: Option<Decimal>,
}

impl Before {
    /// The net amount and its tax; without a known rate there is none.
    fn gross_amount(&self) -> Option<Decimal> {
        let tax = self.tax_rate.unwrap_or_default() / Decimal::ONE_HUNDRED;
        let gross = self.net_amount? * (Decimal::ONE + tax);
        Some(gross.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero))
    }
}

/// The change that also brings a document into this state, if its kind knows it.
pub fn in_status(
    connection: &mut PgConnection,
    id: i64,
    change: Change,
    status: &'static str,
    now: DateTime<Utc>,
) -> Result<Change> {
    let (kind, before, net_amount): (String, String, Option<Decimal>) = documents::table
        .find(id)
        .select((documents::kind, documents::status, documents::net_amount))
        .first(connection)?;
    check_status(&kind, status)?;
    let tax_rate: Option<Option<Decimal>> = document_details::table
        .filter(document_details::document_id.eq(id))
        .select(document_details::tax_rate)
        .first(connection)
        .optional()?;
    let before = Before { kind, status: before, net_amount, tax_rate: tax_rate.flatten() };
    Ok(change.with_status(&before, status, now))
}

/// Whether a document of this kind knows this state; the error names those it knows.
fn check_status(kind: &str, status: &str) -> Result<()> {
    let known: &[&str] = match kind {
        "offer" => &["open", "won", "lost", "closed", "void"],
        "invoice" => &["open", "paid", "closed", "void"],
        _ => &["open", "closed", "void"],
    };
    if known.contains(&status) {
        return Ok(());
    }
    let kind = kind.replace('_', " ");
    Err(Error::usage(format!("--status {status}: a document of kind {kind} cannot be in this state"))
        .hint(format!("use one of {}", known.join(", "))))
}

/// Changes a document; nothing to change is no error.
pub fn update(connection: &mut PgConnection, id: i64, change: &Change) -> Result<()> {
    diesel::update(documents::table.find(id)).set(change).execute(connection).optional_empty_changeset()?;
    Ok(())
}

/// What changes of a line with a licence.
#[derive(Clone, Debug, Default, AsChangeset)]
#[diesel(table_name = document_lines)]
pub struct LineChange {
    /// When its licence was renewed; with it the line does not escalate.
    pub renewed_at: Option<Option<DateTime<Utc>>>,
    /// When its licence ends; of a day its 24:00.
    pub licence_expires_at: Option<Option<DateTime<Utc>>>,
}

/// Changes a line of a document.
pub fn update_line(connection: &mut PgConnection, id: i64, line: i32, change: &LineChange) -> Result<()> {
    let row = document_lines::table.filter(document_lines::document_id.eq(id).and(document_lines::line.eq(line)));
    if diesel::update(row).set(change).execute(connection)? == 0 {
        let lines: Vec<i32> = document_lines::table
            .filter(document_lines::document_id.eq(id))
            .select(document_lines::line)
            .order(document_lines::line)
            .limit(50)
            .load(connection)?;
        let lines: Vec<String> = lines.iter().map(i32::to_string).collect();
        return Err(Error::not_found("line", line).hint(format!("lines of this document: {}", lines.join(", "))));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_offers_are_won_and_only_invoices_paid() {
        assert!(check_status("offer", "won").is_ok());
        assert!(check_status("invoice", "paid").is_ok());
        assert!(check_status("order", "void").is_ok());
        let error = check_status("delivery_note", "paid").unwrap_err();
        assert_eq!(error.hints(), ["use one of open, closed, void"]);
    }

    #[test]
    fn a_state_brings_its_instants() {
        let now: DateTime<Utc> = "2026-11-23T08:00:00Z".parse().unwrap();
        let invoice = |status: &str| Before {
            kind: "invoice".to_owned(),
            status: status.to_owned(),
            net_amount: Some(Decimal::new(10_050, 2)),
            tax_rate: Some(Decimal::new(19, 0)),
        };
        let paid = Change::default().with_status(&invoice("open"), "paid", now);
        assert_eq!((paid.paid_at, paid.closed_at), (Some(Some(now)), Some(Some(now))));
        assert_eq!(paid.open_amount, Some(Decimal::ZERO));
        let closed = Change::default().with_status(&invoice("paid"), "closed", now);
        assert_eq!((closed.paid_at, closed.closed_at, closed.voided_at), (None, None, None));
        let reopened = Change::default().with_status(&invoice("paid"), "open", now);
        assert_eq!((reopened.paid_at, reopened.closed_at), (Some(None), Some(None)));
        assert_eq!(reopened.open_amount, Some(Decimal::new(11_960, 2)), "119.595 rounded");
        let offer = Before { kind: "offer".to_owned(), ..invoice("open") };
        assert_eq!(Change::default().with_status(&offer, "lost", now).open_amount, None);
    }
}
