//! The evening mail as its readers get it: every kind of evening in both languages, composed, parsed back by another
//! implementation, and held to MAIL.md.

use std::collections::BTreeSet;
use std::io::Cursor;

use calamine::{Data, Reader, Xlsx};
use chrono::{DateTime, Utc};
use lettre::message::Mailbox;
use mail_parser::{MessageParser, MimeHeaders};
use tiny_skia::Pixmap;
use wvl::config::Source;
use wvl::outbox::compose::{Automatic, Draft, compose};
use wvl::report::evening::Evening;
use wvl::report::page::{Face, Sheets, failed_mail, mail, page};
use wvl::report::sample;
use wvl::settings::Settings;
use wvl::template::{Language, Templates};

use crate::mails::rules::{numbers, seen};

const REASON: &str = "canceling statement due to statement timeout";

/// Every mail that there is, with what it is about.
fn faces() -> Vec<(String, Face)> {
    let (templates, settings) = (Templates::embedded().unwrap(), sample::settings());
    let mut faces = Vec::new();
    for language in Language::ALL {
        for (about, evening) in sample::all() {
            let face = mail(&templates, &settings, language, &evening).unwrap();
            faces.push((format!("{about} {}", language.code()), face));
        }
        let failed = failed_mail(&templates, &settings, language, sample::today(), REASON).unwrap();
        faces.push((format!("failed {}", language.code()), failed));
    }
    faces
}

fn face(evening: &Evening) -> Face {
    mail(&Templates::embedded().unwrap(), &sample::settings(), Language::German, evening).unwrap()
}

fn composed(face: &Face) -> Vec<u8> {
    let at: DateTime<Utc> = "2026-11-24T17:30:00Z".parse().unwrap();
    let draft = Draft {
        kind: "report".into(),
        list: "bericht".into(),
        domain: "musterhaus.example".into(),
        from: Mailbox::new(Some("wvl".into()), "wvl@musterhaus.example".parse().unwrap()),
        reply_to: None,
        to: Mailbox::new(Some("Jürgen Öztürk".into()), "oeztuerk@musterhaus.example".parse().unwrap()),
        message_id: "<00000000-0000-4000-8000-000000000001@musterhaus.example>".into(),
        references: Vec::new(),
        subject: face.subject.clone(),
        text: face.text.clone(),
        html: face.html.clone(),
        inline: face.inline.clone(),
        attachments: face.attachments.clone(),
        automatic: Automatic::Generated,
        rule: None,
        stage: None,
        item: None,
    };
    compose(&draft, at).unwrap()
}

#[test]
fn every_template_renders_with_its_fixtures() {
    let problems = Templates::embedded().unwrap().check(&sample::fixtures().unwrap());
    assert!(problems.is_empty(), "{:?}", problems.iter().map(wvl::error::Error::full_message).collect::<Vec<_>>());
}

#[test]
fn both_parts_say_the_same_numbers() {
    for (about, face) in faces() {
        // the text part prints the addresses that the HTML part carries in its links
        let text: String = face.text.lines().filter(|line| !line.contains("https://")).collect::<Vec<_>>().join("\n");
        let html = seen(&face.html).replace('\u{a0}', " ");
        assert_eq!(numbers(&text), numbers(&html), "{about}");
    }
}

#[test]
fn a_subject_has_78_characters_and_plain_text_72_columns() {
    for (about, face) in faces() {
        assert!(face.subject.chars().count() <= 78 && !face.subject.contains(char::is_control), "{}", face.subject);
        for line in face.text.lines() {
            let is_link = line.trim_start().starts_with("https://");
            assert!(line.chars().count() <= 72 || is_link, "{about}: {line}");
            assert!(!line.ends_with(' ') || line == "-- ", "{about}: {line:?}");
        }
        assert!(!face.text.contains("\n\n\n") && !face.text.contains("&amp;"), "{about}\n{}", face.text);
        assert!(face.text.contains("\n-- \n"), "{about}");
    }
}

#[test]
fn the_html_needs_nothing_from_elsewhere() {
    for (about, face) in faces() {
        assert!(face.html.len() < 90_000, "{about}: {}", face.html.len());
        let html = face.html.to_lowercase();
        for forbidden in ["<script", "<link", "<iframe", "<svg", "@import", "url(", "data:", "javascript:", "srcset"] {
            assert!(!html.contains(forbidden), "{about}: {forbidden}");
        }
        for source in html.split(" src=\"").skip(1) {
            assert!(source.starts_with("cid:"), "{about}: {source:.40}");
        }
        for link in html.split(" href=\"").skip(1) {
            assert!(link.starts_with("https://erp.musterhaus.example/"), "{about}: {link:.40}");
        }
        for tag in ["table", "tr", "td", "a", "span", "b", "div"] {
            let open = html.matches(&format!("<{tag} ")).count() + html.matches(&format!("<{tag}>")).count();
            assert_eq!(open, html.matches(&format!("</{tag}>")).count(), "{about}: <{tag}>");
        }
    }
}

#[test]
fn the_picture_is_found_by_its_name_and_is_transparent() {
    for (about, face) in faces() {
        let bytes = composed(&face);
        let parsed = MessageParser::default().parse(&bytes).unwrap();
        assert_eq!(parsed.subject(), Some(face.subject.as_str()), "{about}");
        assert_eq!(parsed.body_text(0).unwrap().replace("\r\n", "\n"), face.text, "{about}");
        assert!(parsed.header_raw("Auto-Submitted").is_some_and(|value| value.trim() == "auto-generated"), "{about}");
        if about.starts_with("failed") {
            assert!(face.inline.is_empty() && !face.html.contains("<img"), "{about}");
            continue;
        }
        let [inline] = face.inline.as_slice() else { panic!("{about}: {} pictures", face.inline.len()) };
        assert!(face.html.contains(&format!("src=\"cid:{}\"", inline.content_id)), "{about}");
        let part = parsed.parts.iter().find(|part| part.content_id() == Some(inline.content_id.as_str())).unwrap();
        assert_eq!(part.contents(), inline.bytes, "{about}");
        assert!(inline.bytes.len() <= 20_000, "{about}: {}", inline.bytes.len());
        let picture = Pixmap::decode_png(&inline.bytes).unwrap();
        let alphas: BTreeSet<u8> = picture.pixels().iter().map(|pixel| pixel.alpha()).collect();
        assert!(alphas.contains(&0) && alphas.contains(&255), "{about}: {alphas:?}");
    }
}

#[test]
fn an_empty_day_and_a_failed_report_look_different() {
    let empty = face(&sample::empty());
    assert_eq!(empty.subject, "Di 24.11. · nichts gebucht · Monat 71 % vom Ziel");
    assert!(empty.text.contains("Heute wurde nichts gebucht; zuletzt am Fr 20.11."), "{}", empty.text);
    let templates = Templates::embedded().unwrap();
    let failed = failed_mail(&templates, &sample::settings(), Language::German, sample::today(), REASON).unwrap();
    assert_eq!(failed.subject, "Di 24.11. · Bericht fehlgeschlagen");
    assert!(!failed.text.contains('€') && !failed.html.contains('€'), "{}", failed.text);
    assert!([&failed.text, &failed.html].iter().all(|part| part.contains(REASON)));
}

#[test]
fn a_section_that_failed_is_named_and_the_others_are_there() {
    let face = face(&sample::incomplete());
    for part in [&face.text, &seen(&face.html)] {
        for said in ["Nicht berechnet: canceling", "Größter Auftrag", "Lieferung zugesagt", "fehlen"] {
            assert!(part.contains(said), "{said}: {part}");
        }
        assert!(!part.contains("Lieferscheine ohne Rechnung"));
    }
}

#[test]
fn values_stay_values() {
    let face = face(&sample::hostile());
    assert!(face.html.contains("&lt;script&gt;") && face.text.contains("<script>"));
    let bytes = composed(&face);
    let parsed = MessageParser::default().parse(&bytes).unwrap();
    assert!(parsed.bcc().is_none() && parsed.cc().is_none());
    assert!(bytes.is_ascii() && bytes.split(|byte| *byte == b'\n').all(|line| line.len() <= 999));
}

#[test]
fn the_order_is_that_of_reading() {
    let extended = face(&sample::extended());
    let order = [
        "Aufträge 31",
        "Heute",
        "Rechnungen",
        "35,5",
        "Bitte ansehen",
        "Liegt herum",
        "Morgen, Mi",
        "Seit der letzten Mail",
        "Alles gezählt",
        "Außendienst",
        "wvl-report(7)",
    ];
    for part in [&extended.text, &seen(&extended.html)] {
        let mut from = 0;
        for said in order {
            let found = part[from..].find(said).unwrap_or_else(|| panic!("{said} is not where it belongs:\n{part}"));
            from += found;
        }
    }
}

#[test]
fn a_workbook_goes_along_where_the_house_wants_it() {
    let text = "[company]\nname = \"Musterhaus IT GmbH\"\n[report.gf-daily]\nxlsx = true\n";
    let settings = Settings::inspect(&Source::from_text("wvl.toml", text), &[]).settings;
    let templates = Templates::embedded().unwrap();
    let face = mail(&templates, &settings, Language::German, &Evening::sample()).unwrap();
    let [workbook] = face.attachments.as_slice() else { panic!("{} files", face.attachments.len()) };
    assert_eq!(workbook.name, "abendbericht-2026-11-24.xlsx");
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(workbook.bytes.clone())).unwrap();
    assert!(book.sheet_names().contains(&"Liegt herum".to_owned()), "{:?}", book.sheet_names());
    let figures = book.worksheet_range("Zahlen").unwrap();
    assert_eq!(figures.get((2, 0)), Some(&Data::String("Aufträge".into())));
    assert_eq!(figures.get((2, 1)), Some(&Data::Float(18_412.0)));
    // a department has no setting of its own
    assert!(mail(&templates, &settings, Language::German, &sample::department()).unwrap().attachments.is_empty());
}

#[test]
fn what_a_mail_has_no_room_for_is_in_the_workbook() {
    let mut evening = sample::extended();
    if let Some(wvl::report::evening::Part::There(extended)) = &mut evening.extended {
        for group in extended.groups.iter_mut().filter(|group| !group.rows.is_empty()) {
            let row = group.rows[0].clone();
            group.folded = false;
            group.rows = (0..500).map(|number| (format!("Person {number}"), row.1.clone())).collect();
        }
    }
    let face = face(&evening);
    assert!(face.html.len() < 90_000, "{}", face.html.len());
    assert!(face.text.contains("weitere") && face.text.contains("Arbeitsmappe"), "{}", face.text);
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(face.attachments[0].bytes.clone())).unwrap();
    assert_eq!(book.worksheet_range("Außendienst").unwrap().height(), 501);
}

#[test]
fn a_page_has_the_numbers_of_the_mail() {
    let (templates, settings) = (Templates::embedded().unwrap(), sample::settings());
    for (about, evening) in sample::all() {
        let mail = seen(&mail(&templates, &settings, Language::German, &evening).unwrap().html);
        let page = page(&templates, &settings, Language::German, &evening).unwrap();
        let (_, body) = page.split_once("<body>").unwrap();
        // what is smaller than in the mail would be missing, what is more would be somewhere else
        let said = |html: &str| numbers(&html.replace('\u{a0}', " "));
        assert_eq!(said(&crate::mails::rules::text_of(body)), said(&mail), "{about}");
    }
}

#[test]
fn json_has_the_cents_and_the_codes() {
    use wvl::output::Output;
    let (settings, evening) = (sample::settings(), Evening::sample());
    let json = Sheets { settings: &settings, language: Language::German, evening: &evening, for_people: false }.json();
    assert_eq!(json["day"], "2026-11-24");
    assert_eq!(json["figures"][3]["figure"], "margin");
    assert_eq!(json["figures"][3]["amount"], "4103.00");
    assert_eq!(json["exceptions"][4]["rule"], "largest");
    assert_eq!(json["corrections"][0]["what"], "voided");
}
