//! How documents, their lines, their neighbours and what happened to them are listed and shown.

use super::{INVOICE_KIND, KIND, PROGRESS, STATUS};
use crate::party::{customer, department, employee};
use crate::register::{Dated, Field, Filters, Kind, Register, Words};
use crate::sales::product;

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
            Field::new("invoice_kind", "Rechnungsart", Kind::Word(&INVOICE_KIND), invoice_kind()).detail(),
            Field::new("tax_rate", "MwSt %", Kind::Number, detail_column("tax_rate")).detail(),
            Field::text("predecessor", "Vorgänger", predecessor()).detail(),
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

/// How the lines of a document are shown: with what of them is delivered, invoiced, credited and still open.
pub fn lines() -> Register {
    Register {
        noun: "document",
        title: "Position",
        from: "wvl.document_lines d JOIN wvl.documents o ON o.id = d.document_id",
        key: "d.line::text",
        titled_by_kind: false,
        fields: vec![
            Field::new("line", "Pos.", Kind::Int, "d.line"),
            Field::text("product", "Artikelnummer", product::number("d.product_id")).optional(),
            Field::text("description", "Positionstext", "d.description"),
            Field::new("quantity", "Menge", Kind::Number, "d.quantity"),
            Field::text("unit", "Einheit", "d.unit").optional(),
            Field::money("unit_price", "Preis", "d.unit_price"),
            Field::new("discount_percent", "Rabatt %", Kind::Number, "d.discount_percent").optional(),
            Field::new("delivered_quantity", "Gelieferte Menge", Kind::Number, "d.delivered_quantity"),
            Field::promise("licence_expires_at", "Lizenz bis", "d.licence_expires_at").optional(),
            Field::instant("renewed_at", "Verlängert am", "d.renewed_at").optional(),
            Field::new(
                "invoiced_quantity",
                "Berechnete Menge",
                Kind::Number,
                "d.invoiced_quantity + d.covered_quantity",
            ),
            Field::new("undelivered_quantity", "Noch zu liefern", Kind::Number, UNDELIVERED),
            Field::new("uninvoiced_quantity", "Noch zu berechnen", Kind::Number, UNINVOICED),
            Field::new("credited_quantity", "Gutgeschrieben", Kind::Number, CREDITED).optional(),
            Field::text("made_from", "Aus", PREDECESSOR_OF_LINE).optional(),
        ],
        filters: Filters { owner: "d.document_id = {}", ..Filters::default() },
        order: "d.line",
    }
}

/// What an order still has to deliver of a line.
const UNDELIVERED: &str = "CASE WHEN o.kind = 'order' THEN greatest(d.quantity - d.delivered_quantity, 0) END";

/// What is still to be invoiced of a line of an order or a delivery note.
const UNINVOICED: &str = "CASE WHEN o.kind IN ('order', 'delivery_note') \
    THEN greatest(d.quantity - d.invoiced_quantity - d.covered_quantity, 0) END";

/// What credit notes have taken back of a line of an invoice.
const CREDITED: &str = "CASE WHEN o.kind = 'invoice' THEN (SELECT coalesce(sum(abs(c.quantity)), 0) \
    FROM wvl.document_lines c JOIN wvl.documents g ON g.id = c.document_id \
    WHERE c.predecessor_line_id = d.id AND g.kind = 'credit_note' AND g.status <> 'void') END";

/// Document and line that a line came from: `AB-7/1`.
const PREDECESSOR_OF_LINE: &str = "(SELECT k.number || '/' || v.line FROM wvl.document_lines v \
    JOIN wvl.documents k ON k.id = v.document_id WHERE v.id = d.predecessor_line_id)";

/// The documents that a document was made from, by itself or by one of its lines.
pub fn predecessors() -> Register {
    neighbours(
        "d.id IN (SELECT x.predecessor_id FROM wvl.document_details x WHERE x.document_id = {} \
         UNION SELECT v.document_id FROM wvl.document_lines l JOIN wvl.document_lines v ON v.id = l.predecessor_line_id \
         WHERE l.document_id = {})",
    )
}

/// The documents that were made from a document.
pub fn successors() -> Register {
    neighbours(
        "d.id IN (SELECT x.document_id FROM wvl.document_details x WHERE x.predecessor_id = {} \
         UNION SELECT n.document_id FROM wvl.document_lines l JOIN wvl.document_lines n ON n.predecessor_line_id = l.id \
         WHERE l.document_id = {})",
    )
}

fn neighbours(owner: &'static str) -> Register {
    let shown = ["kind", "number", "document_date", "status", "title", "net_amount", "currency"];
    let mut register = register();
    register.fields.retain(|field| shown.contains(&field.key));
    Register { filters: Filters { owner, ..Filters::default() }, order: "d.document_date, d.id", ..register }
}

/// What can happen to a document.
static EVENT: Words = Words(&[
    ("status", &["Status"]),
    ("follow_up", &["Wiedervorlage"]),
    ("commissioning_due", &["Kommissionieren bis"]),
    ("delivery_due", &["Liefertermin"]),
    ("delivered", &["Geliefert am"]),
    ("payment_due", &["Zahlbar bis"]),
    ("picked", &["Kommissioniert am"]),
    ("paid", &["Bezahlt am"]),
    ("voided", &["Storniert am"]),
    ("net_amount", &["Netto"]),
    ("open_amount", &["Offener Betrag"]),
    ("delivery_status", &["Lieferstatus"]),
    ("invoicing_status", &["Rechnungsstatus"]),
    ("quantity", &["Menge"]),
    ("delivered_quantity", &["Gelieferte Menge"]),
    ("invoiced_quantity", &["Berechnete Menge"]),
    ("covered_quantity", &["Mit dem Auftrag berechnet"]),
    ("predecessor", &["Erstellt aus"]),
    ("order", &["Auftrag erstellt"]),
    ("delivery_note", &["Lieferschein erstellt"]),
    ("invoice", &["Rechnung erstellt"]),
    ("credit_note", &["Gutschrift erstellt"]),
    ("offer", &["Angebot erstellt"]),
]);

/// Words that an event can have changed.
const CHANGED: &[&Words] = &[&STATUS, &PROGRESS];

/// How the events of a document are shown.
pub fn events() -> Register {
    Register {
        noun: "document",
        title: "Ereignis",
        from: "wvl.document_events d",
        key: "d.id::text",
        titled_by_kind: false,
        fields: vec![
            Field::instant("at", "Zeitpunkt", "d.at"),
            Field::word("event", "Ereignis", &EVENT, "d.event"),
            Field::new("line", "Pos.", Kind::Int, "d.line"),
            Field::new("old_value", "vorher", Kind::Recorded(CHANGED), event_value("d.old_value")),
            Field::new("new_value", "nachher", Kind::Recorded(CHANGED), event_value("d.new_value")),
            Field::text("created_by", "durch", "d.created_by"),
        ],
        filters: Filters { owner: "d.document_id = {}", ..Filters::default() },
        order: "d.at, d.id",
    }
}

/// What an event changed: promises as dates, everything else as it is stored.
fn event_value(column: &str) -> String {
    format!(
        "CASE WHEN d.event IN ('commissioning_due', 'delivery_due', 'payment_due', 'follow_up', 'delivered', 'picked', \
         'paid', 'voided') THEN to_json({column}::timestamptz) ELSE to_json({column}) END"
    )
}

/// Only invoices are of a kind.
fn invoice_kind() -> String {
    let kind = detail_column("invoice_kind");
    format!("CASE WHEN d.kind = 'invoice' THEN coalesce({kind}, 'normal') END")
}

/// The number of the document that a document was made from.
fn predecessor() -> String {
    let predecessor = detail_column("predecessor_id");
    format!("(SELECT v.number FROM wvl.documents v WHERE v.id = {predecessor})")
}

fn detail_column(column: &str) -> String {
    format!("(SELECT x.{column} FROM wvl.document_details x WHERE x.document_id = d.id)")
}
