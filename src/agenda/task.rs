//! Tasks (Aufgaben, CRM-Tätigkeiten): something to be done by somebody until an instant.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;

use crate::db::number_ranges;
use crate::db::schema::tasks;
use crate::error::Result;
use crate::party::{customer, department, employee, team};
use crate::register::{Dated, Field, Filters, Register, Words};

/// Whether it is done.
pub static STATUS: Words = Words(&[("open", &["offen"]), ("done", &["erledigt", "abgeschlossen", "geschlossen"])]);

/// How urgent it is.
pub static PRIORITY: Words = Words(&[("low", &["niedrig"]), ("normal", &["normal", "mittel"]), ("high", &["hoch"])]);

/// How tasks are listed and shown.
pub fn register() -> Register {
    Register {
        noun: "task",
        title: "Aufgabe",
        from: "wvl.tasks d",
        key: "d.number",
        titled_by_kind: false,
        fields: vec![
            Field::text("number", "Nummer", "d.number"),
            Field::word("status", "Status", &STATUS, "d.status").optional(),
            Field::word("priority", "Priorität", &PRIORITY, "d.priority").optional(),
            Field::promise("due_at", "Fällig", "d.due_at"),
            Field::text("title", "Titel", "d.title"),
            Field::text("customer", "Kundennummer", customer::number("d.partner_id")).optional(),
            Field::text("customer_name", "Kunde", customer::name("d.partner_id")),
            Field::text("handler", "Bearbeiter", employee::name("d.handler_id")).optional(),
            Field::text("team", "Team", team::name("d.team_id")).optional(),
            Field::text("department", "Abteilung", department::name("d.department_id")).detail(),
            Field::text("description", "Beschreibung", "d.description").detail(),
            Field::instant("done_at", "Erledigt am", "d.done_at").detail(),
            Field::text("link", "Link", "d.link").detail(),
            Field::instant("created_at", "Angelegt am", "d.created_at").detail(),
        ],
        filters: Filters {
            employee: "d.handler_id = {}",
            team: "d.team_id = {}",
            partner: "d.partner_id = {}",
            open: "d.status = 'open'",
            overdue: "d.status = 'open' AND d.due_at < {}",
            dated: Some(Dated::Promise("d.due_at")),
            search: "concat_ws(' ', d.number, d.title, d.description)",
            ..Filters::default()
        },
        order: "d.due_at, d.id",
    }
}

/// A task to be made.
#[derive(Debug, Insertable)]
#[diesel(table_name = tasks)]
pub struct NewTask {
    /// What is to be done.
    pub title: String,
    /// Details.
    pub description: Option<String>,
    /// How urgent, see [`PRIORITY`].
    pub priority: &'static str,
    /// The customer it concerns.
    pub partner_id: Option<i64>,
    /// Who does it.
    pub handler_id: Option<i64>,
    /// The team that does it.
    pub team_id: Option<i64>,
    /// The department it belongs to.
    pub department_id: Option<i64>,
    /// Until when; of a day its 24:00.
    pub due_at: Option<DateTime<Utc>>,
    /// Address elsewhere.
    pub link: Option<String>,
}

/// What changes of a task; `None` stays, `Some(None)` empties.
#[derive(Debug, Default, AsChangeset)]
#[diesel(table_name = tasks)]
pub struct Change {
    /// What is to be done.
    pub title: Option<String>,
    /// Details.
    pub description: Option<Option<String>>,
    /// How urgent, see [`PRIORITY`].
    pub priority: Option<&'static str>,
    /// Who does it.
    pub handler_id: Option<Option<i64>>,
    /// The team that does it.
    pub team_id: Option<Option<i64>>,
    /// The department it belongs to.
    pub department_id: Option<Option<i64>>,
    /// The customer it concerns.
    pub partner_id: Option<Option<i64>>,
    /// Address elsewhere.
    pub link: Option<Option<String>>,
    /// Until when; of a day its 24:00.
    pub due_at: Option<Option<DateTime<Utc>>>,
    /// Whether it is done, see [`STATUS`]; [`finished`] and [`reopened`] set it together with its instant.
    pub status: Option<&'static str>,
    /// When it was done.
    pub done_at: Option<Option<DateTime<Utc>>>,
}

/// The change that finishes a task.
pub fn finished(now: DateTime<Utc>) -> Change {
    Change { status: Some("done"), done_at: Some(Some(now)), ..Change::default() }
}

/// The change that opens it again.
pub fn reopened() -> Change {
    Change { status: Some("open"), done_at: Some(None), ..Change::default() }
}

/// Makes a task and returns its new number; `today` decides the year in it.
pub fn insert(connection: &mut PgConnection, task: &NewTask, today: NaiveDate) -> Result<String> {
    let number = number_ranges::next_free(connection, "task", today, "wvl.tasks")?;
    diesel::insert_into(tasks::table).values((tasks::number.eq(&number), task)).execute(connection)?;
    Ok(number)
}

/// Changes a task; nothing to change is no error.
pub fn update(connection: &mut PgConnection, id: i64, change: &Change) -> Result<()> {
    diesel::update(tasks::table.find(id)).set(change).execute(connection).optional_empty_changeset()?;
    Ok(())
}
