//! What somebody reads who opens a shell in the morning.

use serde_json::{Value, json};

use super::house::{environment, offer};
use crate::env::TestEnvironment;

/// A Monday.
const NOW: &str = "2026-11-23T08:00";

const TYPES: &str = "[escalation.offer-follow-up]\nactive = true\n[escalation.task]\nactive = true\n\
                     [escalation.helpdesk-standard]\nactive = true\n[escalation.birthday]\nactive = true\n";

/// Arno (103) is the customer's field rep, Ines (104) the inside rep, Vera (102) leads them; Hans (106) and Urs (108) are the
/// hotline, whose lead is Theo (105); Dora (109) stands in for Urs.
fn office() -> TestEnvironment {
    let office = environment(TYPES);
    office.database.execute(&format!(
        "{}{}{}{}
         INSERT INTO team_members (team_id, employee_id) VALUES (1, 6), (1, 8);
         INSERT INTO tasks (number, title, handler_id, due_at) VALUES
             ('T-1', 'Kassensturz', 3, '2026-11-24 00:00 Europe/Berlin'),
             ('T-2', 'Anruf', 3, '2026-11-24 10:30 Europe/Berlin'),
             ('T-3', 'Jahresplan', 3, '2026-12-24 00:00 Europe/Berlin');
         INSERT INTO tickets (number, title, severity, partner_id, handler_id, team_id, due_at) VALUES
             ('H-1', 'Drucker', 'standard', 1, 8, 1, '2026-11-20 12:00 Europe/Berlin');
         INSERT INTO contracts (number, name, partner_id, inside_rep_id, field_rep_id, notice_by, next_billing_at) VALUES
             ('V-1', 'Wartung', 1, 4, 3, '2026-11-26 00:00 Europe/Berlin', '2026-12-05 00:00 Europe/Berlin');
         INSERT INTO contact_persons (number, partner_id, first_name, last_name, birthday) VALUES
             ('AP-1', 1, 'Berta', 'Bald', '1980-11-25'), ('AP-2', 1, 'Gerd', 'Gestern', '1980-11-02');
         INSERT INTO absences (employee_id, first_day, last_day, kind) VALUES
             (8, '2026-11-16', '2026-11-27', 'sick'), (4, '2026-11-24', '2026-11-24', 'vacation'),
             (3, '2026-12-01', '2026-12-01', 'vacation');",
        offer("A-1", "2026-11-19 00:00"),
        offer("A-2", "2026-11-23 00:00"),
        offer("A-3", "2026-11-24 00:00"),
        // somebody else's
        offer("A-9", "2026-11-19 00:00").replace("partner_id, ", "partner_id, field_rep_id, ").replace(" 1, '", " 1, 7, '"),
    ));
    office
}

fn today(office: &TestEnvironment, employee: &str) -> Value {
    office.ok(&["today", "--employee", employee, "--json", "--as-of", NOW]).parse().unwrap()
}

fn references(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|row| row["reference"].as_str().unwrap_or("–")).collect()
}

#[test]
fn the_own_things_are_those_of_today_and_before_the_longest_overdue_first() {
    let office = office();
    let arno = today(&office, "103");
    assert_eq!(arno["employee"], json!({ "number": 103, "name": "Arno Außendienst" }));
    assert_eq!(arno["day"], "2026-11-23");
    // a task for today is kept until the evening; what begins tomorrow is not due
    assert_eq!(references(&arno["mine"]), ["A-1", "A-2", "T-1"]);
    assert_eq!(arno["team"], json!([]));
    let first = &arno["mine"][0];
    assert_eq!((&first["type"], &first["due_at"]), (&"offer-follow-up".into(), &"2026-11-19T00:00:00+01:00".into()));
    assert_eq!((&first["last_step"], &first["next_step"]), (&Value::Null, &"Stufe 1".into()));
    assert_eq!(first["leaves_at"], "2026-11-23T08:00:00+01:00");
    assert_eq!(arno["mine"][2]["due_at"], "2026-11-23");

    office.ok(&["escalate", "run", "--as-of", NOW]);
    office.ok(&["escalate", "mute", "A-2", "--until", "2026-12-01", "--as-of", NOW]);
    let arno = today(&office, "103");
    assert_eq!((&arno["mine"][0]["last_step"], &arno["mine"][0]["next_step"]), (&"Stufe 1".into(), &"Stufe 2".into()));
    assert_eq!(arno["mine"][1]["silent_until"], "2026-12-01");
    let text = office.ok(&["today", "--employee", "103", "--as-of", NOW, "-O", "table"]);
    assert!(text.contains("→ stumm bis Di 01.12.") && text.contains("Stufe 1 → Stufe 2 am Di 24.11. 08:00"), "{text}");
}

#[test]
fn a_supervisor_and_a_team_see_what_is_due_around_them() {
    let office = office();
    let vera = today(&office, "102");
    assert_eq!((&vera["mine"], references(&vera["team"])), (&json!([]), vec!["A-1", "A-2", "T-1"]));
    assert_eq!(vera["team"][0]["employee"], "Arno Außendienst");
    assert_eq!(references(&today(&office, "106")["team"]), ["H-1"]);
    assert_eq!(references(&today(&office, "104")["mine"]), [""; 0]);
    // Urs is away, so it is Dora's today, and his when he looks
    let dora = today(&office, "109");
    assert_eq!((references(&dora["mine"]), &dora["mine"][0]["employee"]), (vec!["H-1"], &"Urs Urlaub".into()));
    let text = office.ok(&["today", "--employee", "109", "--as-of", NOW, "-O", "table"]);
    assert!(text.contains("\n    in Vertretung für Urs Urlaub → "), "{text}");
    assert_eq!(references(&today(&office, "108")["mine"]), ["H-1"]);
}

#[test]
fn dates_are_those_of_the_next_days_and_nothing_stands_there_twice() {
    let office = office();
    let dates = |employee: &str, more: &[&str]| -> Vec<String> {
        let arguments = [&["today", "--employee", employee, "--json", "--as-of", NOW], more].concat();
        let today: Value = office.ok(&arguments).parse().unwrap();
        let said = |row: &Value| {
            let text = |key: &str| row[key].as_str().unwrap_or("–").to_owned();
            format!("{} {} {} {}", text("date"), text("type"), text("reference"), text("title"))
        };
        today["dates"].as_array().unwrap().iter().map(said).collect()
    };
    assert_eq!(
        dates("103", &[]),
        [
            "2026-11-24T10:30:00+01:00 task T-2 Anruf",
            "2026-11-25 contract-notice V-1 Wartung",
            "2026-11-25 birthday AP-1 Berta Bald",
        ]
    );
    assert_eq!(dates("103", &["--days", "0"]), [""; 0]);
    assert_eq!(dates("103", &["--days", "31"]).len(), 5);
    // who is away, and never why
    assert_eq!(dates("106", &[]), ["2026-11-23 absence – Urs Urlaub"]);
    assert_eq!(dates("102", &[]), ["2026-11-24 absence – Ines Innendienst"]);
    assert!(!office.ok(&["today", "--employee", "106", "--json", "--as-of", NOW]).contains("sick"));
    // without an active type the tasks of today stand among the dates
    office.configure("");
    assert_eq!(dates("103", &["--days", "0"]), ["2026-11-23 task T-1 Kassensturz"]);
}

#[test]
fn who_asks_is_known_by_the_database_role() {
    let office = office();
    let unknown = office.wvl(&["today", "--as-of", NOW]);
    assert_eq!(unknown.code, 4);
    for way_out in ["--employee NUMBER", "wvl employee set NUMBER --pg-role wvl"] {
        assert!(unknown.stderr.contains(way_out), "{}", unknown.stderr);
    }
    office.ok(&["employee", "set", "103", "--pg-role", "wvl"]);
    let mine: Value = office.ok(&["today", "--json", "--as-of", NOW]).parse().unwrap();
    assert_eq!(mine["employee"]["number"], 103);
    assert_eq!(office.wvl(&["today", "--employee", "999"]).code, 4);
    assert_eq!(office.wvl(&["today", "--employee", "Arno"]).code, 2);
}

#[test]
fn a_pipe_gets_one_table_and_a_terminal_a_page() {
    let office = office();
    let lines = office.ok(&["today", "--employee", "103", "--as-of", NOW]);
    let sections: Vec<&str> = lines.lines().map(|line| line.split('\t').next().unwrap()).collect();
    assert_eq!(sections, ["mine", "mine", "mine", "dates", "dates", "dates"]);
    assert!(
        lines.starts_with("mine\toffer-follow-up\tA-1\tNeuer Server\tKundin AG\t\t2026-11-19T00:00:00+01:00\t"),
        "{lines}"
    );
    let few =
        office.ok(&["today", "--employee", "103", "--as-of", NOW, "--limit", "1", "--columns", "section,reference"]);
    assert_eq!(few, "mine\tA-1\ndates\tT-2\n");

    let text = office.ok(&["today", "--employee", "103", "--as-of", NOW, "-O", "table"]);
    let told = "Arno Außendienst, Mo 23.11.2026 08:00\n\n\
                Bei mir fällig: 3, davon 1 überfällig\n  \
                A-1  vor 4 Tagen  Neuer Server, Kundin AG\n    → Stufe 1 mit dem nächsten Lauf\n  \
                A-2  heute        Neuer Server, Kundin AG\n    → Stufe 1 am Mi 25.11. 08:00\n  \
                T-1  heute        Kassensturz\n    → Stufe 1 am Di 24.11. 13:00\n\n\
                Termine: 3\n  \
                morgen 10:30  Aufgabe T-2: Anruf\n  \
                Mi 25.11.     letzter Tag, V-1 zu kündigen: Wartung, Kundin AG\n  \
                Mi 25.11.     Geburtstag: Berta Bald, Kundin AG\n";
    assert_eq!(text, told);
    let short = office.ok(&["today", "--employee", "103", "--as-of", NOW, "-O", "table", "--limit", "2"]);
    assert!(short.contains("Bei mir fällig: 3, davon 1 überfällig, hier 2, alle mit --limit 3\n"), "{short}");
    let nothing = office.wvl(&["today", "--employee", "110", "--as-of", "2026-01-07T08:00", "--fail-empty"]);
    assert_eq!((nothing.code, nothing.stdout.as_str()), (4, ""));
}

#[test]
fn a_view_that_is_broken_hides_nothing_else() {
    let office = office();
    office.configure(&format!("{TYPES}[escalation.crm]\nactive = true\nsource = \"view:crm.gone\"\n"));
    let run = office.wvl(&["today", "--employee", "103", "--json", "--as-of", NOW]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stderr.contains("crm: view:crm.gone cannot be read"), "{}", run.stderr);
    let today: Value = run.stdout.parse().unwrap();
    assert_eq!(references(&today["mine"]), ["A-1", "A-2", "T-1"]);
}
