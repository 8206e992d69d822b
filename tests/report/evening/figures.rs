//! Every figure of every column.

use chrono::{Datelike, NaiveDate};
use diesel::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Date, Numeric, Text};
use rust_decimal::Decimal;
use wvl::demo::{company, mark, place};
use wvl::report::evening::{Evening, Period, Row};
use wvl::report::figure::{Amount, FigureKey};

use super::{EUR, asked, at, cell, day, house, now, question, settings};
use crate::env::TestDatabase;

/// The day that a document counts for, in plain SQL.
const BY_DATE: &str = "d.document_date";
const BY_BOOKING: &str = "(d.booked_at AT TIME ZONE '{zone}')::date";

/// What a plain statement answers for the days from the first to the last.
fn plain(connection: &mut PgConnection, by: &str, figure: FigureKey, currency: &str, days: [NaiveDate; 2]) -> Amount {
    #[derive(QueryableByName)]
    struct Found {
        #[diesel(sql_type = BigInt)]
        count: i64,
        #[diesel(sql_type = BigInt)]
        credit_notes: i64,
        #[diesel(sql_type = Numeric)]
        amount: Decimal,
        #[diesel(sql_type = Numeric)]
        base: Decimal,
        #[diesel(sql_type = BigInt)]
        unpriced: i64,
    }
    let counted = format!("{by} BETWEEN $1 AND $2 AND d.currency = $3 AND d.status <> 'void'");
    let heads = |kind: &str| {
        format!(
            "SELECT count(*), 0::bigint AS credit_notes, coalesce(sum(d.net_amount), 0) AS amount, 0::numeric AS base,
                count(*) FILTER (WHERE d.net_amount IS NULL) AS unpriced
             FROM documents d WHERE d.kind = '{kind}' AND {counted}"
        )
    };
    let sql = match figure {
        FigureKey::Offers => heads("offer"),
        FigureKey::Orders => heads("order"),
        FigureKey::DeliveryNotes => heads("delivery_note"),
        FigureKey::Invoices => format!(
            "SELECT count(*) FILTER (WHERE d.kind = 'invoice'), count(*) FILTER (WHERE d.kind = 'credit_note') AS credit_notes,
                coalesce(sum(CASE WHEN d.kind = 'invoice' THEN d.net_amount WHEN d.net_amount > 0 THEN -d.net_amount
                    ELSE d.net_amount END), 0) AS amount,
                0::numeric AS base, count(*) FILTER (WHERE d.net_amount IS NULL) AS unpriced
             FROM documents d WHERE d.kind IN ('invoice', 'credit_note') AND {counted}"
        ),
        FigureKey::Margin => format!(
            "SELECT count(DISTINCT d.id) FILTER (WHERE d.kind = 'invoice'),
                count(DISTINCT d.id) FILTER (WHERE d.kind = 'credit_note') AS credit_notes,
                coalesce(sum(m.margin), 0) AS amount, coalesce(sum(m.net) FILTER (WHERE m.margin IS NOT NULL), 0) AS base,
                count(DISTINCT d.id) FILTER (WHERE m.net IS NULL AND m.quantity IS DISTINCT FROM 0) AS unpriced
             FROM documents d JOIN v_margin m ON m.kind = d.kind AND m.number = d.number
             WHERE d.kind IN ('invoice', 'credit_note') AND {counted}"
        ),
    };
    let found: Found = diesel::sql_query(sql)
        .bind::<Date, _>(days[0])
        .bind::<Date, _>(days[1])
        .bind::<Text, _>(currency)
        .get_result(connection)
        .unwrap();
    Amount {
        count: found.count,
        credit_notes: found.credit_notes,
        amount: found.amount,
        base: found.base,
        unpriced: found.unpriced,
    }
}

/// Holds the first and the third column against plain statements.
fn hold(connection: &mut PgConnection, by: &str, evening: &Evening) {
    let first = match evening.period {
        Period::Day | Period::Week => evening.day.with_day(1).unwrap(),
        Period::Month => evening.day.with_ordinal(1).unwrap(),
    };
    let days = [evening.days[0], *evening.days.last().unwrap()];
    assert_eq!(days[1], evening.day);
    let tables = [(EUR, &evening.core.rows)].into_iter();
    let tables = tables.chain(evening.core.other_currencies.iter().map(|(currency, rows)| (currency.as_str(), rows)));
    for (currency, rows) in tables {
        for Row { figure, now, total, .. } in rows {
            let told = format!("{figure} in {currency}, {:?} of {}, by {by}", evening.period, evening.day);
            assert_eq!(*now, plain(connection, by, *figure, currency, days), "{told}");
            assert_eq!(*total, plain(connection, by, *figure, currency, [first, evening.day]), "total of {told}");
        }
    }
    // what is not told is nothing
    for currency in ["CHF", "USD"] {
        if !evening.core.other_currencies.iter().any(|(known, _)| known == currency) {
            for figure in FigureKey::ALL {
                let found = plain(connection, by, figure, currency, [first.min(days[0]), evening.day]);
                assert_eq!((found.count, found.credit_notes), (0, 0), "{figure} in {currency} of {}", evening.day);
            }
        }
    }
}

fn hold_everywhere(connection: &mut PgConnection, days: &[&str]) {
    let zones = ["Europe/Berlin", "America/St_Johns", "Pacific/Auckland"];
    for (zone, by) in [(zones[0], BY_DATE), (zones[0], BY_BOOKING), (zones[1], BY_BOOKING), (zones[2], BY_BOOKING)] {
        let count_by = if by == BY_DATE { "document_date" } else { "booked_at" };
        let more = format!("zone = \"{zone}\"\n[report]\ncount_by = \"{count_by}\"\ndelivery_notes = \"yes\"\n");
        let settings = settings(&more);
        for on in days {
            for period in [Period::Day, Period::Week, Period::Month] {
                let mut question = question(&settings, on);
                question.period = period;
                let evening = asked(connection, &question);
                hold(connection, &by.replace("{zone}", zone), &evening);
            }
        }
    }
}

#[test]
fn every_figure_is_what_a_plain_statement_says() {
    let (_database, mut connection) = house();
    let days = ["2026-10-26", "2026-11-02", "2026-11-05", "2026-11-09", "2026-11-10", "2026-11-12", "2026-11-16"];
    hold_everywhere(&mut connection, &days);
    hold_everywhere(
        &mut connection,
        &["2026-11-19", "2026-11-20", "2026-11-22", "2026-11-23", "2026-11-24", "2026-11-30"],
    );
}

#[test]
fn every_figure_of_a_monday_by_hand() {
    let (_database, mut connection) = house();
    let settings = settings("");
    let evening = asked(&mut connection, &question(&settings, "2026-11-23"));
    assert_eq!(evening.days, [day("2026-11-21"), day("2026-11-22"), day("2026-11-23")]);
    assert_eq!(now(&evening, FigureKey::Offers), "3 0 1500.55 0");
    assert_eq!(now(&evening, FigureKey::Orders), "2 0 19000 0");
    assert_eq!(now(&evening, FigureKey::DeliveryNotes), "1 0 400 0");
    // 780 + 1000 + 500 + 200 less 340 and 100
    assert_eq!(now(&evening, FigureKey::Invoices), "4 2 2040 0");
    // costed 680, 1000, 2000 - 1501 (what was billed before), -340, -100; cost 600, 0, 1200 - 300, -300, -60
    assert_eq!(now(&evening, FigureKey::Margin), "4 2 599 1739");
    let usual = |figure| cell(evening.core.row(figure).unwrap().usual.as_ref().unwrap());
    assert_eq!(evening.core.compared, 4);
    // (7000 + 300.10) / 4; (1200.01 + 400 + 50 + 90) / 4
    assert_eq!(usual(FigureKey::Offers), "1 0 1825.03 0");
    assert_eq!(usual(FigureKey::Orders), "1 0 435 0");
    // (500 + 50 + 120 - 80 - 40) / 4
    assert_eq!(usual(FigureKey::Invoices), "1 1 137.5 0");
    let uncosted = &evening.core.uncosted;
    // RE-8 has no lines
    assert_eq!((uncosted.lines, uncosted.net.normalize().to_string()), (3, "301".to_owned()));
    assert_eq!(uncosted.named, ["RE-8 Lieferung", "RE-1 Pos. 2 Anfahrt", "RE-4 Pos. 2 Stunden"]);
    assert_eq!(evening.core.advances.to_string(), "1000");
    assert_eq!(evening.core.last_booked, None);
    let others: Vec<&str> = evening.core.other_currencies.iter().map(|(currency, _)| currency.as_str()).collect();
    assert_eq!(others, ["CHF"], "dollars were booked in October only");
    let (_, chart, _) = evening.core.chart.days[22];
    let invoices = evening.core.row(FigureKey::Invoices).unwrap();
    assert_eq!((chart, evening.core.chart.figure), (invoices.total.amount, FigureKey::Invoices));
}

#[test]
fn a_day_without_anything_is_told_with_the_last_one_that_had() {
    let (_database, mut connection) = house();
    let settings = settings("");
    let evening = asked(&mut connection, &question(&settings, "2026-11-27"));
    assert!(evening.core.is_empty());
    assert_eq!(evening.core.last_booked, Some(day("2026-11-24")));
    let nobody = TestDatabase::new();
    let evening = asked(&mut nobody.connect(), &question(&settings, "2026-11-27"));
    assert!(evening.core.is_empty() && evening.failed().is_empty());
    assert_eq!((evening.core.last_booked, evening.core.compared), (None, 0));
    assert_eq!(evening.core.rows.len(), 4);
}

#[test]
fn targets_are_those_of_the_house_else_of_its_companies() {
    let (database, mut connection) = house();
    let settings =
        settings("[report.target]\nmargin = 1000\norders = 9000\n[report.target.\"2026-10\"]\nmargin = 800\n");
    let target = |connection: &mut PgConnection, on: &str, figure| {
        let evening = asked(connection, &question(&settings, on));
        evening.core.row(figure).unwrap().target.map(|target| target.to_string())
    };
    assert_eq!(target(&mut connection, "2026-11-23", FigureKey::Margin).as_deref(), Some("1000"));
    assert_eq!(target(&mut connection, "2026-10-23", FigureKey::Margin).as_deref(), Some("800"));
    database.execute(
        "INSERT INTO companies (name) VALUES ('Zweite');
         INSERT INTO sales_targets (month, figure, company_id, amount) SELECT '2026-11-01', 'margin', id, 30 FROM companies;
         INSERT INTO sales_targets (month, figure, company_id, field_rep_id, amount)
            SELECT '2026-11-01', 'margin', NULL, id, 7 FROM employees WHERE number = 1;",
    );
    assert_eq!(target(&mut connection, "2026-11-23", FigureKey::Margin).as_deref(), Some("60"));
    assert_eq!(target(&mut connection, "2026-11-23", FigureKey::Orders).as_deref(), Some("9000"));
    database.execute("INSERT INTO sales_targets (month, figure, amount) VALUES ('2026-11-01', 'margin', 55)");
    assert_eq!(target(&mut connection, "2026-11-23", FigureKey::Margin).as_deref(), Some("55"));
}

/// Documents of every shape that a table lets through, none of them chosen by hand.
fn random_documents(database: &TestDatabase, seed: &str) {
    database.execute(&format!(
        "SELECT setseed({seed});
         INSERT INTO documents (kind, number, document_date, booked_at, status, net_amount, cost_amount, currency)
            SELECT (ARRAY['invoice', 'invoice', 'credit_note', 'order', 'offer', 'delivery_note'])[1 + floor(random() * 6)], n,
                '2026-10-20'::date + floor(random() * 35)::integer, '2026-10-20 00:00+02'::timestamptz + random() * interval '35 days',
                CASE WHEN random() < 0.1 THEN 'void' ELSE 'open' END,
                CASE WHEN random() < 0.9 THEN round((random() * 2000 - 300)::numeric, 2) END,
                CASE WHEN random() < 0.6 THEN round((random() * 900)::numeric, 2) END,
                CASE WHEN random() < 0.1 THEN 'CHF' ELSE 'EUR' END
            FROM generate_series(1, 600) n;
         INSERT INTO document_details (document_id, invoice_kind)
            SELECT id, (ARRAY['normal', 'advance', 'partial', 'final', 'final'])[1 + floor(random() * 5)] FROM documents
            WHERE random() < 0.7;
         INSERT INTO document_lines (document_id, line, quantity, unit_price, discount_percent, unit_cost)
            SELECT d.id, n, (ARRAY[1, 2, -1, 0, 0.5, 3])[1 + floor(random() * 6)],
                CASE WHEN random() < 0.93 THEN round((random() * 400 - 20)::numeric, 3) END,
                CASE WHEN random() < 0.3 THEN round((random() * 30)::numeric, 2) ELSE 0 END,
                CASE WHEN random() < 0.8 THEN round((random() * 300)::numeric, 4) END
            FROM documents d, generate_series(1, 4) n WHERE random() < 0.7;
         -- half of them are worth what their lines are
         UPDATE documents d SET net_amount = l.net FROM (
            SELECT document_id, sum(round(quantity * unit_price * (1 - discount_percent / 100), 2)) AS net
            FROM document_lines GROUP BY 1) l
         WHERE l.document_id = d.id AND d.id % 2 = 0"
    ));
}

#[test]
fn every_figure_of_documents_that_nobody_chose() {
    for seed in ["0.1", "-0.7"] {
        let database = TestDatabase::new();
        random_documents(&database, seed);
        hold_everywhere(&mut database.connect(), &["2026-10-27", "2026-11-02", "2026-11-11", "2026-11-23"]);
    }
}

#[test]
fn every_figure_of_the_demo_company() {
    let database = TestDatabase::new();
    let mut connection = database.connect();
    mark::set(&mut connection).unwrap();
    let text = place::CONFIGURATION.replace("signing_keys_file = \"signing-keys\"", "");
    let demo = wvl::settings::Settings::load(&wvl::config::Source::from_text("wvl.toml", &text), &[]).unwrap().0;
    let now = at("2026-11-20T17:00:00+01:00");
    assert!(company::fill(&mut connection, now, demo.calendar("default").unwrap()).unwrap());
    hold_everywhere(&mut connection, &["2026-11-18", "2026-11-19", "2026-11-20", "2026-11-30"]);
}
