//! `wvl employee leave`: nothing is left to nobody.

use super::{fails, office, ok};
use crate::env::TestEnvironment;

/// Anna Schmidt (14) with something of everything.
fn busy_office() -> TestEnvironment {
    let office = office();
    office.database.execute(
        "UPDATE documents SET handler_id = (SELECT id FROM employees WHERE number = 14);
         UPDATE documents SET status = 'lost' WHERE kind = 'offer';
         UPDATE contracts SET handler_id = (SELECT id FROM employees WHERE number = 14);
         UPDATE teams SET lead_id = (SELECT id FROM employees WHERE number = 14) WHERE name = 'Technik';
         INSERT INTO employees (number, first_name, last_name) VALUES (21, 'Jan', 'Krug'), (30, 'Eva', 'Lang');
         INSERT INTO employee_assignments (employee_id, supervisor_id, deputy_id)
             SELECT a.id, b.id, b.id FROM employees a, employees b WHERE a.number IN (21, 30) AND b.number = 14",
    );
    ok(&office, &["task", "new", "Morgen", "--handler", "14", "--due", "morgen"]);
    ok(&office, &["task", "new", "Im Januar", "--handler", "14", "--due", "2027-01-15"]);
    ok(&office, &["task", "new", "Irgendwann", "--handler", "14"]);
    ok(&office, &["task", "new", "Vorbei", "--handler", "14"]);
    ok(&office, &["task", "done", "A-2026-0004"]);
    ok(&office, &["ticket", "new", "Drucker", "--customer", "10001", "--handler", "14", "--due", "morgen"]);
    office
}

/// Titles of the open tasks of an employee.
fn tasks_of(office: &TestEnvironment, number: &str) -> String {
    ok(office, &["task", "list", "--open", "--employee", number, "--columns", "title"]).replace('\n', ";")
}

#[test]
fn on_the_last_day_everything_open_changes_hands() {
    let office = busy_office();
    let shown = ok(&office, &["employee", "leave", "14", "--on", "heute", "--successor", "7", "-n"]);
    assert!(shown.contains("true\ttasks\thandler\t3\tA-2026-0001; A-2026-0002; A-2026-0003\n"), "{shown}");
    assert!(shown.contains("true\tcustomers\tfield_rep\t1\t10001\n"), "{shown}");
    assert!(shown.contains("true\temployees\tsupervisor\t2\t21; 30\n"), "{shown}");
    assert_eq!(office.database.number("SELECT count(left_on) FROM employees"), 0, "-n changes nothing");

    let said = office.wvl(&["employee", "leave", "14", "--on", "heute", "--successor", "7", "-n", "--lang", "en"]);
    assert!(said.stderr.contains("Anna Schmidt (14) leaves on ") && said.stderr.contains("dry run"), "{said:?}");
    let leave = ["employee", "leave", "14", "--on", "heute", "--successor", "7"];
    assert_eq!(ok(&office, &leave), "14\n");
    assert_eq!(tasks_of(&office, "7"), "Morgen;Im Januar;Irgendwann;");
    assert_eq!(tasks_of(&office, "14"), "");
    // what is finished keeps its names
    assert_eq!(ok(&office, &["task", "list", "--employee", "14", "--columns", "title"]), "Vorbei\n");
    assert_eq!(
        office
            .database
            .number("SELECT count(*) FROM documents d JOIN employees e ON e.id = handler_id WHERE e.number = 14"),
        1
    );
    assert_eq!(ok(&office, &["customer", "list", "--columns", "field_rep"]), "Bernd Stell\n");
    assert_eq!(ok(&office, &["team", "show", "Technik", "--columns", "lead,members"]), "Bernd Stell\tBernd Stell\n");
    assert_eq!(office.database.number("SELECT count(*) FROM ticket_events WHERE kind = 'assignment'"), 1);
    // today she still works here, tomorrow others stand in her place
    let columns = ["employee", "list", "--open", "--columns", "number,supervisor,deputy"];
    assert_eq!(ok(&office, &columns).lines().count(), 5);
    let tomorrow = office.ok(&[&columns[..], &["--as-of", "2026-11-24"]].concat());
    assert_eq!(tomorrow, "3\t\t\n7\t\t\n21\tBernd Stell\tBernd Stell\n30\tBernd Stell\tBernd Stell\n");
    // again: nothing left to do
    let again = ok(&office, &[&leave[..], &["-O", "table"]].concat());
    assert_eq!(again, "Anna Schmidt (14) geht am Mo 23.11.2026\n  → wvl employee show 7\n");
    assert!(fails(&office, 2, &["employee", "leave", "7", "--on", "heute", "--successor", "14"]).contains("leaves on"));
}

#[test]
fn what_lies_before_the_last_day_stays_until_then() {
    let office = busy_office();
    let leave = ["employee", "leave", "14", "--on", "31.12.", "--successor", "7"];
    let said = ok(&office, &[&leave[..], &["-O", "table"]].concat());
    assert!(said.contains("geht am Do 31.12.2026; an Bernd Stell (7): "), "{said}");
    assert!(
        said.contains("; noch bei 14: ") && said.contains("→ wvl employee leave 14 --on 2026-12-31 --successor 7"),
        "{said}"
    );
    assert_eq!((tasks_of(&office, "14"), tasks_of(&office, "7")), ("Morgen;".into(), "Im Januar;Irgendwann;".into()));
    assert_eq!(ok(&office, &["customer", "list", "--columns", "field_rep"]), "Anna Schmidt\n");
    let columns = ["employee", "list", "--search", "Krug", "--columns", "supervisor,deputy"];
    assert_eq!(office.ok(&[&columns[..], &["--as-of", "2026-12-31"]].concat()), "Anna Schmidt\tAnna Schmidt\n");
    assert_eq!(office.ok(&[&columns[..], &["--as-of", "2027-01-01"]].concat()), "Bernd Stell\tBernd Stell\n");
    // the same command on the day takes the rest
    office.ok(&["employee", "leave", "14", "--on", "2026-12-31", "--successor", "7", "--as-of", "2026-12-31T16:00"]);
    assert_eq!(tasks_of(&office, "14"), "");
    assert_eq!(ok(&office, &["customer", "list", "--columns", "field_rep"]), "Bernd Stell\n");
}

#[test]
fn without_a_successor_it_says_what_nobody_would_see_to() {
    let office = busy_office();
    let said = fails(&office, 2, &["employee", "leave", "14", "--on", "heute"]);
    for told in ["3 Aufgaben (Bearbeiter): A-2026-0001", "1 Kunden (ADM): 10001", "--successor NUMBER", "--keep"] {
        assert!(said.contains(told), "{told}: {said}");
    }
    for wrong in ["14", "99"] {
        let code = if wrong == "99" { 4 } else { 2 };
        fails(&office, code, &["employee", "leave", "14", "--on", "heute", "--successor", wrong]);
    }
    ok(&office, &["employee", "set", "21", "--active", "no"]);
    assert!(
        fails(&office, 2, &["employee", "leave", "14", "--on", "heute", "--successor", "21"])
            .contains("cannot take over")
    );
    assert_eq!(office.database.number("SELECT count(left_on) FROM employees"), 0);
    ok(&office, &["employee", "leave", "14", "--on", "gestern", "--keep"]);
    assert_eq!(ok(&office, &["employee", "show", "14", "--columns", "active,left_on"]), "false\t2026-11-22\n");
    assert_eq!(tasks_of(&office, "14"), "Morgen;Im Januar;Irgendwann;");
    // who comes back has not left
    ok(&office, &["employee", "set", "14", "--active", "yes"]);
    assert_eq!(ok(&office, &["employee", "show", "14", "--columns", "active,left_on"]), "true\t\n");
}

#[test]
fn a_successor_from_below_moves_up_and_nobody_is_above_himself() {
    let office = busy_office();
    // 30 is two steps below 14
    ok(&office, &["employee", "set", "30", "--supervisor", "21"]);
    ok(&office, &["employee", "leave", "14", "--on", "heute", "--successor", "30"]);
    let columns = ["employee", "list", "--columns", "number,supervisor,deputy", "--as-of", "2026-11-24"];
    let tomorrow = office.ok(&columns);
    assert!(tomorrow.contains("21\tEva Lang\tEva Lang\n"), "{tomorrow}");
    assert!(tomorrow.contains("30\tKarin Vogt\tBernd Stell\n"), "she takes the place of 14: {tomorrow}");
}
