//! What stands below the figures, and what happens when one of it cannot be read.

use wvl::db::{DatabaseSettings, Places};
use wvl::report::evening::{DateKind, Evening, Part, Question, Rule, Scope};
use wvl::report::figure::FigureKey;

use super::{asked, cell, day, house, now, question, settings};

/// "low-margin AB-2 600 5.0"
fn exceptions(evening: &Evening) -> Vec<String> {
    let told = |rule: &Rule| match rule {
        Rule::Mails { count } => format!("mails {count}"),
        Rule::LastStage { kind, due } => format!("last-stage {kind} {due}"),
        Rule::Notice { until } => format!("notice {until}"),
        Rule::LowMargin { kind, percent } => format!("low-margin {kind} {percent}"),
        Rule::Lost => "lost".to_owned(),
        Rule::Ticket { since } => format!("ticket {since}"),
        Rule::Largest => "largest".to_owned(),
    };
    let found = evening.exceptions.there().unwrap();
    let named = found.named.iter().map(|it| {
        let amount = it.amount.as_ref().map(|(amount, currency)| format!(" {} {currency}", amount.normalize()));
        let partner = it.partner.as_deref().unwrap_or("-");
        format!("{} | {} | {partner}{}", told(&it.rule), it.reference, amount.unwrap_or_default())
    });
    named.chain((found.more > 0).then(|| format!("{} more", found.more))).collect()
}

#[test]
fn what_is_to_be_looked_at() {
    let (database, mut connection) = house();
    let settings = settings(
        "link_base = \"https://erp.firma.de\"\n[escalation.order-delivery-overdue]\nactive = true\n\
         stage3 = { hours = 40 }\n",
    );
    let of_monday = question(&settings, "2026-11-23");
    let evening = asked(&mut connection, &of_monday);
    assert_eq!(
        exceptions(&evening),
        ["low-margin order 5 | AB-2 | Kunz & Söhne 600 EUR", "largest | AB-1 | Müller Bau GmbH 18400 EUR"]
    );
    database.execute(
        "UPDATE documents SET closed_at = '2026-11-22 10:00+01' WHERE number = 'AN-5';
         INSERT INTO document_details (document_id, link) SELECT id, '/angebot/5' FROM documents WHERE number = 'AN-5';
         INSERT INTO contracts (number, name, amount, notice_by) VALUES
            ('V-1', 'heute', 99, '2026-11-24 00:00+01'), ('V-2', 'morgen', 12, '2026-11-25 00:00+01'),
            ('V-3', 'gestern', 1, '2026-11-23 00:00+01'), ('V-4', 'übermorgen', 1, '2026-11-26 00:00+01');
         INSERT INTO tickets (number, title, severity, status, opened_at, due_at) VALUES
            ('T1', 'alt', 'immediate', 'read', '2026-11-01', '2026-11-05 10:00+01'),
            ('T2', 'neu', 'standard', 'read', '2026-11-01', '2026-11-22 10:00+01'),
            ('T3', 'gering', 'low', 'read', '2026-11-01', '2026-11-05 10:00+01'),
            ('T4', 'wartet', 'high', 'waiting', '2026-11-01', '2026-11-05 10:00+01'),
            ('T5', 'bald', 'high', 'read', '2026-11-01', '2026-11-23 19:00+01');
         UPDATE documents SET delivery_due_at = '2026-11-20 00:00+01' WHERE number = 'AB-3';
         INSERT INTO escalation_steps (type, item_id, due_version, step, at, due_at, reference, title, recipients, rehearsal)
            SELECT 'order-delivery-overdue', id::text, floor(extract(epoch FROM delivery_due_at) / 60), 3, '2026-11-23 08:00+01',
                delivery_due_at, number, '', '{}', true FROM documents WHERE number = 'AB-3'",
    );
    let evening = asked(&mut connection, &of_monday);
    assert_eq!(
        exceptions(&evening),
        [
            "last-stage order-delivery-overdue 2026-11-19 | AB-3 | Kunz & Söhne 1200.01 EUR",
            "notice 2026-11-23 | V-1 | - 99 EUR",
            "notice 2026-11-24 | V-2 | - 12 EUR",
            "low-margin order 5 | AB-2 | Kunz & Söhne 600 EUR",
            "lost | AN-5 | Lager AG 7000 EUR",
            "3 more"
        ]
    );
    let link = |evening: &Evening| evening.exceptions.there().unwrap().named.iter().find_map(|it| it.link.clone());
    assert_eq!(link(&evening).as_deref(), Some("https://erp.firma.de/angebot/5"));
    // only tickets
    let technik = database.number("SELECT id FROM departments WHERE name = 'Technik'");
    database.execute(&format!("UPDATE tickets SET department_id = {technik}"));
    let of_technik = asked(&mut connection, &Question { scope: Scope::Department(technik), ..of_monday });
    let found = exceptions(&of_technik);
    assert_eq!(found[0], "low-margin order 5 | AB-2 | Kunz & Söhne 600 EUR");
    assert!(found[2].starts_with("ticket 2026-11-22 09:00:00 UTC | T2"), "{found:?}");
    assert!(found[3].starts_with("ticket 2026-11-05 09:00:00 UTC | T1"), "{found:?}");
}

#[test]
fn what_lies_around() {
    let (database, mut connection) = house();
    database.execute(
        "UPDATE documents SET delivered_at = '2026-11-04 10:00+01' WHERE number = 'LS-2';
         UPDATE documents SET payment_due_at = '2026-11-23 00:00+01', open_amount = 119 WHERE number = 'RE-1';
         UPDATE documents SET payment_due_at = '2026-11-24 00:00+01', open_amount = 100 WHERE number = 'RE-2';
         UPDATE documents SET payment_due_at = '2026-09-24 00:00+02', open_amount = 1000 WHERE number = 'RE-3';
         UPDATE documents SET payment_due_at = '2026-09-25 00:00+02', open_amount = 10 WHERE number = 'RE-10';
         INSERT INTO contracts (number, name, amount, next_billing_at) VALUES
            ('V-1', 'Wartung', 99, '2026-11-12 00:00+01'), ('V-2', 'Hosting', 5, '2026-11-24 00:00+01')",
    );
    let settings = settings("");
    let evening = asked(&mut connection, &question(&settings, "2026-11-23"));
    let lying = evening.lying.there().unwrap();
    let piles = [&lying.unbilled, &lying.unbilled_old, &lying.overdue, &lying.overdue_old, &lying.contracts];
    let told = piles.map(|pile| {
        let others: Vec<String> =
            pile.others.iter().map(|(currency, amount)| format!("{} {currency}", amount.normalize())).collect();
        let oldest = pile.oldest.map(|day| day.to_string()).unwrap_or_default();
        format!("{} {} {oldest} {}", pile.count, pile.amount.normalize(), others.join(" "))
    });
    assert_eq!(
        told,
        [
            "3 1200 2026-11-04 70 CHF",
            "1 800 2026-11-04 ",
            "3 1119 2026-09-23 10 CHF",
            "1 1000 2026-09-23 ",
            "1 99 2026-11-12 "
        ]
    );
}

#[test]
fn what_tomorrow_brings() {
    let (database, mut connection) = house();
    database.execute(
        "UPDATE documents SET delivery_due_at = '2026-11-21 00:00+01' WHERE number = 'AB-1';
         UPDATE documents SET delivery_due_at = '2026-11-24 00:00+01', net_amount = 12000 WHERE number = 'AB-3';
         UPDATE documents SET delivery_due_at = '2026-11-24 00:00+01' WHERE number = 'AB-2';
         UPDATE documents SET follow_up_at = '2026-11-23 00:00+01', net_amount = 15000 WHERE number = 'AN-1';
         UPDATE documents SET follow_up_at = '2026-11-24 00:00+01', net_amount = 15000 WHERE number = 'AN-6';
         INSERT INTO contracts (number, name, notice_by) VALUES ('V-1', 'zwei Tage', '2026-11-23 00:00+01'),
            ('V-2', 'Mittwoch', '2026-11-26 00:00+01'), ('V-3', 'in acht Tagen', '2026-11-29 00:00+01');
         UPDATE employees SET birthday = '1980-11-23', birthday_consent = number = 1 WHERE number <= 2;
         INSERT INTO contact_persons (number, partner_id, last_name, birthday)
            SELECT 'AP-1', id, 'Kunz', '1970-11-22' FROM partners WHERE number = '10002';
         INSERT INTO absences (employee_id, first_day, last_day, kind) SELECT id, '2026-11-20', '2026-11-23', 'sick' FROM employees
            WHERE number IN (2, 3, 4);
         UPDATE employees SET working_days = '0111100' WHERE number = 3;
         UPDATE employees SET active = false WHERE number = 4",
    );
    let settings = settings("");
    let of_friday = question(&settings, "2026-11-20");
    let tomorrow = asked(&mut connection, &of_friday).tomorrow.there().unwrap().clone();
    assert_eq!((tomorrow.day, tomorrow.away, tomorrow.more), (day("2026-11-23"), 1, 0));
    let told: Vec<String> =
        tomorrow.dates.iter().map(|it| format!("{:?} {} {}", it.kind, it.day.format("%d."), it.reference)).collect();
    // AB-1 is promised for Friday itself, and V-1 is told of as an exception
    assert_eq!(
        told,
        ["Delivery 23. AB-3", "FollowUp 23. AN-1", "Notice 25. V-2", "Birthday 22. Kunz", "Birthday 23. Anna Vogt"]
    );
    assert_eq!(tomorrow.dates[0].kind, DateKind::Delivery);
    // a department sees its own people
    let vertrieb = database.number("SELECT id FROM departments WHERE name = 'Vertrieb'");
    let tomorrow = asked(&mut connection, &Question { scope: Scope::Department(vertrieb), ..of_friday });
    let tomorrow = tomorrow.tomorrow.there().unwrap();
    let birthdays = tomorrow.dates.iter().filter(|it| it.kind == DateKind::Birthday).count();
    assert_eq!((tomorrow.away, birthdays), (1, 1));
}

#[test]
fn birthdays_of_leap_days_and_of_the_turn_of_the_year() {
    let (database, mut connection) = house();
    database.execute(
        "INSERT INTO contact_persons (number, partner_id, last_name, birthday)
            SELECT n.number, id, n.number, n.day::date FROM partners, (VALUES
                ('leap', '1972-02-29'), ('new-year', '1980-01-01'), ('silvester', '1980-12-31'), ('march', '1990-03-01')) AS n (number, day)
            WHERE partners.number = '10002'",
    );
    let settings = settings("");
    let mut born = |on: &str| {
        let evening = asked(&mut connection, &question(&settings, on));
        let dates = evening.tomorrow.there().unwrap().dates.clone();
        dates.iter().map(|it| format!("{} {}", it.reference, it.day.format("%d.%m."))).collect::<Vec<_>>().join(", ")
    };
    assert_eq!(born("2026-02-27"), "leap 28.02., march 01.03.");
    assert_eq!(born("2028-02-28"), "leap 29.02.");
    assert_eq!(born("2026-12-30"), "silvester 31.12., new-year 01.01.");
}

#[test]
fn a_section_that_fails_is_named_and_stops_nothing() {
    let (database, mut connection) = house();
    let settings = settings("");
    let question = question(&settings, "2026-11-23");
    let before = asked(&mut connection, &question);
    assert_eq!(before.failed(), []);
    // somebody has taken a view away
    database.execute("ALTER VIEW employee_birthdays RENAME TO birthdays");
    let evening = asked(&mut connection, &question);
    let failed = evening.failed();
    assert_eq!(failed.len(), 1, "{failed:?}");
    assert_eq!(failed[0].0, "tomorrow");
    assert!(failed[0].1.contains("employee_birthdays") && !failed[0].1.contains('\n'), "{failed:?}");
    let (snapshot, tomorrow) = (before.snapshot.clone(), before.tomorrow.clone());
    assert_eq!(Evening { snapshot, tomorrow, ..evening }, before);
    // without the figures there is no mail
    database.execute("ALTER TABLE document_lines RENAME TO positions");
    assert!(wvl::report::evening(&mut connection, &question).is_err());
}

#[test]
fn who_may_only_read_gets_what_he_may_read() {
    let (database, mut owner) = house();
    database.execute("INSERT INTO sales_targets (month, figure, amount) VALUES ('2026-11-01', 'margin', 55)");
    let settings = settings("");
    let question = Question { extended: true, ..question(&settings, "2026-11-23") };
    let whole = asked(&mut owner, &question);
    let url = database.url_as("wvl_test_report_reader");
    database.execute_as_superuser("GRANT wvl_read TO wvl_test_report_reader");
    let reader = DatabaseSettings { url: Some(url), ..DatabaseSettings::default() };
    let evening = asked(&mut wvl::db::connect(&reader, &Places::default()).unwrap(), &question);
    assert_eq!(evening.failed(), []);
    assert_eq!(cell(&evening.core.row(FigureKey::Margin).unwrap().now), now(&whole, FigureKey::Margin));
    assert_eq!(Evening { snapshot: whole.snapshot.clone(), ..evening }, whole);
    assert!(matches!(whole.extended, Some(Part::There(_))));
}
