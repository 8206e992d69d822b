//! Tickets: requests of customers and orders inside the house.
//!
//! The database writes what happened to a ticket (`ticket_events`), counts the versions of its due date and notes its
//! closing, so that nobody who changes one can forget it. Nothing here does.

pub mod import;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;

use crate::contract;
use crate::db::number_ranges;
use crate::db::schema::tickets;
use crate::error::Result;
use crate::party::{contact_person, customer, department, employee, team};
use crate::register::handover::Holding;
use crate::register::{Dated, Field, Filters, Kind, Register, Words};

/// In which state a ticket can be.
pub static STATUS: Words = Words(&[
    ("unread", &["ungelesen", "neu", "offen", "new", "open"]),
    ("read", &["gelesen"]),
    ("assigned", &["zugewiesen"]),
    ("in_progress", &["in Bearbeitung", "in Arbeit"]),
    ("waiting", &["wartet auf Feedback", "wartend", "wartet", "Rückfrage"]),
    ("closed", &["geschlossen", "erledigt", "gelöst", "done"]),
]);

/// How severe it is; each has an escalation type of its own.
pub static SEVERITY: Words = Words(&[
    ("immediate", &["sofort", "kritisch", "critical"]),
    ("high", &["hoch"]),
    ("standard", &["standard", "normal", "mittel", "medium"]),
    ("low", &["niedrig", "gering"]),
    ("very_low", &["sehr niedrig", "sehr gering"]),
]);

/// What can happen to a ticket.
/// The lists whose words an event can tell of.
static CHANGED: &[&Words] = &[&STATUS, &SEVERITY];

static EVENT: Words = Words(&[
    ("opened", &["geöffnet"]),
    ("status", &["Status"]),
    ("due", &["Fälligkeit"]),
    ("contract", &["Vertrag"]),
    ("severity", &["Dringlichkeit"]),
    ("assignment", &["Zuweisung"]),
    ("reopened", &["wieder geöffnet"]),
]);

/// In which columns employees hold what is open.
pub const HELD: [Holding; 1] = [Holding {
    title: "Tickets",
    role: "Bearbeiter",
    table: "wvl.tickets",
    column: "handler_id",
    number: "d.number",
    open: "d.status <> 'closed'",
    due: Some("d.due_at"),
}];

/// How tickets are listed and shown.
pub fn register() -> Register {
    Register {
        noun: "ticket",
        title: "Ticket",
        from: "wvl.tickets d",
        key: "d.number",
        titled_by_kind: false,
        fields: vec![
            Field::text("number", "Nummer", "d.number"),
            Field::word("severity", "Dringlichkeit", &SEVERITY, "d.severity").optional(),
            Field::word("status", "Status", &STATUS, "d.status").optional(),
            Field::promise("due_at", "Fällig", "d.due_at"),
            Field::text("title", "Titel", "d.title"),
            Field::text("customer", "Kundennummer", customer::number("d.partner_id")).optional(),
            Field::text("customer_name", "Kunde", customer::name("d.partner_id")),
            Field::text("handler", "Bearbeiter", employee::name("d.handler_id")).optional(),
            Field::text("team", "Team", team::name("d.team_id")).optional(),
            Field::instant("opened_at", "Eingegangen", "d.opened_at").optional(),
            Field::text("contact_person", "Ansprechpartner", contact_person::name("d.contact_person_id")).detail(),
            Field::text("contract", "Vertrag", contract::number("d.contract_id")).detail(),
            Field::text("department", "Abteilung", department::name("d.department_id")).detail(),
            Field::instant("closed_at", "Geschlossen am", "d.closed_at").detail(),
            Field::text("description", "Beschreibung", "d.description").detail(),
            Field::text("link", "Link", "d.link").detail(),
        ],
        filters: Filters {
            employee: "d.handler_id = {}",
            team: "d.team_id = {}",
            partner: "d.partner_id = {}",
            open: "d.status <> 'closed'",
            overdue: "d.status NOT IN ('closed', 'waiting') AND d.due_at < {}",
            dated: Some(Dated::Instant("d.opened_at")),
            severity: "d.severity = {}",
            search: "concat_ws(' ', d.number, d.title, d.description)",
            ..Filters::default()
        },
        order: "d.id DESC",
    }
}

/// The open tickets that a contract owns.
pub fn of_contract() -> Register {
    let owner = "d.contract_id = {} AND d.status <> 'closed'";
    Register { filters: Filters { owner, ..Filters::default() }, ..register() }
}

/// The open tickets that a contact person asked for.
pub fn of_contact_person() -> Register {
    let owner = "d.contact_person_id = {} AND d.status <> 'closed'";
    Register { filters: Filters { owner, ..Filters::default() }, ..register() }
}

/// How the events of a ticket are shown.
pub fn events() -> Register {
    Register {
        noun: "ticket",
        title: "Ereignis",
        from: "wvl.ticket_events d",
        key: "d.id::text",
        titled_by_kind: false,
        fields: vec![
            Field::instant("at", "Zeitpunkt", "d.at"),
            Field::word("kind", "Ereignis", &EVENT, "d.kind"),
            Field::new("old_value", "vorher", Kind::Recorded(CHANGED), event_value("d.old_value")),
            Field::new("new_value", "nachher", Kind::Recorded(CHANGED), event_value("d.new_value")),
            Field::text("created_by", "durch", "d.created_by"),
        ],
        filters: Filters { owner: "d.ticket_id = {}", ..Filters::default() },
        order: "d.at, d.id",
    }
}

/// What an event changed: dates as promises, contracts by their number, everything else as it is stored.
fn event_value(column: &str) -> String {
    format!(
        "CASE d.kind WHEN 'due' THEN to_json({column}::timestamptz)
            WHEN 'contract' THEN to_json((SELECT v.number FROM wvl.contracts v WHERE v.id = {column}::bigint))
            ELSE to_json({column}) END"
    )
}

/// A ticket to be opened.
#[derive(Debug, Insertable)]
#[diesel(table_name = tickets)]
pub struct NewTicket {
    /// Subject.
    pub title: String,
    /// What is the matter.
    pub description: Option<String>,
    /// See [`STATUS`].
    pub status: &'static str,
    /// See [`SEVERITY`].
    pub severity: &'static str,
    /// The customer; none for internal tickets.
    pub partner_id: Option<i64>,
    /// Who asked.
    pub contact_person_id: Option<i64>,
    /// The contract whose calendar counts.
    pub contract_id: Option<i64>,
    /// Whom it is assigned to.
    pub handler_id: Option<i64>,
    /// The team it is assigned to.
    pub team_id: Option<i64>,
    /// The department it belongs to.
    pub department_id: Option<i64>,
    /// When it came in.
    pub opened_at: DateTime<Utc>,
    /// Until when it is to be solved; of a day its 24:00.
    pub due_at: Option<DateTime<Utc>>,
    /// Address elsewhere.
    pub link: Option<String>,
}

/// What changes of a ticket; `None` stays, `Some(None)` empties.
#[derive(Debug, Default, AsChangeset)]
#[diesel(table_name = tickets)]
pub struct Change {
    /// Subject.
    pub title: Option<String>,
    /// What is the matter.
    pub description: Option<Option<String>>,
    /// See [`STATUS`].
    pub status: Option<&'static str>,
    /// See [`SEVERITY`].
    pub severity: Option<&'static str>,
    /// The contract whose calendar counts.
    pub contract_id: Option<Option<i64>>,
    /// Whom it is assigned to.
    pub handler_id: Option<Option<i64>>,
    /// The team it is assigned to.
    pub team_id: Option<Option<i64>>,
    /// The department it belongs to.
    pub department_id: Option<Option<i64>>,
    /// The customer; none for internal tickets.
    pub partner_id: Option<Option<i64>>,
    /// Who asked.
    pub contact_person_id: Option<Option<i64>>,
    /// Address elsewhere.
    pub link: Option<Option<String>>,
    /// Until when it is to be solved; of a day its 24:00.
    pub due_at: Option<Option<DateTime<Utc>>>,
}

/// Opens a ticket and returns its new number; `today` decides the year in it.
pub fn insert(connection: &mut PgConnection, ticket: &NewTicket, today: NaiveDate) -> Result<String> {
    let number = number_ranges::next_free(connection, "ticket", today, "wvl.tickets")?;
    diesel::insert_into(tickets::table).values((tickets::number.eq(&number), ticket)).execute(connection)?;
    Ok(number)
}

/// Changes a ticket; nothing to change is no error.
pub fn update(connection: &mut PgConnection, id: i64, change: &Change) -> Result<()> {
    diesel::update(tickets::table.find(id)).set(change).execute(connection).optional_empty_changeset()?;
    Ok(())
}
