//! Contracts and duties of our own ("TÜV Sprinter"), which need no partner.

pub mod import;

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::db::schema::contracts;
use crate::error::{Error, Result};
use crate::party::{customer, department, employee};
use crate::register::{Dated, Field, Filters, Register, Words};

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
            Field::word("status", "Status", &STATUS, "d.status"),
            Field::text("customer", "Kundennummer", customer::number("d.partner_id")).optional(),
            Field::text("customer_name", "Kunde", customer::name("d.partner_id")),
            Field::promise("notice_by", "Kündigen bis", "d.notice_by"),
            Field::promise("ends_at", "Ende", "d.ends_at").optional(),
            Field::instant("next_billing_at", "Nächste Abrechnung", "d.next_billing_at").optional(),
            Field::money("amount", "Betrag", "d.amount"),
            Field::text("currency", "Währung", "d.currency").optional(),
            Field::text("handler", "Bearbeiter", employee::name("d.handler_id")),
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
#[derive(Debug, Default, AsChangeset)]
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
    /// A remark.
    pub note: Option<Option<String>>,
}

/// Changes a contract; nothing to change is no error.
pub fn update(connection: &mut PgConnection, id: i64, change: &Change) -> Result<()> {
    diesel::update(contracts::table.find(id)).set(change).execute(connection).optional_empty_changeset()?;
    Ok(())
}
