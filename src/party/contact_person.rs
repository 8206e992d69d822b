//! The people at customers, prospects and suppliers.

use diesel::prelude::*;

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
            Field::text("first_name", "Vorname", "d.first_name"),
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

/// The contact person with this number.
pub fn id_by_number(connection: &mut PgConnection, number: &str) -> Result<i64> {
    contact_persons::table
        .filter(contact_persons::number.eq(number))
        .select(contact_persons::id)
        .first(connection)
        .optional()?
        .ok_or_else(|| Error::not_found("contact person", number))
}
