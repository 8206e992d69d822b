//! The files of the people and where they belong: customers (all partners) and contact persons here, the house below;
//! and how other registers' files name them.

use super::{LANGUAGE, customer};
use crate::import::{Cell, Closing, Column, Reference, Register, column};

mod absences;
mod employees;
mod house;

pub use absences::ABSENCES;
pub use employees::EMPLOYEES;
pub use house::{COMPANIES, DEPARTMENTS, SITES, TEAMS};

/// A partner by its number.
pub const PARTNER: Reference = Reference { table: "wvl.partners", by: "number", noun: "partner" };
/// An employee by personnel number.
pub const EMPLOYEE: Reference = Reference { table: "wvl.employees", by: "number", noun: "employee" };
/// A contact person by number.
pub const CONTACT_PERSON: Reference = Reference { table: "wvl.contact_persons", by: "number", noun: "contact person" };
/// A team by its name.
pub const TEAM: Reference = Reference { table: "wvl.teams", by: "name", noun: "team" };
/// A department by its name.
pub const DEPARTMENT: Reference = Reference { table: "wvl.departments", by: "name", noun: "department" };
/// A company of the group by its name.
pub const COMPANY: Reference = Reference { table: "wvl.companies", by: "name", noun: "company" };
const SITE: Reference = Reference { table: "wvl.sites", by: "name", noun: "site" };

/// The partner that something belongs to.
pub const OF_PARTNER: Column = column(
    "partner",
    &["Kunde", "Kundennummer", "Kd-Nr", "Kundennr", "Debitor", "customer", "customer_number"],
    Cell::Text,
    "number of the customer",
)
.refers("partner_id", PARTNER);
/// Who works on it.
pub const HANDLER: Column = column(
    "handler",
    &["Bearbeiter", "Sachbearbeiter", "Zuständig", "assignee"],
    Cell::Count,
    "personnel number of who works on it",
)
.refers("handler_id", EMPLOYEE);
/// The field representative.
pub const FIELD_REP: Column =
    column("field_rep", &["ADM", "Außendienst", "Vertreter"], Cell::Count, "personnel number of the field rep")
        .refers("field_rep_id", EMPLOYEE);
/// The inside representative.
pub const INSIDE_REP: Column =
    column("inside_rep", &["IDM", "Innendienst"], Cell::Count, "personnel number of the inside rep")
        .refers("inside_rep_id", EMPLOYEE);
/// The team it is assigned to.
pub const OF_TEAM: Column =
    column("team", &["Team"], Cell::Text, "name of the team it is assigned to").refers("team_id", TEAM);
/// The department it belongs to.
pub const OF_DEPARTMENT: Column =
    column("department", &["Abteilung"], Cell::Text, "name of the department").refers("department_id", DEPARTMENT);
/// The company of the group it belongs to.
pub const OF_COMPANY: Column = column("company", &["Mandant"], Cell::Text, "name of the company of the group")
    .refers("company_id", COMPANY)
    .or("1");
/// Where it can be looked at.
pub const LINK: Column =
    column("link", &["Link", "URL", "Adresse im ERP"], Cell::Text, "address of the item elsewhere");

/// Customers, prospects and suppliers.
pub static CUSTOMERS: Register = Register {
    noun: "customer",
    table: "wvl.partners",
    key: &["number"],
    columns: &[
        column(
            "number",
            &[
                "Kundennummer",
                "Kd-Nr",
                "Kundennr",
                "KdNr",
                "Nummer",
                "Nr",
                "Debitor",
                "Lieferantennummer",
                "customer_number",
            ],
            Cell::Text,
            "number of the customer or supplier",
        )
        .key(),
        column("kind", &["Art", "Typ"], Cell::OneOf(&customer::KIND), "what the partner is to us").or("'customer'"),
        column(
            "name",
            &["Name", "Firma", "Kunde", "Kundenname", "Name 1", "Bezeichnung"],
            Cell::Text,
            "company or person",
        )
        .for_new(),
        column("matchcode", &["Kurzname", "Matchcode", "Suchbegriff"], Cell::Text, "short name"),
        column("street", &["Straße", "Strasse und Hausnummer", "Anschrift"], Cell::Text, "street and house number"),
        column("postcode", &["PLZ", "Postleitzahl", "zip"], Cell::Text, "postcode"),
        column("city", &["Ort", "Stadt"], Cell::Text, "city"),
        column("country", &["Land", "Ländercode", "Länderkennzeichen"], Cell::Country, "country").or("'DE'"),
        column("phone", &["Telefon", "Telefonnummer", "Tel"], Cell::Text, "telephone number"),
        column("email", &["E-Mail", "eMail", "Mail", "E-Mail-Adresse"], Cell::Email, "mail address"),
        column("website", &["Webseite", "Internet", "Homepage", "www"], Cell::Text, "web site"),
        FIELD_REP,
        INSIDE_REP,
        OF_COMPANY,
        column("language", &["Sprache"], Cell::OneOf(&LANGUAGE), "language of mails").or("'de'"),
        column(
            "follow_up",
            &["Wiedervorlage", "WV", "Wiedervorlage Akquise", "follow_up_at"],
            Cell::Start,
            "when to come back to an acquisition",
        )
        .stored_in("follow_up_at"),
        column(
            "follow_up_note",
            &["Notiz zur Wiedervorlage", "Wiedervorlage-Text", "Wiedervorlagetext", "Wiedervorlage Grund"],
            Cell::Text,
            "what the follow-up is about",
        ),
        column("active", &["Aktiv"], Cell::YesNo, "false for partners one no longer deals with").or("true"),
    ],
    closing: Closing::By { open: "t.active", set: "active = false", scope: Some("kind"), own_range: None },
    ..Register::PLAIN
};

/// The people at partners.
pub static CONTACT_PERSONS: Register = Register {
    noun: "contact person",
    table: "wvl.contact_persons",
    key: &["number"],
    columns: &[
        column(
            "number",
            &["Nummer", "Nr", "Ansprechpartnernummer", "AP-Nr", "Ansprechpartner-Nr", "ID"],
            Cell::Text,
            "number of the contact person",
        )
        .key(),
        OF_PARTNER.for_new(),
        column("salutation", &["Anrede"], Cell::Text, "Frau, Herr, or nothing"),
        column("first_name", &["Vorname"], Cell::Text, "first name"),
        column("last_name", &["Nachname", "Name", "Familienname"], Cell::Text, "last name").for_new(),
        column("position", &["Position", "Funktion"], Cell::Text, "what the person does there"),
        column("phone", &["Telefon", "Durchwahl", "Telefonnummer", "Tel"], Cell::Text, "direct line"),
        column("mobile", &["Mobil", "Handy", "Mobiltelefon"], Cell::Text, "mobile phone"),
        column("email", &["E-Mail", "eMail", "Mail", "E-Mail-Adresse"], Cell::Email, "mail address"),
        column("birthday", &["Geburtstag", "Geburtsdatum"], Cell::Day, "birthday; reminds the field rep"),
        column("active", &["Aktiv"], Cell::YesNo, "false once the person has left").or("true"),
    ],
    closing: Closing::By { open: "t.active", set: "active = false", scope: None, own_range: Some("'contact-person'") },
    ..Register::PLAIN
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::shared;

    #[test]
    fn no_heading_means_two_columns() {
        for register in [&CUSTOMERS, &CONTACT_PERSONS, &EMPLOYEES, &COMPANIES, &SITES, &DEPARTMENTS, &TEAMS, &ABSENCES]
        {
            assert_eq!(shared(register), [""; 0], "{}", register.noun);
        }
    }
}
