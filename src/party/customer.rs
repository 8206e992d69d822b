//! Customers, prospects and suppliers: one table of partners, one noun on the command line.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::db::schema::partners;
use crate::error::{Error, Result};
use crate::party::{LANGUAGE, employee};
use crate::register::{Dated, Field, Filters, Kind, Register, Words};

/// What a partner is to us.
pub static KIND: Words = Words(&[
    ("customer", &["Kunde"]),
    ("prospect", &["Interessent", "Lead"]),
    ("supplier", &["Lieferant", "Kreditor"]),
]);

/// How partners are listed and shown.
pub fn register() -> Register {
    Register {
        noun: "customer",
        title: "Kunde",
        from: "wvl.partners d",
        key: "d.number",
        titled_by_kind: true,
        fields: vec![
            Field::text("number", "Kundennummer", "d.number"),
            Field::word("kind", "Art", &KIND, "d.kind"),
            Field::text("name", "Name", "d.name"),
            Field::text("postcode", "PLZ", "d.postcode").optional(),
            Field::text("city", "Ort", "d.city").optional(),
            Field::text("phone", "Telefon", "d.phone").optional(),
            Field::text("field_rep", "ADM", employee::name("d.field_rep_id")),
            Field::text("inside_rep", "IDM", employee::name("d.inside_rep_id")).optional(),
            Field::instant("follow_up_at", "Wiedervorlage", "d.follow_up_at"),
            Field::text("follow_up_note", "Notiz zur Wiedervorlage", "d.follow_up_note").detail(),
            Field::text("matchcode", "Kurzname", "d.matchcode").detail(),
            Field::text("street", "Straße", "d.street").detail(),
            Field::text("country", "Land", "d.country").detail(),
            Field::text("email", "E-Mail", "d.email").detail(),
            Field::text("website", "Webseite", "d.website").detail(),
            Field::word("language", "Sprache", &LANGUAGE, "d.language").detail(),
            Field::new("active", "Aktiv", Kind::Flag, "d.active").detail(),
        ],
        filters: Filters {
            employee: "{} IN (d.field_rep_id, d.inside_rep_id)",
            team: "EXISTS (SELECT FROM wvl.team_members m WHERE m.team_id = {}
                AND m.employee_id IN (d.field_rep_id, d.inside_rep_id))",
            open: "d.kind = 'prospect' AND d.active AND d.follow_up_at IS NOT NULL",
            overdue: "d.kind = 'prospect' AND d.active AND d.follow_up_at < {}",
            dated: Some(Dated::Instant("d.follow_up_at")),
            search: "concat_ws(' ', d.number, d.name, d.matchcode, d.postcode, d.city, d.phone, d.email)",
            ..Filters::default()
        },
        order: "d.number",
    }
}

/// The expression for the number of the partner in this column.
pub fn number(column: &str) -> String {
    format!("(SELECT p.number FROM wvl.partners p WHERE p.id = {column})")
}

/// The expression for the name of the partner in this column.
pub fn name(column: &str) -> String {
    format!("(SELECT p.name FROM wvl.partners p WHERE p.id = {column})")
}

/// The partner with this number.
pub fn id_by_number(connection: &mut PgConnection, number: &str) -> Result<i64> {
    partners::table
        .filter(partners::number.eq(number))
        .select(partners::id)
        .first(connection)
        .optional()?
        .ok_or_else(|| Error::not_found("customer", number).hint("“wvl customer list --search TEXT” looks for it"))
}

/// A new partner.
#[derive(Debug, Insertable)]
#[diesel(table_name = partners)]
pub struct NewCustomer {
    /// Its number, as in the ERP.
    pub number: String,
    /// What it is to us, see [`KIND`].
    pub kind: &'static str,
    /// Name.
    pub name: String,
    /// Phone.
    pub phone: Option<String>,
    /// Address of mails.
    pub email: Option<String>,
    /// Field representative.
    pub field_rep_id: Option<i64>,
    /// Inside representative.
    pub inside_rep_id: Option<i64>,
    /// When to come back to it, 00:00 of the day.
    pub follow_up_at: Option<DateTime<Utc>>,
    /// About what.
    pub follow_up_note: Option<String>,
}

/// What changes of a partner; `None` stays, `Some(None)` empties.
#[derive(Debug, Default, AsChangeset)]
#[diesel(table_name = partners)]
pub struct Change {
    /// What it is to us, see [`KIND`].
    pub kind: Option<&'static str>,
    /// Name.
    pub name: Option<String>,
    /// Phone.
    pub phone: Option<Option<String>>,
    /// Address of mails.
    pub email: Option<Option<String>>,
    /// Field representative.
    pub field_rep_id: Option<Option<i64>>,
    /// Inside representative.
    pub inside_rep_id: Option<Option<i64>>,
    /// When to come back to it, 00:00 of the day.
    pub follow_up_at: Option<Option<DateTime<Utc>>>,
    /// About what.
    pub follow_up_note: Option<Option<String>>,
    /// Whether there is still business with it.
    pub active: Option<bool>,
    /// Short name.
    pub matchcode: Option<Option<String>>,
    /// Street and house number.
    pub street: Option<Option<String>>,
    /// Postcode.
    pub postcode: Option<Option<String>>,
    /// City.
    pub city: Option<Option<String>>,
    /// Country, two letters.
    pub country: Option<String>,
    /// Web site.
    pub website: Option<Option<String>>,
    /// Language of mails, see [`LANGUAGE`].
    pub language: Option<&'static str>,
}

/// Adds a partner; the number must be free.
pub fn insert(connection: &mut PgConnection, customer: &NewCustomer) -> Result<i64> {
    let inserted: Option<i64> = diesel::insert_into(partners::table)
        .values(customer)
        .on_conflict(partners::number)
        .do_nothing()
        .returning(partners::id)
        .get_result(connection)
        .optional()?;
    inserted.ok_or_else(|| {
        Error::data(format!("customer {} exists already", customer.number))
            .hint(format!("“wvl customer set {}” changes what is there", customer.number))
    })
}

/// Changes a partner; nothing to change is no error.
pub fn update(connection: &mut PgConnection, id: i64, change: &Change) -> Result<()> {
    diesel::update(partners::table.find(id)).set(change).execute(connection).optional_empty_changeset()?;
    Ok(())
}
