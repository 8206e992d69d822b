//! `--detail`: exactly the rows behind a figure.

use std::collections::BTreeMap;

use diesel::PgConnection;
use rust_decimal::Decimal;
use wvl::output::Cell;
use wvl::report::evening::{Evening, Period, Question, Row, Scope, Since};
use wvl::report::figure::FigureKey;
use wvl::report::{Detail, detail};

use super::{EUR, asked, house, question, settings};

/// Rows, each by the keys of its columns.
fn rows(connection: &mut PgConnection, question: &Question<'_>, what: &str) -> Vec<BTreeMap<String, Cell>> {
    let mut found = Vec::new();
    let count = detail(connection, question, what.parse::<Detail>().unwrap(), |columns, rows| {
        for row in rows {
            assert_eq!(columns.len(), row.len(), "{what}");
            found.push(columns.iter().map(|column| column.key.clone()).zip(row).collect());
        }
        Ok(true)
    });
    assert_eq!(count.unwrap(), found.len() as u64, "{what}");
    found
}

fn text(row: &BTreeMap<String, Cell>, key: &str) -> String {
    row.get(key).unwrap_or_else(|| panic!("{key} is missing in {row:?}")).for_programs()
}

/// What the rows in a currency add up to.
fn sum(rows: &[BTreeMap<String, Cell>], key: &str, currency: &str) -> Decimal {
    let of = rows.iter().filter(|row| text(row, "currency") == currency);
    of.filter_map(|row| match &row[key] {
        Cell::Money(amount) => Some(*amount),
        Cell::Empty => None,
        other => panic!("{key} is {other:?}"),
    })
    .sum()
}

fn references(rows: &[BTreeMap<String, Cell>]) -> String {
    rows.iter().map(|row| text(row, "number")).collect::<Vec<_>>().join(" ")
}

/// Every cell of the table against the rows behind it.
fn hold(connection: &mut PgConnection, question: &Question<'_>) {
    let evening = asked(connection, question);
    let days = i64::try_from(evening.core.compared).unwrap();
    for Row { figure, now, usual, total, .. } in &evening.core.rows {
        let cells = [("now", Some(now), 1), ("usual", usual.as_ref(), days), ("total", Some(total), 1)];
        for (place, cell, days) in cells.into_iter().filter_map(|(place, cell, days)| Some((place, cell?, days))) {
            let what = format!("{figure}:{place}");
            let found = rows(connection, question, &what);
            let told = format!("{what} of {} {:?} {:?}", evening.day, evening.period, question.scope);
            let column = if *figure == FigureKey::Margin { "margin" } else { "net" };
            let off = sum(&found, column, EUR) / Decimal::from(days) - cell.amount;
            assert!(off.abs() <= Decimal::new(if days > 1 { 5 } else { 0 }, 3), "{told}: {off} of {}", cell.amount);
            if *figure != FigureKey::Margin && days == 1 {
                let credit = |row: &&BTreeMap<String, Cell>| text(row, "kind") == "credit_note";
                let of: Vec<&BTreeMap<String, Cell>> =
                    found.iter().filter(|row| text(row, "currency") == EUR).collect();
                let credits = of.iter().copied().filter(credit).count();
                assert_eq!((of.len() - credits, credits), (cell.count as usize, cell.credit_notes as usize), "{told}");
            }
        }
    }
    let uncosted = rows(connection, question, "uncosted");
    assert_eq!(sum(&uncosted, "net", EUR), evening.core.uncosted.net);
    let in_euros = uncosted.iter().filter(|row| text(row, "currency") == EUR).count();
    assert_eq!(in_euros as i64, evening.core.uncosted.lines);
    assert_eq!(sum(&rows(connection, question, "advances"), "net", EUR), evening.core.advances);
    piles(connection, question, &evening);
    counts(connection, question, &evening);
}

fn piles(connection: &mut PgConnection, question: &Question<'_>, evening: &Evening) {
    let lying = evening.lying.there().unwrap();
    for (what, pile) in [
        ("unbilled", &lying.unbilled),
        ("unbilled-14", &lying.unbilled_old),
        ("overdue", &lying.overdue),
        ("overdue-60", &lying.overdue_old),
        ("contracts", &lying.contracts),
    ] {
        let found = rows(connection, question, what);
        assert_eq!((found.len() as i64, sum(&found, "amount", EUR)), (pile.count, pile.amount), "{what}");
        for (currency, amount) in &pile.others {
            assert_eq!(sum(&found, "amount", currency), *amount, "{what} in {currency}");
        }
    }
}

fn counts(connection: &mut PgConnection, question: &Question<'_>, evening: &Evening) {
    let extended = evening.extended.as_ref().and_then(|part| part.there()).unwrap();
    let names =
        ["purchase_orders", "tickets_opened", "tickets_closed", "tickets_open", "tickets_overdue", "tasks_done"];
    for name in names.into_iter().chain(["tasks_open", "tasks_overdue"]) {
        let count = extended.counts.iter().find(|count| count.name == name).unwrap().count;
        assert_eq!(rows(connection, question, name).len() as i64, count, "{name}");
    }
    let steps: i64 =
        extended.counts.iter().filter(|count| count.name.starts_with("escalations_")).map(|count| count.count).sum();
    assert_eq!(rows(connection, question, "escalations").len() as i64, steps);
}

/// Tickets, tasks and the like, in every state.
const WORK: &str = "
    INSERT INTO tickets (number, title, severity, status, handler_id, opened_at, due_at)
        SELECT 'T' || n, 'Drucker', 'high', (ARRAY['assigned', 'waiting', 'unread'])[1 + n % 3], e.id,
            '2026-11-23 08:00+01'::timestamptz - n * interval '5 hours', '2026-11-22 08:00+01'::timestamptz + n * interval '6 hours'
        FROM generate_series(1, 12) n JOIN employees e ON e.number = 1 + n % 6;
    UPDATE tickets SET status = 'closed', closed_at = '2026-11-23 10:00+01' WHERE number IN ('T2', 'T9');
    UPDATE tickets SET status = 'closed', closed_at = '2026-11-13 10:00+01' WHERE number = 'T3';
    INSERT INTO tasks (number, title, status, handler_id, due_at, done_at)
        SELECT 'A' || n, 'Anruf', CASE WHEN n % 4 = 0 THEN 'done' ELSE 'open' END, e.id,
            '2026-11-22 08:00+01'::timestamptz + n * interval '9 hours', CASE WHEN n % 4 = 0 THEN '2026-11-23 09:00+01'::timestamptz END
        FROM generate_series(1, 9) n JOIN employees e ON e.number = 1 + n % 6;
    INSERT INTO purchase_orders (number, order_date, net_amount, currency, status, handler_id)
        SELECT 'B' || n, '2026-11-20'::date + n, n * 100, CASE WHEN n = 3 THEN 'CHF' ELSE 'EUR' END,
            CASE WHEN n = 1 THEN 'void' ELSE 'open' END, e.id
        FROM generate_series(1, 4) n JOIN employees e ON e.number = n;
    INSERT INTO contracts (number, name, amount, next_billing_at, notice_by) VALUES
        ('V-1', 'Wartung', 99, '2026-11-12 00:00+01', '2026-11-24 00:00+01'), ('V-2', 'Miete', NULL, '2026-11-23 00:00+01', NULL),
        ('V-3', 'Hosting', 12, '2026-11-24 00:00+01', '2026-11-28 00:00+01');
    UPDATE documents SET open_amount = net_amount * 1.19, payment_due_at = document_date + interval '9 days'
        WHERE kind = 'invoice' AND status = 'open' AND net_amount > 0;
    UPDATE documents SET payment_due_at = '2026-09-23 00:00+02' WHERE number = 'RE-3';
    UPDATE documents SET payment_due_at = '2026-09-25 00:00+02' WHERE number = 'RE-5';
    UPDATE documents SET delivered_at = '2026-11-04 10:00+01' WHERE number = 'LS-2';
    INSERT INTO escalation_steps (type, item_id, due_version, step, at, due_at, reference, title, recipients, rehearsal, baseline)
        SELECT 'task', n::text, 1, s, '2026-11-23 09:00+01', '2026-11-20 00:00+01', 'A' || n, 'Anruf', '{}', n <> 2, n = 3
        FROM generate_series(1, 3) n, unnest(ARRAY[-3, 1, 2, 3, 101, 102]) s;";

#[test]
fn the_rows_behind_a_figure_add_up_to_it() {
    let (database, mut connection) = house();
    database.execute(WORK);
    let vertrieb = database.number("SELECT id FROM departments WHERE name = 'Vertrieb'");
    let anna = database.number("SELECT id FROM employees WHERE number = 1");
    for more in ["", "count_by = \"booked_at\"\n"] {
        let settings = settings(&format!("[report]\ndelivery_notes = \"yes\"\n{more}"));
        for scope in [Scope::House, Scope::Department(vertrieb), Scope::Employee(anna)] {
            for period in [Period::Day, Period::Week, Period::Month] {
                let question = Question { extended: true, scope, period, ..question(&settings, "2026-11-23") };
                hold(&mut connection, &question);
            }
        }
    }
}

#[test]
fn rows_have_names_and_stand_there_once() {
    let (database, mut connection) = house();
    database.execute(WORK);
    let settings = settings("");
    let question = question(&settings, "2026-11-23");
    let mut found = |what: &str| references(&rows(&mut connection, &question, what));
    assert_eq!(found("orders"), "AB-2 AB-1");
    assert_eq!(found("invoices"), "RE-2 RE-1 RE-10 RE-4 RE-8 GS-1 GS-2");
    assert_eq!(found("invoices:usual"), "RE-11 RE-16 RE-12 RE-13 GS-5 GS-6 RE-3 GS-7");
    assert_eq!(found("margin"), "RE-2 RE-1 RE-1 RE-1 RE-1 RE-10 RE-4 RE-4 RE-4 RE-8 GS-1 GS-2");
    assert_eq!(found("uncosted"), "RE-1 RE-4 RE-8");
    assert_eq!(found("overdue-60"), "RE-3");
    assert_eq!(found("unbilled"), "LS-2 LS-5 LS-1");
    assert_eq!(found("unbilled-14"), "LS-2");
    assert_eq!(found("contracts"), "V-1 V-2");
    assert_eq!((found("late").as_str(), found("voided").as_str()), ("", ""));
    let exceptions = rows(&mut connection, &question, "exceptions");
    let rules: Vec<String> = exceptions.iter().map(|row| text(row, "rule") + " " + &text(row, "number")).collect();
    assert_eq!(rules[..2], ["notice V-1", "low-margin AB-2"], "{rules:?}");
    assert_eq!(rules.last().unwrap(), "largest AB-1");
    let booked = Since { at: question.now, day: question.day, snapshot: None };
    let later = Question { since: Some(booked), ..question };
    assert_eq!(rows(&mut connection, &later, "late").len(), 0);
}
