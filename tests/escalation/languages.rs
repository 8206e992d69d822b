//! Each person gets the mail in his or her own language, one mail in one language.

use std::collections::BTreeMap;

use mail_parser::MessageParser;

use super::house::{environment, offer};
use crate::env::TestEnvironment;

const NOW: &str = "2026-11-23T08:00";

/// An offer is due; Arno (ADM), who reads English, hears of it, his supervisor Vera, and a mailbox that is nobody's.
fn office(sections: &str) -> TestEnvironment {
    let environment = environment(&format!(
        "[escalation.offer-follow-up]\nactive = true\nstage1.to = \"adm;supervisor;mail:extern@firma.example\"\n{sections}"
    ));
    environment.database.execute("UPDATE employees SET language = 'en' WHERE number = 103");
    environment.database.execute(&offer("A-1", "2026-11-19 00:00"));
    environment
}

/// Subject and text of the mail to each address.
fn mails(environment: &TestEnvironment) -> BTreeMap<String, (String, String)> {
    environment.ok(&["escalate", "run", "--as-of", NOW]);
    let read = |mail: &Vec<u8>| {
        let mail = MessageParser::default().parse(mail).unwrap();
        let to = mail.to().unwrap().first().unwrap().address().unwrap().to_owned();
        (to, (mail.subject().unwrap().to_owned(), mail.body_text(0).unwrap().into_owned()))
    };
    environment.mails().iter().map(read).collect()
}

#[test]
fn each_reads_his_own_language() {
    let mails = mails(&office(""));
    let (subject, text) = &mails["arno@firma.example"];
    assert_eq!(subject, "A-1 overdue for 4 days – Kundin AG (Stage 1)");
    assert!(text.contains("Offers: follow-up") && text.contains("Thu 19 Nov 2026"), "{text}");
    for german in ["vera@firma.example", "extern@firma.example"] {
        let (subject, text) = &mails[german];
        assert_eq!(subject, "A-1 seit 4 Tagen überfällig – Kundin AG (Stufe 1)");
        assert!(text.contains("Angebote: Wiedervorlage") && text.contains("Do, 19.11.2026"), "{text}");
    }
    assert!(mails["vera@firma.example"].1.contains("Bitte klär heute mit Arno Außendienst"));
}

#[test]
fn several_items_are_one_mail_in_one_language() {
    let environment = office("[escalation.task]\nactive = true\nstage1.to = \"mail:Arno@firma.example\"\n");
    environment.database.execute(
        "INSERT INTO tasks (number, title, due_at, handler_id)
         VALUES ('T-1', 'Neuer Schlüssel', '2026-11-20 00:00 Europe/Berlin', 6);",
    );
    let mails = mails(&environment);
    let (subject, text) = &mails["arno@firma.example"];
    assert_eq!(subject, "2 items overdue, Stage 1 – the oldest for 4 days");
    assert!(text.contains("T-1 overdue for 4 days") && text.contains("Tasks"), "{text}");
    assert!(!text.contains("überfällig"), "{text}");
}

#[test]
fn a_label_of_ones_own_is_used_in_both_until_there_is_an_english_one() {
    for (settings, area) in
        [("label = \"Angebote\"\n", "Angebote"), ("label = \"Angebote\"\nlabel_en = \"Quotes\"\n", "Quotes")]
    {
        let mails = mails(&office(settings));
        let (_, text) = &mails["arno@firma.example"];
        assert!(text.lines().any(|line| line.starts_with("Area:") && line.ends_with(&format!(" {area}"))), "{text}");
        assert!(mails["vera@firma.example"].1.contains("Angebote"));
    }
}
