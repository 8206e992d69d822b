//! The demo: its company has something at every stage, its load is reproducible, and it touches no other database.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use diesel::PgConnection;
use wvl::config::Source;
use wvl::demo::load::{Plan, load};
use wvl::demo::{company, history, instant, mark, place};
use wvl::error::Kind;
use wvl::escalation::{self, Options};
use wvl::outbox::message_id::SigningKeys;
use wvl::settings::Settings;
use wvl::template::Templates;

use crate::env::{TestDatabase, TestEnvironment};

/// The demo's own configuration, without what lies in files beside it.
fn settings() -> Settings {
    let text = place::CONFIGURATION.replace("signing_keys_file = \"signing-keys\"", "");
    Settings::load(&Source::from_text("wvl.toml", &text), &[]).unwrap().0
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn demo_database(now: DateTime<Utc>) -> (TestDatabase, PgConnection) {
    let database = TestDatabase::new();
    let mut connection = database.connect();
    mark::set(&mut connection).unwrap();
    let settings = settings();
    assert!(company::fill(&mut connection, now, settings.calendar("default").unwrap()).unwrap());
    (database, connection)
}

/// A fingerprint of what the load made: everything but keys that the database gives out and the times of making.
fn fingerprint(database: &TestDatabase) -> String {
    database.text(
        "SELECT md5(string_agg(concat_ws('|', d.kind, d.number, d.title, p.number, h.number, f.number, d.document_date, d.booked_at,
            d.follow_up_at, d.commissioning_due_at, d.delivery_due_at, d.payment_due_at, d.net_amount, d.cost_amount, d.open_amount,
            p.name, p.street, p.city,
            (SELECT string_agg(concat_ws('/', line, description, unit_price), ';' ORDER BY line)
                FROM wvl.document_lines WHERE document_id = d.id)), ' ' ORDER BY d.number))
        FROM wvl.documents d JOIN wvl.partners p ON p.id = d.partner_id JOIN wvl.employees h ON h.id = d.handler_id
            LEFT JOIN wvl.employees f ON f.id = d.field_rep_id
        WHERE d.number LIKE 'L________'",
    )
}

#[test]
fn the_same_seed_gives_the_same_rows() {
    let now = at("2026-11-20T12:00:00+01:00");
    let settings = settings();
    let calendar = settings.calendar("default").unwrap();
    let plan = Plan { size: 3_000, seed: 7, due: 100, backlog: 0 };

    let (database, mut connection) = demo_database(now);
    load(&mut connection, plan, now, calendar, |_| ()).unwrap();
    let first = fingerprint(&database);
    assert_eq!(
        database.number("SELECT count(*) FROM wvl.documents WHERE number LIKE 'L________' AND status = 'open'"),
        3_000
    );
    assert_eq!(database.number("SELECT count(*) FROM wvl.partners WHERE number LIKE 'LK-%'"), 200);
    // exactly the wanted offers are due, and nothing else that the load made
    let due = "SELECT count(*) FROM wvl.documents WHERE number LIKE 'L________'
        AND least(follow_up_at, commissioning_due_at, delivery_due_at, payment_due_at, delivered_at) < '2026-11-20T12:00+01'";
    assert_eq!(database.number(due), 100);

    // once more in the same place, and in another database
    load(&mut connection, plan, now, calendar, |_| ()).unwrap();
    assert_eq!(fingerprint(&database), first);
    let (other, mut connection) = demo_database(now);
    load(&mut connection, plan, now, calendar, |_| ()).unwrap();
    assert_eq!(fingerprint(&other), first);
    load(&mut connection, Plan { seed: 8, ..plan }, now, calendar, |_| ()).unwrap();
    assert_ne!(fingerprint(&other), first);
}

#[test]
fn a_backlog_has_been_told_of_and_stays_silent_until_its_repetition() {
    let now = at("2026-11-20T17:00:00+01:00");
    let (settings, templates) = (settings(), Templates::load(None).unwrap());
    let keys = SigningKeys::new(&[[7_u8; 32]]).unwrap();
    let (database, mut connection) = demo_database(now);
    let plan = Plan { size: 1_000, seed: 1, due: 10, backlog: 500 };
    load(&mut connection, plan, now, settings.calendar("default").unwrap(), |_| ()).unwrap();
    let overdue = "FROM wvl.escalation_offer_follow_up v JOIN wvl.escalation_chains c ON c.item_id = v.item_id::text
        WHERE c.type = 'offer-follow-up' AND c.due_version = extract(epoch FROM v.due_at) / 60 AND v.reference LIKE 'L________'";
    assert_eq!(database.number(&format!("SELECT count(*) {overdue} AND c.step = 3 AND c.state = 'live'")), 500);
    assert_eq!(
        database.text(&format!(
            "SELECT max(v.due_at)::date - min(v.due_at)::date > 600 AND count(DISTINCT v.due_at) > 300 {overdue}"
        )),
        "true"
    );
    assert_eq!(
        database.text(
            "SELECT string_agg(concat(step, ' ', at AT TIME ZONE 'Europe/Berlin', ' ', n), ', ' ORDER BY step) FROM
             (SELECT step, at, count(*) AS n FROM wvl.escalation_steps WHERE reference LIKE 'L________' GROUP BY 1, 2) AS taken"
        ),
        "1 2026-11-16 08:00:00 500, 2 2026-11-17 08:00:00 500, 3 2026-11-19 08:00:00 500"
    );
    let mut told = |now: &str| {
        let report = escalation::run(&mut connection, &settings, &templates, &keys, at(now), Options::default())
            .unwrap()
            .unwrap();
        let offers = report.steps.iter().filter(|step| step.rules.key == "offer-follow-up");
        let of_load = offers.filter(|step| step.item.reference.starts_with('L'));
        of_load.map(|step| step.step().code()).collect::<BTreeSet<i32>>()
    };
    assert_eq!(told("2026-11-20T17:00:00+01:00"), BTreeSet::from([1]));
    assert_eq!(told("2026-11-23T17:00:00+01:00"), BTreeSet::from([2]));
    // forty working hours after Thursday, 8:00
    assert!(told("2026-11-25T08:00:00+01:00").contains(&101));
}

#[test]
fn a_database_that_the_demo_did_not_make_is_refused() {
    let environment = TestEnvironment::new();
    environment.database.execute("INSERT INTO employees (number, first_name, last_name) VALUES (1, 'Eva', 'Echt')");
    let mut connection = environment.database.connect();
    assert_eq!(mark::set(&mut connection).unwrap_err().kind(), Kind::Usage);

    let run = environment.wvl(&["demo", "load", "--size", "1000"]);
    assert_eq!(run.code, 2, "{}", run.stderr);
    assert!(run.stderr.contains("was not made by the demo; nothing was changed"), "{}", run.stderr);
    assert_eq!(environment.database.number("SELECT count(*) FROM wvl.documents"), 0);
}

#[test]
fn something_is_due_at_every_stage() {
    // the Thursday after Epiphany, early: holidays lie behind it, and the windows of the helpdesk have just opened
    let now = at("2027-01-07T09:30:00+01:00");
    let settings = settings();
    let found = instant::demo_instant(now, &instant::calendars(&settings)).unwrap();
    assert!(found.is_now);
    let (database, mut connection) = demo_database(now);
    for (what, expected) in [
        ("employees", 12),
        ("departments", 3),
        ("partners", 80),
        ("absences WHERE DATE '2027-01-07' BETWEEN first_day AND last_day", 1),
        ("employees WHERE working_days IS NOT NULL", 1),
    ] {
        assert_eq!(database.number(&format!("SELECT count(*) FROM wvl.{what}")), expected, "{what}");
    }

    let templates = Templates::load(None).unwrap();
    let keys = SigningKeys::new(&[[7_u8; 32]]).unwrap();
    let instants = history::instants(now, settings.calendar("default").unwrap());
    history::replay(&mut connection, &settings, &templates, &keys, &instants, || ()).unwrap();
    assert!(history::is_written(&mut connection).unwrap());
    let report =
        escalation::run(&mut connection, &settings, &templates, &keys, now, Options::default()).unwrap().unwrap();
    assert!(report.troubles.is_empty(), "{:?}", report.troubles);

    let steps: BTreeSet<(&str, i16)> =
        report.steps.iter().map(|step| (step.rules.key.as_str(), step.stage())).collect();
    for key in [
        "offer-follow-up",
        "order-commissioning",
        "order-delivery-overdue",
        "purchase-overdue",
        "customer-notification",
        "customer-activity",
        "customer-acquisition",
        "invoice-licence-expiry",
        "contract-billing",
        "contract-expiry",
        "system-download",
        "helpdesk-high",
        "invoice-overdue",
        "task",
    ] {
        for stage in 1..=3 {
            assert!(steps.contains(&(key, stage)), "{key} has nothing at stage {stage}");
        }
    }
    // announced: contracts in 7, 30 and 90 days, and a birthday in 7; another is today
    let taken = |key: &str, step: i32| {
        database.number(&format!(
            "SELECT count(*) FROM wvl.escalation_steps WHERE type = '{key}' AND step = {step} AND at = '{}'",
            now.to_rfc3339()
        ))
    };
    for days in [7, 30, 90] {
        assert!(taken("contract-expiry", -days) > 0, "no contract is announced {days} days ahead");
    }
    assert!(taken("birthday", -7) > 0 && taken("birthday", 1) > 0);
}
