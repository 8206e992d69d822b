//! `wvl absence import`: calendars as they come from Outlook, Google and Nextcloud.

use super::{fails, office, ok};
use crate::env::TestEnvironment;

/// A calendar with these events, their lines parted by |.
fn calendar(office: &TestEnvironment, events: &[&str]) -> String {
    let events: Vec<String> = events
        .iter()
        .map(|event| format!("BEGIN:VEVENT\r\n{}\r\nEND:VEVENT\r\n", event.replace('|', "\r\n")))
        .collect();
    let text = format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Test//DE\r\n{}END:VCALENDAR\r\n", events.concat());
    office.write("urlaub.ics", text).display().to_string()
}

fn absences(office: &TestEnvironment) -> String {
    ok(office, &["absence", "list", "--columns", "id,employee,first_day,last_day"])
}

#[test]
fn the_same_file_changes_nothing_and_a_moved_event_moves_its_absence() {
    let office = office();
    ok(&office, &["absence", "new", "14", "--from", "2026-11-30", "--to", "2026-12-01", "--kind", "krank"]);
    let christmas = "UID:a|SUMMARY:Urlaub\\, Weihnachten|DTSTART;VALUE=DATE:20261221|DTEND;VALUE=DATE:20270102";
    let training = "UID:b|DTSTART;TZID=Europe/Berlin:20261202T080000|DTEND;TZID=Europe/Berlin:20261203T170000";
    let by_hand = "UID:c|DTSTART;VALUE=DATE:20261130|DTEND;VALUE=DATE:20261202";
    let dentist = "UID:d|DTSTART:20261207T080000Z|DTEND:20261207T090000Z";
    let file = calendar(&office, &[christmas, training, by_hand, dentist]);
    let import = ["absence", "import", &file, "--employee", "14", "--kind", "Urlaub"];
    assert_eq!(ok(&office, &[&import[..], &["-n"]].concat()), "new 2, changed 0, same 1, removed 0, wrong 0\n");
    assert_eq!(ok(&office, &import), "new 2, changed 0, same 1, removed 0, wrong 0\n");
    let first = absences(&office);
    assert_eq!(first.lines().count(), 3, "{first}");
    assert!(
        first.contains("\t14\t2026-12-21\t2027-01-01\n") && first.contains("\t14\t2026-12-02\t2026-12-03\n"),
        "{first}"
    );
    assert_eq!(ok(&office, &import), "new 0, changed 0, same 3, removed 0, wrong 0\n");
    assert_eq!(absences(&office), first);
    assert_eq!(
        office.database.text("SELECT string_agg(kind, ' ' ORDER BY id) FROM absences"),
        "sick vacation vacation"
    );

    // two change places, one is cancelled
    let file = calendar(
        &office,
        &[
            "UID:a|DTSTART;VALUE=DATE:20261202|DTEND;VALUE=DATE:20261204",
            "UID:b|DTSTART;VALUE=DATE:20261221|DTEND;VALUE=DATE:20261222",
            "UID:c|STATUS:CANCELLED|DTSTART;VALUE=DATE:20261130",
        ],
    );
    let moved = ok(&office, &["absence", "import", &file, "--employee", "14", "--json"]);
    let moved: serde_json::Value = serde_json::from_str(&moved).unwrap();
    assert_eq!((&moved["changed"], &moved["removed"], &moved["new"]), (&2.into(), &1.into(), &0.into()));
    let ids = |text: &str| text.lines().map(|line| line.split('\t').next().unwrap().to_owned()).collect::<Vec<_>>();
    let second = absences(&office);
    assert!(second.contains("2026-12-21\t2026-12-21\n") && second.contains("2026-12-02\t2026-12-03\n"), "{second}");
    assert!(ids(&second).iter().all(|id| ids(&first).contains(id)), "moved, not made anew: {first}{second}");
}

#[test]
fn without_an_employee_those_who_take_part_are_away() {
    let office = office();
    let file = calendar(
        &office,
        &[
            "UID:a|SUMMARY:Messe|DTSTART;VALUE=DATE:20261201|ATTENDEE;CN=Karin:mailto:VOGT@firma.example|ATTENDEE:mailto:kunde@x.example",
            "UID:b|SUMMARY:Fremd|DTSTART;VALUE=DATE:20261201|ATTENDEE:mailto:niemand@x.example",
            "UID:c|SUMMARY:Freitags frei|DTSTART;VALUE=DATE:20261204|RRULE:FREQ=WEEKLY|ORGANIZER:mailto:vogt@firma.example",
        ],
    );
    let run = office.wvl(&["absence", "import", &file, "--as-of", super::NOW]);
    assert_eq!((run.code, run.stdout.as_str()), (3, "new 1, changed 0, same 0, removed 0, wrong 2\n"));
    assert!(
        run.stderr.contains("“Fremd”: no employee takes part") && run.stderr.contains("“Freitags frei”: it repeats"),
        "{run:?}"
    );
    assert!(absences(&office).contains("\t3\t2026-12-01\t2026-12-01\n"));
    assert_eq!(office.database.number("SELECT count(note) FROM absences"), 0, "the subject is nobody's business");
}

#[test]
fn what_is_no_calendar_says_so() {
    let office = office();
    let cut = office.write("cut.ics", "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\nDTSTART:2026").display().to_string();
    assert!(fails(&office, 65, &["absence", "import", &cut, "--employee", "14"]).contains("cut off"));
    let latin = office.write("latin.ics", b"BEGIN:VCALENDAR\nX:\xe4\nEND:VCALENDAR\n").display().to_string();
    assert!(fails(&office, 65, &["absence", "import", &latin, "--employee", "14"]).contains("UTF-8"));
    fails(&office, 1, &["absence", "import", "nowhere.ics", "--employee", "14"]);
    let empty = calendar(&office, &[]);
    fails(&office, 4, &["absence", "import", &empty, "--employee", "99"]);
    assert_eq!(ok(&office, &["absence", "import", &empty]), "new 0, changed 0, same 0, removed 0, wrong 0\n");
}

#[test]
fn a_table_is_told_from_a_calendar_wherever_it_comes_from() {
    use std::io::Write;
    use std::process::Stdio;

    let office = office();
    let table = "Personalnummer;Von;Bis;Art\n14;21.12.2026;3.1.2027;Urlaub\n";
    let file = office.write("abwesenheiten.csv", table).display().to_string();
    assert_eq!(ok(&office, &["absence", "import", &file]), "new 1, changed 0, same 0, wrong 0\n");
    let calendar = office.write("ohne-endung", "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nEND:VCALENDAR\r\n");
    let calendar = calendar.display().to_string();
    for (input, said) in
        [(table, "new 0, changed 0, same 1, wrong 0\n"), ("BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", "new 0,")]
    {
        let mut child =
            office.command(&["absence", "import", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(String::from_utf8_lossy(&output.stdout).starts_with(said), "{output:?}");
    }
    assert!(ok(&office, &["absence", "import", &calendar]).starts_with("new 0, "));
    assert!(fails(&office, 2, &["absence", "import", &file, "--kind", "Urlaub"]).contains("are for calendars"));
    assert!(fails(&office, 2, &["absence", "import", &calendar, "--complete"]).contains("are for CSV files"));
    assert!(fails(&office, 2, &["absence", "import", &file, &calendar]).contains("one calendar at a time"));
    assert!(fails(&office, 2, &["absence", "import", &file, "--complete"]).contains("wvl absence cancel"));
    let export = ok(&office, &["absence", "export"]);
    assert_eq!(export, "employee,first_day,last_day\n14,2026-12-21,2027-01-03\n", "never why");
}
