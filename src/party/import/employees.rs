//! The file of employees.

use super::SITE;
use crate::import::{Cell, NO_LONGER_ACTIVE, Place, Register, column};
use crate::party::LANGUAGE;

/// SQL for what holds today of an employee `d`.
macro_rules! assigned {
    ($column:literal) => {
        concat!(
            "(SELECT a.",
            $column,
            " FROM wvl.employee_assignments a WHERE a.employee_id = d.id
              AND a.valid_from <= (wvl.as_of() AT TIME ZONE wvl.zone())::date ORDER BY a.valid_from DESC LIMIT 1)"
        )
    };
}

/// Employees with their dated supervisor, deputy and department, and their teams.
pub static EMPLOYEES: Register = Register {
    noun: "employee",
    table: "wvl.employees",
    key: &["number"],
    columns: &[
        column(
            "number",
            &["Personalnummer", "Personalnr", "Pers-Nr", "PNr", "Nummer", "Nr", "Mitarbeiternummer", "employee_number"],
            Cell::Count,
            "personnel number",
        )
        .key(),
        column("first_name", &["Vorname"], Cell::Text, "first name").for_new(),
        column("last_name", &["Nachname", "Name", "Familienname"], Cell::Text, "last name").for_new(),
        column("email", &["E-Mail", "eMail", "Mail", "E-Mail-Adresse"], Cell::Email, "where mails go"),
        column("phone", &["Telefon", "Durchwahl", "Telefonnummer"], Cell::Text, "direct line"),
        column("mobile", &["Mobil", "Handy", "Mobiltelefon"], Cell::Text, "mobile phone"),
        column(
            "channels",
            &["Erreichbar über", "Kanäle", "Benachrichtigung über"],
            Cell::Channels,
            "how he or she wants to be reminded; empty: by mail",
        ),
        column("site", &["Standort", "Niederlassung"], Cell::Text, "name of the site; entered if nobody knows it yet")
            .refers("site_id", SITE)
            .or("1"),
        column("department", &["Abteilung"], Cell::Text, "name of the department; entered if nobody knows it yet")
            .at(Place::Own)
            .exported_as(concat!(
                "(SELECT r.name FROM wvl.departments r WHERE r.id = ",
                assigned!("department_id"),
                ")"
            )),
        column(
            "teams",
            &["Team", "Teams"],
            Cell::Text,
            "names of the teams, commas between them, in quotes where a name has one itself; entered if new",
        )
        .at(Place::Own)
        .exported_as(
            r#"(SELECT string_agg(
                    CASE WHEN t.name ~ '[,;/|]|^"' THEN '"' || replace(t.name, '"', '""') || '"' ELSE t.name END,
                    ', ' ORDER BY t.name
                )
                FROM wvl.team_members m JOIN wvl.teams t ON t.id = m.team_id WHERE m.employee_id = d.id)"#,
        ),
        column(
            "supervisor",
            &["Vorgesetzter", "Vorgesetzte", "Nr. Vorgesetzter", "Chef", "supervisor_number"],
            Cell::Count,
            "personnel number of the supervisor",
        )
        .at(Place::Own)
        .exported_as(concat!(
            "(SELECT r.number FROM wvl.employees r WHERE r.id = ",
            assigned!("supervisor_id"),
            ")"
        )),
        column(
            "deputy",
            &["Vertretung", "Nr. Vertretung", "Vertreter", "Stellvertreter", "deputy_number"],
            Cell::Count,
            "personnel number of the deputy",
        )
        .at(Place::Own)
        .exported_as(concat!(
            "(SELECT r.number FROM wvl.employees r WHERE r.id = ",
            assigned!("deputy_id"),
            ")"
        )),
        column(
            "valid_from",
            &["Gültig ab", "gueltig ab", "ab"],
            Cell::Day,
            "since when supervisor, deputy and department are these; left out: today, or always for the first",
        )
        .at(Place::Own),
        column(
            "working_days",
            &["Arbeitstage", "Arbeitstage (Mo–So)"],
            Cell::Weekdays,
            "own working days; empty: those of the site",
        ),
        // of those who did not agree it is not told, and without the column an import leaves it alone
        column("birthday", &["Geburtstag", "Geburtsdatum"], Cell::Day, "date of birth").exported_as(""),
        column(
            "birthday_consent",
            &["Geburtstag mitteilen", "Geburtstagszustimmung", "Einwilligung Geburtstag"],
            Cell::YesNo,
            "whether colleagues may be told of the birthday",
        )
        .or("false"),
        column("language", &["Sprache"], Cell::OneOf(&LANGUAGE), "language of mails").or("'de'"),
        column("active", &["Aktiv"], Cell::YesNo, "false once the employee has left").or("true"),
        column(
            "left_on",
            &["Austritt", "Austrittsdatum", "Letzter Arbeitstag", "Ausgeschieden am"],
            Cell::Day,
            "last day of work",
        ),
    ],
    before: include_str!("employees_before.sql"),
    check: include_str!("employees_check.sql"),
    after: include_str!("employees_after.sql"),
    closing: NO_LONGER_ACTIVE,
    ..Register::PLAIN
};
