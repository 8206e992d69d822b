//! Notices: what somebody is to be told about a customer, and what the system has to say (a download is ready).

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;

use crate::db::number_ranges;
use crate::db::schema::notices;
use crate::error::Result;
use crate::party::{customer, employee, team};
use crate::register::{Dated, Field, Filters, Register, Words};

/// Whom a notice is about.
pub static KIND: Words =
    Words(&[("customer", &["Kunde", "Kundenbenachrichtigung"]), ("system", &["System", "Systemmeldung"])]);

/// How notices are listed and shown.
pub fn register() -> Register {
    Register {
        noun: "notice",
        title: "Benachrichtigung",
        from: "wvl.notices d",
        key: "d.number",
        titled_by_kind: false,
        fields: vec![
            Field::text("number", "Nummer", "d.number"),
            Field::word("kind", "Art", &KIND, "d.kind").optional(),
            Field::instant("due_at", "Fällig", "coalesce(d.notify_at, d.raised_at)"),
            Field::text("title", "Titel", "d.title"),
            Field::text("customer", "Kundennummer", customer::number("d.partner_id")).optional(),
            Field::text("customer_name", "Kunde", customer::name("d.partner_id")),
            Field::text("handler", "Bearbeiter", employee::name("d.handler_id")).optional(),
            Field::text("team", "Team", team::name("d.team_id")).optional(),
            Field::instant("done_at", "Erledigt am", "d.done_at").optional(),
            Field::text("description", "Beschreibung", "d.description").detail(),
            Field::text("link", "Link", "d.link").detail(),
        ],
        filters: Filters {
            employee: "d.handler_id = {}",
            team: "d.team_id = {}",
            partner: "d.partner_id = {}",
            open: "d.done_at IS NULL",
            overdue: "d.done_at IS NULL AND coalesce(d.notify_at, d.raised_at) < {}",
            dated: Some(Dated::Instant("coalesce(d.notify_at, d.raised_at)")),
            search: "concat_ws(' ', d.number, d.title, d.description)",
            ..Filters::default()
        },
        order: "coalesce(d.notify_at, d.raised_at), d.id",
    }
}

/// A notice to be made: of a customer with `partner_id` and `notify_at`, of the system with `raised_at`.
#[derive(Debug, Insertable)]
#[diesel(table_name = notices)]
pub struct NewNotice {
    /// Whom it is about, see [`KIND`].
    pub kind: &'static str,
    /// What it says.
    pub title: String,
    /// Details.
    pub description: Option<String>,
    /// The customer.
    pub partner_id: Option<i64>,
    /// Who is to be told.
    pub handler_id: Option<i64>,
    /// The team that is to be told.
    pub team_id: Option<i64>,
    /// When to tell, 00:00 of the day.
    pub notify_at: Option<DateTime<Utc>>,
    /// When the system raised it.
    pub raised_at: Option<DateTime<Utc>>,
    /// Address of the download or record.
    pub link: Option<String>,
}

/// What changes of a notice; `None` stays, `Some(None)` empties.
#[derive(Debug, Default, AsChangeset)]
#[diesel(table_name = notices)]
pub struct Change {
    /// What it says.
    pub title: Option<String>,
    /// Details.
    pub description: Option<Option<String>>,
    /// Who is to be told.
    pub handler_id: Option<Option<i64>>,
    /// The team that is to be told.
    pub team_id: Option<Option<i64>>,
    /// Whom it is about, see [`KIND`]; [`about`] sets it together with what follows from it.
    pub kind: Option<&'static str>,
    /// The customer.
    pub partner_id: Option<Option<i64>>,
    /// When to tell, 00:00 of the day.
    pub notify_at: Option<Option<DateTime<Utc>>>,
    /// When the system raised it.
    pub raised_at: Option<Option<DateTime<Utc>>>,
    /// Address of the download or record.
    pub link: Option<Option<String>>,
    /// When somebody took note.
    pub done_at: Option<Option<DateTime<Utc>>>,
}

/// The change that moves a notice of this kind.
pub fn moved(kind: &str, at: DateTime<Utc>) -> Change {
    if kind == "customer" {
        Change { notify_at: Some(Some(at)), ..Change::default() }
    } else {
        Change { raised_at: Some(Some(at)), ..Change::default() }
    }
}

/// The change that makes it one about this customer, due then; none: one of the system.
pub fn about(partner_id: Option<i64>, at: DateTime<Utc>) -> Change {
    let is_of_customer = partner_id.is_some();
    Change {
        kind: Some(if is_of_customer { "customer" } else { "system" }),
        partner_id: Some(partner_id),
        notify_at: Some(is_of_customer.then_some(at)),
        raised_at: Some((!is_of_customer).then_some(at)),
        ..Change::default()
    }
}

/// Makes a notice and returns its new number; `today` decides the year in it.
pub fn insert(connection: &mut PgConnection, notice: &NewNotice, today: NaiveDate) -> Result<String> {
    let number = number_ranges::next_free(connection, "notice", today, "wvl.notices")?;
    diesel::insert_into(notices::table).values((notices::number.eq(&number), notice)).execute(connection)?;
    Ok(number)
}

/// Changes a notice; nothing to change is no error.
pub fn update(connection: &mut PgConnection, id: i64, change: &Change) -> Result<()> {
    diesel::update(notices::table.find(id)).set(change).execute(connection).optional_empty_changeset()?;
    Ok(())
}
