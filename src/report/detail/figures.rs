//! The figures that have rows behind them, and what their columns are called.

use crate::report::evening::CorrectionKind;
use crate::report::figure::FigureKey;

/// Where the rows of a figure come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rows {
    /// Documents of the days of a column.
    Documents(FigureKey),
    /// Their lines, with what each brings.
    Margin,
    /// Those of them whose cost nobody knows.
    Uncosted,
    /// Advance invoices.
    Advances,
    /// What lies around; only the old part of it?
    Unbilled { old: bool },
    /// The same of open items.
    Overdue { old: bool },
    /// The same of contracts.
    Contracts,
    /// What happened since the last mail.
    Corrections(CorrectionKind),
    /// What is to be looked at.
    Exceptions,
    /// A count of the extended mail: its table, and its condition by name.
    Counted(Table, &'static str),
    /// Reminders that went out.
    Escalations,
}

/// What is counted by the extended mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Table {
    Tickets,
    Tasks,
    PurchaseOrders,
}

impl Rows {
    /// Whether the figure stands in every column of the table.
    pub(super) fn are_of_days(self) -> bool {
        matches!(self, Rows::Documents(_) | Rows::Margin | Rows::Uncosted | Rows::Advances)
    }
}

/// By name, in the order of the mail.
pub(super) const FIGURES: [(&str, Rows); 25] = [
    ("offers", Rows::Documents(FigureKey::Offers)),
    ("orders", Rows::Documents(FigureKey::Orders)),
    ("delivery-notes", Rows::Documents(FigureKey::DeliveryNotes)),
    ("invoices", Rows::Documents(FigureKey::Invoices)),
    ("margin", Rows::Margin),
    ("uncosted", Rows::Uncosted),
    ("advances", Rows::Advances),
    ("exceptions", Rows::Exceptions),
    ("unbilled", Rows::Unbilled { old: false }),
    ("unbilled-14", Rows::Unbilled { old: true }),
    ("overdue", Rows::Overdue { old: false }),
    ("overdue-60", Rows::Overdue { old: true }),
    ("contracts", Rows::Contracts),
    ("late", Rows::Corrections(CorrectionKind::Late)),
    ("changed", Rows::Corrections(CorrectionKind::Changed)),
    ("voided", Rows::Corrections(CorrectionKind::Voided)),
    ("purchase-orders", Rows::Counted(Table::PurchaseOrders, "purchased")),
    ("tickets-opened", Rows::Counted(Table::Tickets, "tickets_opened")),
    ("tickets-closed", Rows::Counted(Table::Tickets, "tickets_closed")),
    ("tickets-open", Rows::Counted(Table::Tickets, "tickets_open")),
    ("tickets-overdue", Rows::Counted(Table::Tickets, "tickets_overdue")),
    ("tasks-done", Rows::Counted(Table::Tasks, "tasks_done")),
    ("tasks-open", Rows::Counted(Table::Tasks, "tasks_open")),
    ("tasks-overdue", Rows::Counted(Table::Tasks, "tasks_overdue")),
    ("escalations", Rows::Escalations),
];

/// Columns by key, as the office reads them.
const HEADINGS: [(&str, &str); 36] = [
    ("day", "Tag"),
    ("kind", "Art"),
    ("number", "Nummer"),
    ("document_date", "Datum"),
    ("status", "Status"),
    ("title", "Betreff"),
    ("line", "Pos."),
    ("product_number", "Artikel"),
    ("description", "Bezeichnung"),
    ("customer_number", "Kundennr."),
    ("customer", "Kunde"),
    ("quantity", "Menge"),
    ("net", "Netto"),
    ("cost", "Einstand"),
    ("margin", "DB"),
    ("amount", "Betrag"),
    ("currency", "Währung"),
    ("department", "Abteilung"),
    ("company", "Gesellschaft"),
    ("before", "Vorher"),
    ("after", "Jetzt"),
    ("rule", "Regel"),
    ("percent", "Prozent"),
    ("since", "Seit"),
    ("link", "Link"),
    ("severity", "Dringlichkeit"),
    ("priority", "Priorität"),
    ("opened_at", "Eröffnet"),
    ("due_at", "Fällig"),
    ("closed_at", "Geschlossen"),
    ("done_at", "Erledigt"),
    ("at", "Wann"),
    ("type", "Typ"),
    ("reference", "Vorgang"),
    ("stage", "Stufe"),
    ("supplier", "Lieferant"),
];

/// The heading of a column.
pub(super) fn heading(key: &str) -> &str {
    HEADINGS.iter().find(|(known, _)| *known == key).map_or(key, |(_, heading)| heading)
}

/// Whether a column holds money.
pub(super) fn is_money(key: &str) -> bool {
    matches!(key, "net" | "cost" | "margin" | "amount" | "before" | "after")
}
