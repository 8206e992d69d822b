//! German and English beside each other: the same mail, the same facts, and no word of the other language.

use std::sync::LazyLock;

use chrono::TimeDelta;
use wvl::escalation::mail::{Entry, Rendered, Role, Step};
use wvl::escalation::types;
use wvl::template::Language;

use super::rules::{hold_to_the_rules, same_numbers, seen, text_of};
use super::{ROLES, TYPE_KEYS, full, golden, many, now, rendered_in};

/// Words of the German mails that no English sentence has.
const GERMAN: &str = "der die das den dem des ein eine einen einem und oder ist sind wird werden hat hatte mit von vom zum \
    zur zu als auch auf aus bei beim im ins nicht noch nach nur seit ab bald heute morgen gestern Tag Tage Tagen Uhr Std \
    überfällig fällig Stufe Stufen Vorlauf Wiederholung Vorgang Vorgänge Vorgängen weitere weiterer älteste ältester davon \
    Bereich Eskalationsstufe Stunden gesamt letzter Eskalation Arbeitszeit Kunde Kunden Beschreibung Telefonnummer \
    Bearbeiter Adresse Geburtstag Geburtstage ging Termin Termine verschoben Betrag Währung zuständig öffnen anrufen Nummer \
    Stand Mail-Adresse Vertretung abwesend Ersatzweise ersatzweise Haus Zur Kenntnis Bitte bitte diese dieser bekommst \
    bekommen du Du dich dir dein deine deiner deinem Sie Ihre Ihnen Ihrem sich Niemand Niemandem jemand jemandem Bei weil \
    Vorgesetzter Geschäftsleitung Abteilung Abteilungsleitung Außendienst Innendienst Wiedervorlage Meldung automatisch \
    Automatisch erzeugte Tabelle angehängten Zeile Angaben stehen alle Alle läuft Mo Di Mi Fr Sa Angebote Aufträge Einkauf \
    Rechnungen Vertrag Lieferscheineskalation Systemmeldungen Aufgaben Sofort Hoch niedrig";

/// Words of the English mails that no German sentence has.
const ENGLISH: &str = "the a and or is are has had have been be with of for to by from on at as also about not \
    since today tomorrow yesterday day days ago h overdue due Stage Advance Coming up repeat item items more oldest first \
    Area hours total last escalation working time which Customer Customers Description Phone Handled Address Birthday \
    birthday Birthdays sent date moved Amount Currency charge Open Call Number State left behalf away gone would who \
    information Please please this that what your you You yours somebody Nobody nobody whoever Whoever because supervisor \
    handler management head department sales rep field inside Follow-up follow-up message automatic Automatic table \
    attached line each full shown all All expires Mon Tue Wed Thu Sat Sun Mar Offers Orders Purchasing Invoices Contracts \
    Tasks high low immediate";

/// An item whose own values belong to neither language.
fn neutral(type_key: &str, language: Language) -> Entry {
    let area = types::find(type_key).map_or("Maschinenpark", |info| match language {
        Language::German => info.label,
        Language::English => info.label_en,
    });
    let area = if language == Language::English && area == "Maschinenpark" { "XYZ" } else { area };
    Entry {
        type_key: type_key.to_owned(),
        area: area.to_owned(),
        title: "Server X500".into(),
        partner_name: "Quill Corp.".into(),
        email: "info@quill.example".into(),
        address: "12345 Ulm".into(),
        adm: "J. Vogt".into(),
        idm: "P. Berg".into(),
        handler: "P. Berg".into(),
        also_to: vec!["K. Abel".into(); 14],
        link: Some("https://erp.musterhaus.example/137325".into()),
        ..full()
    }
}

/// What is about the mail, and the mail.
type Mails = Vec<(String, Rendered)>;

static GERMAN_MAILS: LazyLock<Mails> = LazyLock::new(|| every_kind_of_mail(Language::German));
static ENGLISH_MAILS: LazyLock<Mails> = LazyLock::new(|| every_kind_of_mail(Language::English));

fn every_kind_of_mail(language: Language) -> Mails {
    let mut mails = Vec::new();
    for type_key in TYPE_KEYS {
        for step in [Step::Stage(1), Step::Repeat(3, 2), Step::Announce(7)] {
            for ahead in [0, 1, 7] {
                let due_at = match step {
                    Step::Announce(_) => now() + TimeDelta::days(ahead),
                    _ => golden().due_at - TimeDelta::days(ahead),
                };
                let mail = rendered_in(language, &[Entry { step, due_at, ..neutral(type_key, language) }]);
                mails.push((format!("{type_key} {step:?} {ahead}"), mail));
            }
        }
    }
    for role in ROLES {
        for stand_in in [(None, None), (Some("C. Weiss".to_owned()), None), (None, Some("C. Weiss".to_owned()))] {
            let (deputy_for, replaces) = stand_in;
            let known = Entry { role, deputy_for, replaces, ..neutral("task", language) };
            let nobody = Entry {
                handler: String::new(),
                adm: String::new(),
                idm: String::new(),
                responsible: String::new(),
                ..known.clone()
            };
            for entry in [known, nobody] {
                mails.push((format!("{role:?}"), rendered_in(language, std::slice::from_ref(&entry))));
                let birthday = Entry { role: Role::FieldRep, ..neutral("birthday", language) };
                mails.push((format!("{role:?} and more"), rendered_in(language, &[entry.clone(), entry, birthday])));
            }
        }
    }
    for count in [2, 21, 250] {
        let named = |entry: Entry| Entry {
            reference: entry.reference,
            step: entry.step,
            due_at: entry.due_at,
            role: entry.role,
            ..neutral("offer-follow-up", language)
        };
        let entries: Vec<Entry> = many(count).into_iter().map(named).collect();
        mails.push((format!("{count} items"), rendered_in(language, &entries)));
    }
    mails
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !(letter.is_alphanumeric() || letter == '-')).filter(|word| !word.is_empty())
}

#[test]
fn no_word_of_the_other_language_slips_in() {
    for (language, mails, foreign) in
        [(Language::English, &ENGLISH_MAILS, GERMAN), (Language::German, &GERMAN_MAILS, ENGLISH)]
    {
        let foreign: Vec<&str> = foreign.split_whitespace().collect();
        for (about, mail) in mails.iter() {
            hold_to_the_rules(mail, about);
            same_numbers(mail, about);
            let table: Vec<_> = mail.attachments.iter().map(|table| String::from_utf8_lossy(&table.bytes)).collect();
            let html = mail.html.split_once("</style>").unwrap().1;
            let said = format!("{}\n{}\n{}\n{}", mail.subject, mail.text, text_of(html), table.join("\n"));
            // addresses belong to no language
            let said = said.replace("Musterhaus IT GmbH", "").replace("erp.musterhaus.example", "");
            let slipped: Vec<&str> = words(&said).filter(|word| foreign.contains(word)).collect();
            assert!(slipped.is_empty(), "{} {about}: {slipped:?}\n{said}", language.code());
            if language == Language::English {
                assert!(!said.contains(['ä', 'ö', 'ü', 'Ä', 'Ö', 'Ü', 'ß', '„', '€']), "{about}: {said}");
            }
        }
    }
}

#[test]
fn both_languages_have_the_same_shape() {
    let tags = |mail: &Rendered| -> Vec<String> {
        mail.html.split('<').skip(1).filter_map(|tag| tag.split([' ', '>']).next()).map(str::to_owned).collect()
    };
    for ((about, german), (_, english)) in GERMAN_MAILS.iter().zip(ENGLISH_MAILS.iter()) {
        assert_eq!(tags(german), tags(english), "{about}");
        assert_eq!(german.highest_level, english.highest_level, "{about}");
        assert_eq!(german.attachments.len(), english.attachments.len(), "{about}");
        let fields =
            |mail: &Rendered| mail.text.lines().take_while(|line| *line != "-- ").filter(|line| is_field(line)).count();
        assert_eq!(fields(german), fields(english), "{about}");
    }
}

/// A label, and its value in column 35.
fn is_field(line: &str) -> bool {
    let label: String = line.chars().take(34).collect();
    label.ends_with(' ') && label.trim_end().ends_with(':') && line.chars().count() > 34
}

#[test]
fn an_english_mail_reads_like_this() {
    let entry = Entry {
        area: "Offers: follow-up".into(),
        title: "Report server".into(),
        due_at: "2021-03-08T13:30:00Z".parse().unwrap(),
        moved: 5,
        overdue_seconds: 3_600_000,
        ..full()
    };
    let mail = rendered_in(Language::English, &[entry]);
    assert_eq!(mail.subject, "137325 overdue since yesterday – Bäckerei Grünwald GmbH & Co. KG (Stage 1)");
    assert_eq!(
        mail.text,
        "\
Musterhaus IT GmbH · automatic message

The follow-up on offer 137325 has been overdue since yesterday.
Please check with the customer today or set a new follow-up date.

Area:                             Offers: follow-up
Escalation stage:                 1
Hours overdue (total):            1,000.00 h
Hours since last escalation:      32.22 h
Customer:                         Bäckerei Grünwald GmbH & Co. KG
Description:                      Report server
Phone:                            +49 7153 555-120
Email:                            einkauf@gruenwald.example
Field sales:                      Jürgen Öztürk
Inside sales:                     Jürgen Öztürk
Of which working time:            10.22 h
Handled by:                       Petra Vogt
Address:                          73779 Deizisau
Due on:                           Mon 8 Mar 2021, 14:30
Also sent to:                     Petra Vogt, Jens Kühn
Due date:                         moved 5 times
Amount:                           12,500.50 EUR
Open:                             https://erp.musterhaus.example/angebot?nr=137325&x=1

-- 
You are receiving this mail about “Offers: follow-up” (Stage 1) as field
sales rep.
"
    );
    let html = seen(&mail.html);
    for words in ["Open 137325", "Call +49 7153 555-120", "Mon 8 Mar 2021, 14:30", "12,500.50 EUR", "moved 5 times"] {
        assert!(html.contains(words), "{words}: {html}");
    }
}

#[test]
fn how_often_a_date_was_moved_is_said_everywhere() {
    for (language, words) in [(Language::German, "5× verschoben"), (Language::English, "moved 5 times")] {
        let mail = rendered_in(language, &[full()]);
        assert_eq!([mail.text.matches(words).count(), mail.html.matches(words).count()], [1, 1]);
        // twenty with all fields, ten on a line, and all of them in the table
        let mail = rendered_in(language, &vec![full(); 30]);
        assert_eq!([mail.text.matches(words).count(), mail.html.matches(words).count()], [30, 30]);
        for entries in [vec![golden()], vec![golden(); 30]] {
            let mail = rendered_in(language, &entries);
            for part in [mail.text, mail.html] {
                assert!(!part.contains("verschoben") && !part.contains("moved"), "{part}");
            }
        }
    }
}
