//! Contracts and duties of our own ("TÜV Sprinter"), which need no partner.

pub mod import;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use rust_decimal::Decimal;

use crate::db::number_ranges;
use crate::db::schema::contracts;
use crate::error::{Error, Result};
use crate::party::{customer, department, employee};
use crate::register::handover::Holding;
use crate::register::{Dated, Field, Filters, Register, Words};

/// In which columns employees hold what is not ended.
pub const HELD: [Holding; 3] =
    [held("Bearbeiter", "handler_id"), held("ADM", "field_rep_id"), held("IDM", "inside_rep_id")];

const fn held(role: &'static str, column: &'static str) -> Holding {
    Holding {
        title: "Verträge",
        role,
        table: "wvl.contracts",
        column,
        number: "d.number",
        open: "d.status NOT IN ('ended', 'archived')",
        due: Some("least(d.expiry_due_at, d.next_billing_at)"),
    }
}

/// In which state a contract can be.
pub static STATUS: Words = Words(&[
    ("active", &["aktiv", "laufend", "offen"]),
    ("inactive", &["inaktiv", "ruhend"]),
    ("ended", &["beendet", "gekündigt", "abgelaufen"]),
    ("archived", &["archiviert"]),
]);

/// How contracts are listed and shown.
pub fn register() -> Register {
    Register {
        noun: "contract",
        title: "Vertrag",
        from: "wvl.contracts d",
        key: "d.number",
        titled_by_kind: false,
        fields: vec![
            Field::text("number", "Nummer", "d.number"),
            Field::text("name", "Bezeichnung", "d.name"),
            Field::word("status", "Status", &STATUS, "d.status").optional(),
            Field::text("customer", "Kundennummer", customer::number("d.partner_id")).optional(),
            Field::text("customer_name", "Kunde", customer::name("d.partner_id")),
            Field::promise("notice_by", "Kündigen bis", "d.notice_by"),
            Field::promise("ends_at", "Ende", "d.ends_at").optional(),
            Field::instant("next_billing_at", "Nächste Abrechnung", "d.next_billing_at").optional(),
            Field::money("amount", "Betrag", "d.amount"),
            Field::text("currency", "Währung", "d.currency").optional(),
            Field::text("handler", "Bearbeiter", employee::name("d.handler_id")).optional(),
            Field::instant("starts_at", "Beginn", "d.starts_at").detail(),
            Field::text("field_rep", "ADM", employee::name("d.field_rep_id")).detail(),
            Field::text("inside_rep", "IDM", employee::name("d.inside_rep_id")).detail(),
            Field::text("department", "Abteilung", department::name("d.department_id")).detail(),
            Field::text("calendar", "Kalender", "d.calendar").detail(),
            Field::text("link", "Link", "d.link").detail(),
            Field::text("note", "Notiz", "d.note").detail(),
        ],
        filters: Filters {
            employee: "{} IN (d.handler_id, d.field_rep_id, d.inside_rep_id)",
            team: "d.handler_id IN (SELECT employee_id FROM wvl.team_members WHERE team_id = {})",
            partner: "d.partner_id = {}",
            open: "d.status = 'active'",
            overdue: "d.status = 'active' AND (d.expiry_due_at < {} OR d.next_billing_at < {})",
            dated: Some(Dated::Promise("d.expiry_due_at")),
            search: "concat_ws(' ', d.number, d.name, d.note)",
            ..Filters::default()
        },
        order: "d.number",
    }
}

/// The expression for the number of the contract in this column.
pub fn number(column: &str) -> String {
    format!("(SELECT v.number FROM wvl.contracts v WHERE v.id = {column})")
}

/// The contract with this number.
pub fn id_by_number(connection: &mut PgConnection, number: &str) -> Result<i64> {
    contracts::table
        .filter(contracts::number.eq(number))
        .select(contracts::id)
        .first(connection)
        .optional()?
        .ok_or_else(|| Error::not_found("contract", number).hint("“wvl contract list --search TEXT” looks for it"))
}

/// What changes of a contract; `None` stays, `Some(None)` empties.
#[derive(Clone, Debug, Default, AsChangeset)]
#[diesel(table_name = contracts)]
pub struct Change {
    /// What it is about.
    pub name: Option<String>,
    /// Its state, see [`STATUS`].
    pub status: Option<&'static str>,
    /// Who works on it.
    pub handler_id: Option<Option<i64>>,
    /// Last day of notice; of a day its 24:00.
    pub notice_by: Option<Option<DateTime<Utc>>>,
    /// When it ends; of a day its 24:00.
    pub ends_at: Option<Option<DateTime<Utc>>>,
    /// When it is billed next, 00:00 of the day.
    pub next_billing_at: Option<Option<DateTime<Utc>>>,
    /// The customer; none for a duty of our own.
    pub partner_id: Option<Option<i64>>,
    /// When it began, 00:00 of the day.
    pub starts_at: Option<Option<DateTime<Utc>>>,
    /// What is billed each time, net.
    pub amount: Option<Option<Decimal>>,
    /// Of the amount.
    pub currency: Option<String>,
    /// Field representative.
    pub field_rep_id: Option<Option<i64>>,
    /// Inside representative.
    pub inside_rep_id: Option<Option<i64>>,
    /// Department.
    pub department_id: Option<Option<i64>>,
    /// The calendar by which its tickets are late.
    pub calendar: Option<Option<String>>,
    /// Address elsewhere.
    pub link: Option<Option<String>>,
    /// A remark.
    pub note: Option<Option<String>>,
}

/// Adds a contract under this number, else the next of the range. Returns id and number.
pub fn insert(
    connection: &mut PgConnection,
    number: Option<&str>,
    name: &str,
    today: NaiveDate,
) -> Result<(i64, String)> {
    let number = number_ranges::given_or_next(connection, number, "contract", today, "wvl.contracts")?;
    let inserted: Option<i64> = diesel::insert_into(contracts::table)
        .values((contracts::number.eq(&number), contracts::name.eq(name)))
        .on_conflict(contracts::number)
        .do_nothing()
        .returning(contracts::id)
        .get_result(connection)
        .optional()?;
    match inserted {
        Some(id) => Ok((id, number)),
        None => Err(Error::data(format!("contract {number} exists already"))
            .hint(format!("“wvl contract set {number}” changes what is there"))),
    }
}

/// Changes a contract; nothing to change is no error.
pub fn update(connection: &mut PgConnection, id: i64, change: &Change) -> Result<()> {
    diesel::update(contracts::table.find(id)).set(change).execute(connection).optional_empty_changeset()?;
    Ok(())
}
