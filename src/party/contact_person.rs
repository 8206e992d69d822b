//! The people at customers, prospects and suppliers.

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::db::number_ranges;
use crate::db::schema::contact_persons;
use crate::error::{Error, Result};
use crate::party::customer;
use crate::register::{Field, Filters, Kind, Register};

/// How contact persons are listed and shown.
pub fn register() -> Register {
    Register {
        noun: "contact-person",
        title: "Ansprechpartner",
        from: "wvl.contact_persons d",
        key: "d.number",
        titled_by_kind: false,
        fields: vec![
            Field::text("number", "Nummer", "d.number"),
            Field::text("customer", "Kundennummer", customer::number("d.partner_id")).optional(),
            Field::text("customer_name", "Kunde", customer::name("d.partner_id")),
            Field::text("first_name", "Vorname", "d.first_name").optional(),
            Field::text("last_name", "Nachname", "d.last_name"),
            Field::text("phone", "Telefon", "d.phone").optional(),
            Field::text("email", "E-Mail", "d.email").optional(),
            Field::text("salutation", "Anrede", "d.salutation").detail(),
            Field::text("position", "Funktion", "d.position").detail(),
            Field::text("mobile", "Mobil", "d.mobile").detail(),
            Field::new("birthday", "Geburtstag", Kind::Day, "d.birthday").detail(),
            Field::new("active", "Aktiv", Kind::Flag, "d.active").detail(),
        ],
        filters: Filters {
            employee: "d.partner_id IN (SELECT id FROM wvl.partners WHERE {} IN (field_rep_id, inside_rep_id))",
            team: "d.partner_id IN (SELECT p.id FROM wvl.partners p JOIN wvl.team_members m
                ON m.employee_id IN (p.field_rep_id, p.inside_rep_id) WHERE m.team_id = {})",
            partner: "d.partner_id = {}",
            open: "d.active",
            search: "concat_ws(' ', d.number, d.first_name, d.last_name, d.phone, d.mobile, d.email)",
            ..Filters::default()
        },
        order: "d.number",
    }
}

/// The expression for the name of the contact person in this column.
pub fn name(column: &str) -> String {
    format!("(SELECT concat_ws(' ', k.first_name, k.last_name) FROM wvl.contact_persons k WHERE k.id = {column})")
}

/// What changes of a contact person; `None` stays, `Some(None)` empties.
#[derive(Debug, Default, AsChangeset)]
#[diesel(table_name = contact_persons)]
pub struct Change {
    /// Whose contact person it is.
    pub partner_id: Option<i64>,
    /// Herr, Frau …
    pub salutation: Option<Option<String>>,
    /// First name.
    pub first_name: Option<Option<String>>,
    /// Last name.
    pub last_name: Option<String>,
    /// What the person does there.
    pub position: Option<Option<String>>,
    /// Direct line.
    pub phone: Option<Option<String>>,
    /// Mobile phone.
    pub mobile: Option<Option<String>>,
    /// Address of mails.
    pub email: Option<Option<String>>,
    /// Date of birth.
    pub birthday: Option<Option<NaiveDate>>,
    /// Whether the person still works there.
    pub active: Option<bool>,
}

/// Adds a contact person under this number, else the next of the range. Returns id and number.
pub fn insert(
    connection: &mut PgConnection,
    number: Option<&str>,
    partner_id: i64,
    last_name: &str,
    today: NaiveDate,
) -> Result<(i64, String)> {
    let number = number_ranges::given_or_next(connection, number, "contact-person", today, "wvl.contact_persons")?;
    let row = (
        contact_persons::number.eq(&number),
        contact_persons::partner_id.eq(partner_id),
        contact_persons::last_name.eq(last_name),
    );
    let inserted: Option<i64> = diesel::insert_into(contact_persons::table)
        .values(row)
        .on_conflict(contact_persons::number)
        .do_nothing()
        .returning(contact_persons::id)
        .get_result(connection)
        .optional()?;
    match inserted {
        Some(id) => Ok((id, number)),
        None => Err(Error::data(format!("contact person {number} exists already"))
            .hint(format!("“wvl contact-person set {number}” changes what is there"))),
    }
}

/// Changes a contact person; nothing to change is no error.
pub fn update(connection: &mut PgConnection, id: i64, change: &Change) -> Result<()> {
    diesel::update(contact_persons::table.find(id)).set(change).execute(connection).optional_empty_changeset()?;
    Ok(())
}

/// The contact person with this number.
pub fn id_by_number(connection: &mut PgConnection, number: &str) -> Result<i64> {
    contact_persons::table
        .filter(contact_persons::number.eq(number))
        .select(contact_persons::id)
        .first(connection)
        .optional()?
        .ok_or_else(|| Error::not_found("contact person", number))
}
