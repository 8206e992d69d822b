//! What `show` tells of a record and of everything that belongs to it.

use super::{office, ok};

#[test]
fn a_customer_is_shown_with_everything_that_is_open() {
    let office = office();
    office.database.execute(
        "INSERT INTO documents (kind, number, title, partner_id, document_date)
             SELECT 'offer', 'AN-' || n, 'Angebot', p.id, '2026-11-01' FROM partners p, generate_series(1, 20) n;
         UPDATE documents SET status = 'lost' WHERE number = 'AN-20';
         UPDATE contracts SET partner_id = (SELECT id FROM partners)",
    );
    ok(&office, &["customer", "set", "10001", "--street", "Hauptstraße 1", "--postcode", "01067", "--country", "at"]);
    let person = ok(&office, &["contact-person", "new", "10001", "Berger", "--first-name", "Eva"]);
    assert_eq!(person, "AP-0001\n");
    ok(&office, &["ticket", "new", "Drucker", "--customer", "10001", "--contact-person", "AP-0001", "--due", "morgen"]);
    ok(&office, &["ticket", "new", "Server", "--customer", "10001", "--contract", "W-100", "--due", "heute"]);
    ok(&office, &["task", "new", "Anruf", "--customer", "10001"]);
    ok(&office, &["notice", "new", "Zertifikat", "--customer", "10001", "--on", "morgen"]);

    let shown = ok(&office, &["customer", "show", "10001", "-O", "table"]);
    for told in
        ["Hauptstraße 1", "01067", "AP-0001", "Offene Belege", "Laufende Verträge", "Offene Aufgaben", "Zertifikat"]
    {
        assert!(shown.contains(told), "{told}: {shown}");
    }
    // 19 offers and three documents of the office, of which a terminal gets ten
    assert!(shown.contains("… 12 weitere: wvl document list --customer 10001 --open\n"), "{shown}");
    assert!(shown.find("Server").unwrap() < shown.find("Drucker").unwrap(), "the more urgent first: {shown}");
    assert_eq!(ok(&office, &["document", "list", "--customer", "10001", "--open"]).lines().count(), 22);
    let more = ok(&office, &["customer", "show", "10001", "-O", "table", "--limit", "30"]);
    assert!(!more.contains("weitere:"), "{more}");

    let shown: serde_json::Value =
        serde_json::from_str(&ok(&office, &["customer", "show", "10001", "--json"])).unwrap();
    assert_eq!(shown["documents"].as_array().unwrap().len(), 22, "programs get all");
    assert_eq!(shown["country"], "AT");
    for (part, number) in [("contact_persons", "AP-0001"), ("contracts", "W-100"), ("tasks", "A-2026-0001")] {
        assert_eq!(shown[part][0]["number"], number);
    }
    let shown: serde_json::Value =
        serde_json::from_str(&ok(&office, &["contract", "show", "W-100", "--json"])).unwrap();
    assert_eq!(shown["tickets"][0]["title"], "Server");
    let shown: serde_json::Value =
        serde_json::from_str(&ok(&office, &["contact-person", "show", "AP-0001", "--json"])).unwrap();
    assert_eq!(shown["tickets"][0]["title"], "Drucker");
}

#[test]
fn an_employee_is_shown_with_those_around_and_what_is_open() {
    let office = office();
    ok(&office, &["absence", "new", "14", "--from", "21.12.", "--to", "3.1."]);
    ok(&office, &["absence", "new", "14", "--from", "2026-08-03", "--to", "2026-08-14"]);
    ok(&office, &["task", "new", "Anruf", "--handler", "14"]);
    ok(&office, &["task", "new", "Für das Team", "--team", "Technik"]);
    ok(&office, &["department", "set", "Technik", "--head", "3"]);
    ok(&office, &["employee", "set", "14", "--department", "Technik"]);
    let json = |noun: &str, name: &str| -> serde_json::Value {
        serde_json::from_str(&ok(&office, &[noun, "show", name, "--json"])).unwrap()
    };
    let anna = json("employee", "14");
    assert_eq!(anna["absences"].as_array().unwrap().len(), 1, "what lies behind is not open");
    assert_eq!(
        (&anna["tasks"][0]["title"], &anna["assignments"][0]["supervisor"]),
        (&"Anruf".into(), &"Karin Vogt".into())
    );
    assert_eq!(json("employee", "3")["reports"][0]["number"], 14);
    assert_eq!(json("employee", "7")["stands_in_for"][0]["number"], 14);
    let team = json("team", "Technik");
    assert_eq!((team["employees"].as_array().unwrap().len(), &team["tasks"][0]["title"]), (2, &"Für das Team".into()));
    assert_eq!(json("department", "Technik")["people"][0]["last_name"], "Schmidt");
    assert_eq!(json("site", "Zentrale")["people"].as_array().unwrap().len(), 3);
}
