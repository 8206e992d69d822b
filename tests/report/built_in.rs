//! The reports that come with wvl, each against a statement of another making, over the company of the demo.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Double;
use serde_json::Value;

use crate::env::{TestDatabase, TestEnvironment};

/// A Tuesday evening.
const NOW: &str = "2026-11-24T18:00:00+01:00";

fn company() -> TestEnvironment {
    let text = wvl::demo::place::CONFIGURATION.replace("signing_keys_file = \"signing-keys\"", "");
    let settings = wvl::settings::Settings::load(&wvl::config::Source::from_text("wvl.toml", &text), &[]).unwrap().0;
    let database = TestDatabase::new();
    let calendar = settings.calendar("default").unwrap();
    assert!(wvl::demo::company::fill(&mut database.connect(), NOW.parse().unwrap(), calendar).unwrap());
    TestEnvironment::with_database(database)
}

fn rows(company: &TestEnvironment, arguments: &[&str]) -> Vec<Value> {
    let run = company.wvl(&[&["report", "run"], arguments, &["--json", "--as-of", NOW]].concat());
    assert_eq!(run.code, 0, "{arguments:?}: {}", run.stderr);
    serde_json::from_str(&run.stdout).unwrap()
}

/// The sum of a column; what is empty is nothing.
fn sum(rows: &[Value], column: &str) -> f64 {
    rows.iter()
        .map(|row| {
            row[column].as_f64().unwrap_or_else(|| row[column].as_str().map_or(0.0, |text| text.parse().unwrap()))
        })
        .sum()
}

/// The one number that the statement answers, at the same instant; nothing is 0.
fn number(company: &TestEnvironment, sql: &str) -> f64 {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Double)]
        number: f64,
    }
    let mut connection = company.database.connect();
    connection
        .batch_execute(&format!(
            "SET wvl.as_of = '{NOW}'; SET wvl.zone = 'Europe/Berlin'; SET TimeZone = 'Europe/Berlin'"
        ))
        .unwrap();
    let sql = format!("SELECT coalesce(({sql})::float8, 0) AS number");
    diesel::sql_query(&sql).get_result::<Row>(&mut connection).unwrap_or_else(|error| panic!("{error}\n{sql}")).number
}

fn near(found: f64, expected: f64, what: &str) {
    assert!((found - expected).abs() < 0.005, "{what}: {found} instead of {expected}");
}

#[test]
fn the_margin_is_that_of_the_view_whatever_it_is_grouped_by() {
    let company = company();
    let lines = "FROM v_margin WHERE kind IN ('invoice', 'credit_note') AND document_date BETWEEN '2026-11-01' AND '2026-11-24'";
    let of = |column: &str, more: &str| {
        number(&company, &format!("SELECT sum({column}) {lines} AND currency = 'EUR' {more}"))
    };
    for by in ["month", "group", "department", "field-rep", "partner", "product"] {
        let found = rows(&company, &["margin", "--set", &format!("by={by}")]);
        let euros: Vec<Value> = found.iter().filter(|row| row["Währung"] == "EUR").cloned().collect();
        near(sum(&euros, "Netto"), of("net", ""), by);
        near(sum(&euros, "davon mit Einstand"), of("net", "AND cost IS NOT NULL"), by);
        near(sum(&euros, "DB"), of("margin", ""), by);
        near(sum(&euros, "ohne Einstand netto"), of("net", "AND cost IS NULL"), by);
        near(
            sum(&euros, "ohne Einstand"),
            number(&company, &format!("SELECT count(*) {lines} AND currency = 'EUR' AND cost IS NULL AND net <> 0")),
            by,
        );
        assert!(found.iter().any(|row| row["Währung"] == "CHF"), "{by}: francs stand for themselves");
    }
    // the demo has them: a void one, credit notes of both signs, and a project paid in parts that counts once
    assert_eq!(company.database.number("SELECT count(*) FROM documents WHERE status = 'void'"), 2);
    let project = "FROM v_margin m WHERE m.kind = 'invoice' AND EXISTS (SELECT FROM documents d JOIN document_details x ON x.document_id = d.id \
                   JOIN document_details y ON y.predecessor_id = x.predecessor_id JOIN documents f ON f.id = y.document_id \
                   WHERE d.number = m.number AND d.kind = 'invoice' AND y.invoice_kind = 'final')";
    near(number(&company, &format!("SELECT sum(net) {project}")), 43_540.0, "the project");
    near(number(&company, &format!("SELECT sum(margin) {project}")), 7_850.0, "its margin");
}

/// Every kind of document that counts otherwise than it looks.
#[test]
fn the_margin_of_awkward_documents() {
    let house = TestEnvironment::new();
    house.database.execute(include_str!("../data/awkward.sql"));
    for currency in ["EUR", "CHF", "USD"] {
        let lines = format!(
            "FROM v_margin WHERE kind IN ('invoice', 'credit_note') AND document_date BETWEEN '2026-11-01' AND '2026-11-24' AND currency = '{currency}'"
        );
        for by in ["month", "group", "partner", "product"] {
            let found = rows(&house, &["margin", "--set", &format!("by={by}")]);
            let found: Vec<Value> = found.into_iter().filter(|row| row["Währung"] == currency).collect();
            let told = format!("{currency} by {by}");
            near(sum(&found, "Netto"), number(&house, &format!("SELECT sum(net) {lines}")), &told);
            near(sum(&found, "DB"), number(&house, &format!("SELECT sum(margin) {lines}")), &told);
            near(
                sum(&found, "ohne Einstand"),
                number(&house, &format!("SELECT count(*) {lines} AND cost IS NULL AND net <> 0")),
                &told,
            );
            near(sum(&found, "ohne Preis"), number(&house, &format!("SELECT count(*) {lines} AND net IS NULL")), &told);
        }
    }
    // by hand, in the order of the file
    let euros = rows(&house, &["margin"]).into_iter().find(|row| row["Währung"] == "EUR").unwrap();
    let net = 250.0 + 254.97 + 500.0 + 80.0 - 200.0 - 100.0 - 40.0 + 1000.0 + 2000.0 + 2000.0 + 2000.0 + 60.0;
    let costed = net - 50.0 - 80.0;
    let cost = 120.0 + 210.0 + 300.0 - 120.0 - 60.0 - 20.0 + 1500.0 + 2000.0 + 2000.0 + 45.0;
    near(sum(std::slice::from_ref(&euros), "Netto"), net, "net");
    near(sum(std::slice::from_ref(&euros), "DB"), costed - cost, "margin");
    assert_eq!((&euros["ohne Einstand"], &euros["ohne Preis"]), (&2.into(), &3.into()), "{euros}");
}

#[test]
fn figures_of_single_persons_are_for_themselves() {
    let company = company();
    // whoever looks at the demo is the managing director, who sells nothing
    let names = |company: &TestEnvironment| {
        let found = rows(company, &["margin", "--set", "by=field-rep", "--from", "2026-01-01"]);
        let mut names: Vec<String> = found.iter().map(|row| row["Posten"].as_str().unwrap().to_owned()).collect();
        names.sort();
        names.dedup();
        names
    };
    assert!(
        names(&company).iter().all(|name| ["ADM zusammen", "ohne ADM"].contains(&name.as_str())),
        "{:?}",
        names(&company)
    );
    let own = rows(&company, &["workload", "--set", "by=employee"]);
    assert!(own.len() == 1 && own[0]["Posten"] == "Karin Vollmer", "{own:?}");
    company.configure("[report.privacy]\nper_person = true\n");
    assert!(names(&company).contains(&"Sabine Keller".to_owned()));
    assert_eq!(rows(&company, &["workload", "--set", "by=employee"]).len(), 12);
}

#[test]
fn money_that_lies_around() {
    let company = company();
    let open = "FROM documents WHERE kind = 'invoice' AND status = 'open' AND open_amount > 0 AND currency = 'EUR'";
    for by in ["age", "customer", "invoice"] {
        let found = rows(&company, &["open-items", "--set", &format!("by={by}")]);
        near(sum(&found, "Offen brutto"), number(&company, &format!("SELECT sum(open_amount) {open}")), by);
        near(sum(&found, "Anzahl"), number(&company, &format!("SELECT count(*) {open}")), by);
        let overdue = format!("SELECT sum(open_amount) {open} AND payment_due_at <= '2026-11-24 00:00+01'");
        near(sum(&found, "davon überfällig"), number(&company, &overdue), by);
    }
    let ages: Vec<Value> = rows(&company, &["open-items"]).into_iter().map(|row| row["Posten"].clone()).collect();
    assert_eq!(ages, ["noch nicht fällig", "1 bis 30 Tage", "ohne Ziel"]);

    let notes = "FROM documents WHERE kind = 'delivery_note' AND status = 'open' AND invoicing_status = 'none'";
    let found = rows(&company, &["unbilled"]);
    near(sum(&found, "Nicht berechnet"), number(&company, &format!("SELECT sum(net_amount) {notes}")), "unbilled");
    let old = rows(&company, &["unbilled", "--set", "older=14"]);
    let days = format!("SELECT count(*) {notes} AND delivered_at < '2026-11-11 00:00+01'");
    assert_eq!(old.len() as f64, number(&company, &days));
    assert!(old.len() < found.len() && !old.is_empty());
}

#[test]
fn offers_open_and_decided() {
    let company = company();
    let found = rows(&company, &["pipeline"]);
    near(
        sum(&found, "Netto"),
        number(&company, "SELECT sum(net_amount) FROM documents WHERE kind = 'offer' AND status = 'open'"),
        "open",
    );
    let large = rows(&company, &["pipeline", "--set", "min=20.000,00"]);
    assert!(!large.is_empty() && large.iter().all(|row| sum(std::slice::from_ref(row), "Netto") >= 20_000.0));
    for by in ["month", "department", "field-rep", "partner"] {
        let found = rows(&company, &["offer-quota", "--set", &format!("by={by}")]);
        for (column, status) in [("gewonnen", "won"), ("verloren", "lost")] {
            let decided = format!(
                "FROM documents WHERE kind = 'offer' AND status = '{status}' AND (closed_at AT TIME ZONE 'Europe/Berlin')::date BETWEEN '2026-11-01' AND '2026-11-24'"
            );
            near(sum(&found, column), number(&company, &format!("SELECT count(*) {decided}")), by);
            near(
                sum(&found, &format!("{column} netto")),
                number(&company, &format!("SELECT sum(net_amount) {decided}")),
                by,
            );
        }
    }
    let lost = number(
        &company,
        "SELECT max(net_amount) FROM documents WHERE kind = 'offer' AND status = 'lost' AND closed_at::date = '2026-11-24'",
    );
    assert!(lost > 30_000.0, "a big one is lost today");
}

#[test]
fn people_and_tickets() {
    let company = company();
    let away = rows(&company, &["away-this-week"]);
    assert_eq!(away.len(), 1);
    assert_eq!(away[0]["Mitarbeiter"], "Jens Hofmann");
    assert!(!away[0].to_string().contains("vacation"), "{away:?}");
    assert!(rows(&company, &["away-this-week", "--set", "department=Technik"]).is_empty());

    let work = rows(&company, &["workload"]);
    near(sum(&work, "Mitarbeiter"), 12.0, "employees");
    near(sum(&work, "heute abwesend"), 1.0, "away");
    near(sum(&work, "Tickets"), number(&company, "SELECT count(*) FROM tickets WHERE status <> 'closed'"), "tickets");

    for by in ["severity", "department", "team", "customer", "month"] {
        let found = rows(&company, &["sla", "--set", &format!("by={by}")]);
        let closed = "FROM tickets WHERE status = 'closed' AND closed_at >= '2026-11-01 00:00+01' AND closed_at < '2026-11-25 00:00+01'";
        near(sum(&found, "Geschlossen"), number(&company, &format!("SELECT count(*) {closed}")), by);
        near(
            sum(&found, "Frist gehalten"),
            number(&company, &format!("SELECT count(*) {closed} AND closed_at <= due_at")),
            by,
        );
    }
    let birthdays = rows(&company, &["birthdays"]);
    assert!(birthdays.iter().any(|row| row["Name"] == "Nina Schäfer" && row["Tag"] == "2026-12-01"), "{birthdays:?}");
    assert!(birthdays.iter().any(|row| row["Tag"] == "2026-11-24"), "{birthdays:?}");
}

#[test]
fn waiting_after_the_due_instant_is_taken_off() {
    let company = TestEnvironment::new();
    company.database.execute(
        "INSERT INTO tickets (number, title, severity, status, opened_at, due_at, closed_at) VALUES
            ('T1', 'waited', 'high', 'closed', '2026-11-23 08:00+01', '2026-11-23 12:00+01', '2026-11-23 15:00+01'),
            ('T2', 'late', 'high', 'closed', '2026-11-23 08:00+01', '2026-11-23 12:00+01', '2026-11-23 15:00+01');
         DELETE FROM ticket_events;
         INSERT INTO ticket_events (ticket_id, at, kind, old_value, new_value)
             SELECT id, v.at::timestamptz, 'status', '', v.status FROM tickets, (VALUES
                 ('T1', '2026-11-23 11:00+01', 'waiting'), ('T1', '2026-11-23 15:00+01', 'closed'),
                 ('T2', '2026-11-23 09:00+01', 'waiting'), ('T2', '2026-11-23 13:00+01', 'in_progress'), ('T2', '2026-11-23 15:00+01', 'closed')
             ) AS v (number, at, status) WHERE tickets.number = v.number",
    );
    let found = rows(&company, &["sla"]);
    assert_eq!((&found[0]["Geschlossen"], &found[0]["Frist gehalten"]), (&2.into(), &1.into()), "{found:?}");
    assert_eq!(found[0]["Größte Verspätung Stunden"].as_f64(), Some(2.0), "{found:?}");
}

#[test]
fn contracts_and_who_has_what() {
    let company = company();
    let active = "FROM contracts WHERE status = 'active' AND partner_id IS NOT NULL AND ends_at > '2026-11-24 18:00+01' AND starts_at <= '2026-11-24 18:00+01'";
    for by in ["name", "customer", "contract"] {
        let found = rows(&company, &["contracts", "--set", &format!("by={by}"), "--set", "months=3"]);
        near(sum(&found, "Betrag je Abrechnung"), number(&company, &format!("SELECT sum(amount) {active}")), by);
        near(sum(&found, "im Jahr") / 4.0, number(&company, &format!("SELECT sum(amount) {active}")), by);
    }
    let found = rows(&company, &["sold-without", "--set", "has=m365", "--set", "without=AV-1Y"]);
    let expected = "SELECT count(*) FROM partners p WHERE
        EXISTS (SELECT FROM v_margin m WHERE m.customer_number = p.number AND m.kind = 'invoice' AND m.product_number = 'M365')
        AND NOT EXISTS (SELECT FROM v_margin m WHERE m.customer_number = p.number AND m.kind = 'invoice' AND m.product_number = 'AV-1Y')";
    assert_eq!(found.len() as f64, number(&company, expected));
    let support = rows(&company, &["sold-without", "--set", "has=rund um die Uhr", "--set", "without=Software"]);
    assert!(support.len() <= 3, "{support:?}");

    let overdue = rows(&company, &["overdue"]);
    assert_eq!(overdue.len() as f64, number(&company, "SELECT count(*) FROM v_overdue"));
    let of_one = rows(&company, &["overdue", "--set", "type=task"]);
    assert!(!of_one.is_empty() && of_one.iter().all(|row| row["Bereich"] == "task"));
}
