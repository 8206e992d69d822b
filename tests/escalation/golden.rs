//! The seed's sample mail end to end: a company's files in, one run at that instant, and what arrives in the Maildir.

use mail_parser::MessageParser;

use crate::env::TestEnvironment;

const EMPLOYEES: &str = "Personalnummer;Vorname;Nachname;E-Mail\n7;Jürgen;Öztürk;oeztuerk@systemhaus.example\n";
const CUSTOMERS: &str = "Kd-Nr;Firma;PLZ;Ort;Telefon;E-Mail;ADM;IDM\n\
    10001;Maschinenbau Weiß KG;73779;Deizisau;07153 555-0;info@weiss.example;7;7\n";
const OFFERS: &str = "Belegart;Belegnummer;Status;Betreff;Kunde;Datum;Wiedervorlage\n\
    Angebot;137325;offen;Eskalations- und Report-Server;10001;01.03.2021;08.03.2021\n";

/// `tests/data/escalation-mail.toml`: the facts of the sample.
fn facts() -> toml::Table {
    include_str!("../data/escalation-mail.toml").parse().unwrap()
}

#[test]
fn the_sample_mail_arrives() {
    let facts = facts();
    let fact = |key: &str| facts[key].as_str().unwrap();
    let hours: Vec<String> = facts["hours"].as_array().unwrap().iter().map(ToString::to_string).collect();
    let environment = TestEnvironment::new();
    let stages: Vec<String> = (1..).zip(&hours).map(|(stage, hours)| format!("stage{stage}.hours = {hours}")).collect();
    environment.configure(&format!(
        "[escalation.offer-follow-up]\nactive = true\nclock = {:?}\nbasis = {:?}\n{}\n",
        fact("clock"),
        fact("basis"),
        stages.join("\n")
    ));
    for (noun, text) in [("employee", EMPLOYEES), ("customer", CUSTOMERS), ("document", OFFERS)] {
        let file = environment.write(&format!("{noun}.csv"), text);
        environment.ok(&[noun, "import", file.to_str().unwrap()]);
    }
    let due = "SELECT to_char(follow_up_at AT TIME ZONE 'Europe/Berlin', 'YYYY-MM-DD\"T\"HH24:MI:SS\"+01:00\"') FROM documents";
    assert_eq!(environment.database.text(due), fact("due_at"));

    let runs = facts["runs"].as_array().unwrap();
    for run in runs {
        assert_eq!(environment.ok(&["escalate", "run", "--as-of", run.as_str().unwrap()]), "");
    }

    let mails = environment.mails();
    assert_eq!(mails.len(), 1);
    let mail = MessageParser::default().parse(&mails[0]).unwrap();
    assert_eq!(mail.to().unwrap().first().unwrap().address(), Some("oeztuerk@systemhaus.example"));
    assert_eq!(mail.subject(), Some("137325 seit gestern überfällig – Maschinenbau Weiß KG (Stufe 1)"));
    let sent = chrono::DateTime::parse_from_rfc3339(runs[0].as_str().unwrap()).unwrap();
    assert_eq!(mail.date().unwrap().to_timestamp(), sent.timestamp());
    let text = mail.body_text(0).unwrap().replace("\r\n", "\n");
    let expected = [
        ("Bereich", fact("area")),
        ("Eskalationsstufe", "1"),
        ("Stunden überfällig (gesamt)", fact("hours_overdue_total")),
        ("Stunden seit letzter Eskalation", fact("hours_since_last_escalation")),
        ("Kunde", "Maschinenbau Weiß KG"),
        ("Beschreibung", fact("title")),
        ("Telefonnummer", "07153 555-0"),
        ("eMail", "info@weiss.example"),
        ("ADM", "Jürgen Öztürk"),
        ("IDM", "Jürgen Öztürk"),
    ];
    let in_order: Vec<&str> =
        facts["fields_in_order"].as_array().unwrap().iter().map(|field| field.as_str().unwrap()).collect();
    assert_eq!(expected.map(|(label, _)| label).as_slice(), in_order);
    let fields: Vec<(&str, &str)> = text
        .lines()
        .filter_map(|line| line.split_once(':'))
        .map(|(label, value)| (label.trim(), value.trim()))
        .filter(|(label, _)| in_order.contains(label))
        .collect();
    assert_eq!(fields, expected, "{text}");
    assert_eq!(text.matches("32,22 Std.").count(), 2, "{text}");
    assert!(text.contains(fact("working_hours")), "{text}");
    assert!(text.contains("automatisch"), "{text}");
    let html = mail.body_html(0).unwrap();
    assert_eq!(html.matches("32,22&nbsp;Std.").count() + html.matches("32,22 Std.").count(), 2, "{html}");

    // and never again
    assert_eq!(environment.ok(&["escalate", "run", "--as-of", runs[0].as_str().unwrap()]), "");
    assert_eq!(environment.mails().len(), 1);
    assert_eq!(
        environment.database.number("SELECT count(*) FROM escalation_steps"),
        facts["stage"].as_integer().unwrap()
    );
}
