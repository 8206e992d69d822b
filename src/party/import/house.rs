//! The files of the house: companies of the group, sites, departments and teams. All of them are known by their name.

use super::{EMPLOYEE, OF_COMPANY};
use crate::import::{Cell, Closing, Place, Register, column};

/// What the house consists of is renamed or left alone: people and items belong to it.
const STAYS: Closing = Closing::Refused("people and items belong to it; give it another name, or leave it alone");

/// Companies of the group.
pub static COMPANIES: Register = Register {
    noun: "company",
    table: "wvl.companies",
    key: &["name"],
    columns: &[column("name", &["Name", "Mandant", "Firma"], Cell::Text, "name, as it stands in mails").key()],
    closing: STAYS,
    ..Register::PLAIN
};

/// Sites with the calendars of their people.
pub static SITES: Register = Register {
    noun: "site",
    table: "wvl.sites",
    key: &["name"],
    columns: &[
        column("name", &["Name", "Standort", "Niederlassung"], Cell::Text, "name of the site").key(),
        column(
            "calendar",
            &["Kalender", "Arbeitszeitkalender"],
            Cell::Text,
            "calendar of its people, as in the configuration; empty: the one called default",
        ),
        OF_COMPANY,
    ],
    closing: STAYS,
    ..Register::PLAIN
};

/// Departments and who heads them.
pub static DEPARTMENTS: Register = Register {
    noun: "department",
    table: "wvl.departments",
    key: &["name"],
    columns: &[
        column("name", &["Name", "Abteilung", "Bezeichnung"], Cell::Text, "name of the department").key(),
        column(
            "head",
            &["Leitung", "Leiter", "Abteilungsleiter", "Abteilungsleitung"],
            Cell::Count,
            "personnel number of who heads it",
        )
        .refers("head_id", EMPLOYEE),
        OF_COMPANY,
    ],
    closing: STAYS,
    ..Register::PLAIN
};

/// Teams with their leads and members.
pub static TEAMS: Register = Register {
    noun: "team",
    table: "wvl.teams",
    key: &["name"],
    columns: &[
        column("name", &["Name", "Team", "Bezeichnung"], Cell::Text, "name of the team").key(),
        column(
            "lead",
            &["Leitung", "Leiter", "Teamleiter", "Teamleitung"],
            Cell::Count,
            "personnel number of the lead",
        )
        .refers("lead_id", EMPLOYEE),
        column("members", &["Mitglieder", "Mitarbeiter"], Cell::Text, "personnel numbers, commas between them")
            .at(Place::Own)
            .exported_as(
                "(SELECT string_agg(e.number::text, ', ' ORDER BY e.number) FROM wvl.team_members m
                      JOIN wvl.employees e ON e.id = m.employee_id
                  WHERE m.team_id = d.id)",
            ),
    ],
    check: include_str!("teams_check.sql"),
    after: include_str!("teams_after.sql"),
    closing: STAYS,
    ..Register::PLAIN
};
