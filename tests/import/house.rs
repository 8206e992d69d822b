//! Companies, sites, departments, teams and absences from files: what refers to whom, and what is said about wrong ones.

use wvl::party::import::{ABSENCES, COMPANIES, DEPARTMENTS, EMPLOYEES, SITES, TEAMS};

use super::{bad, counts, good, with_people};
use crate::env::TestDatabase;

const MEMBERS: &str = "SELECT string_agg(t.name || ' ' || e.number, '; ' ORDER BY t.name, e.number) FROM wvl.team_members m \
    JOIN wvl.teams t ON t.id = m.team_id JOIN wvl.employees e ON e.id = m.employee_id";

#[test]
fn a_house_is_known_by_its_names() {
    let database = with_people();
    assert_eq!(good(&database, &COMPANIES, include_str!("../data/mandanten.csv")), counts(1, 0, 0));
    assert_eq!(good(&database, &SITES, include_str!("../data/standorte.csv")), counts(2, 0, 0));
    assert_eq!(good(&database, &DEPARTMENTS, include_str!("../data/abteilungen.csv")), counts(2, 0, 0));
    assert_eq!(good(&database, &DEPARTMENTS, "Name;Leitung\nTechnik;100\nBuchhaltung;100\n"), counts(0, 1, 1));
    let said = database.text(
        "SELECT string_agg(concat_ws(' ', d.name, e.number, c.name), '; ' ORDER BY d.name) FROM wvl.departments d \
         JOIN wvl.companies c ON c.id = d.company_id JOIN wvl.employees e ON e.id = d.head_id",
    );
    assert_eq!(said, "Buchhaltung 100 Service GmbH; Technik 100 Firma");
    assert_eq!(
        bad(&database, &DEPARTMENTS, "Name;Leitung;Mandant\nTechnik;999;Nirgends AG\n;;\n"),
        "f: line 2, column Leitung: employee 999 is not known\n\
         f: line 2, column Mandant: company Nirgends AG is not known\n"
    );
}

#[test]
fn a_teams_members_are_those_of_the_file() {
    let database = with_people();
    assert_eq!(good(&database, &TEAMS, include_str!("../data/teams.csv")), counts(4, 0, 0));
    let said = "Angebote 101; Angebote 102; Hard-/Software 102; Messe 101; Technik 101; Technik 102; \
                Vertrieb, Nord 100; Vertrieb, Nord 101";
    assert_eq!(database.text(MEMBERS), said);
    assert_eq!(good(&database, &TEAMS, "Team;Leitung\nTechnik;102\n"), counts(0, 1, 0));
    assert_eq!(database.text(MEMBERS), said, "a file without members says nothing of them");
    assert_eq!(good(&database, &TEAMS, "Team;Mitglieder\nTechnik;0102, 102\nMesse;\n"), counts(0, 2, 0));
    assert_eq!(database.text(MEMBERS).matches("Technik").count(), 1);
    assert_eq!(
        bad(&database, &TEAMS, "Name;Mitglieder\nTechnik;101, 999\nNeu;Anna\n"),
        "f: line 2, column Mitglieder: employee 999 is not known\n\
         f: line 3, column Mitglieder: \"Anna\" is no personnel number\n"
    );
}

#[test]
fn teams_with_separators_in_their_names_are_quoted_in_the_file_of_employees() {
    let database = with_people();
    good(&database, &TEAMS, include_str!("../data/teams.csv"));
    let file = "Personalnummer;Teams\n100;\"\"\"Vertrieb, Nord\"\", Technik / \"\"Hard-/Software\"\"\"\n\
                101;\"\"\"\"\"Nacht\"\" | Bereitschaft\"\n";
    // the second cell begins with a quote of its own that nothing closes before the separator
    assert_eq!(good(&database, &EMPLOYEES, file), counts(0, 2, 0));
    let of = |number: u32| {
        database.text(&format!(
            "SELECT string_agg(t.name, '; ' ORDER BY t.name) FROM wvl.team_members m JOIN wvl.teams t ON t.id = m.team_id \
             JOIN wvl.employees e ON e.id = m.employee_id WHERE e.number = {number}"
        ))
    };
    assert_eq!(of(100), "Hard-/Software; Technik; Vertrieb, Nord");
    assert!(of(101).contains("Bereitschaft"), "{}", of(101));
}

#[test]
fn an_absence_is_known_by_employee_and_first_day() {
    let database = with_people();
    let file = include_str!("../data/abwesenheiten.csv");
    assert_eq!(good(&database, &ABSENCES, file), counts(2, 0, 0));
    assert_eq!(good(&database, &ABSENCES, file), counts(0, 0, 2));
    assert_eq!(good(&database, &ABSENCES, "employee,first_day,last_day\n102,2026-11-23,2026-11-25\n"), counts(0, 1, 0));
    // without a last day a known one stays as it is
    assert_eq!(good(&database, &ABSENCES, "employee,first_day\n102,2026-11-23\n102,2026-12-01\n"), counts(1, 0, 1));
    let said = database.text(
        "SELECT string_agg(concat_ws(' ', e.number, a.first_day, a.last_day, a.kind), '; ' ORDER BY e.number, a.first_day) \
         FROM wvl.absences a JOIN wvl.employees e ON e.id = a.employee_id",
    );
    assert_eq!(
        said,
        "101 2026-12-21 2027-01-03 vacation; 102 2026-11-23 2026-11-25 sick; 102 2026-12-01 2026-12-01 other"
    );
    assert_eq!(
        bad(&database, &ABSENCES, "employee,first_day,last_day\n102,2026-11-23,2026-11-20\n999,2026-11-23,\n"),
        "f: line 2, column last_day: the last day 20.11.2026 lies before the first, 23.11.2026\n\
         f: line 3, column employee: employee 999 is not known\n"
    );
    assert_eq!(
        bad(&database, &ABSENCES, "employee,first_day\n102,2026-11-23\n102,23.11.2026\n"),
        "f: line 3, column first_day: the same absence stands in line 2 already\n"
    );
}

#[test]
fn no_two_companies_have_one_name() {
    let database = TestDatabase::new();
    let mut connection = database.connect();
    let error = diesel::connection::SimpleConnection::batch_execute(
        &mut connection,
        "INSERT INTO wvl.companies (name) VALUES ('Firma')",
    );
    assert!(error.is_err());
}
