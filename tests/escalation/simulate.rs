//! What is simulated is what happens: the same days, once in advance and once for real.

use chrono::{DateTime, Timelike, Utc};
use wvl::escalation::simulate::{Simulation, instants, simulate};
use wvl::escalation::{self, Options};
use wvl::outbox::message_id::SigningKeys;
use wvl::output::Output;
use wvl::settings::Settings;
use wvl::template::Templates;

use crate::env::environment::{bare_command, run};

use super::house::{House, at, environment, offer, settings};

/// Days, collections, caps, bundles and single mails, what leaves at once, notices, pauses and people who are away.
const RULES: &str = "
    [escalation.offer-follow-up]
    active = true
    bundle = false
    repeat_hours = 20
    at_once_amount = 50000
    [escalation.order-commissioning]
    active = true
    stage1.hours = 4
    stage2.hours = 4
    stage3.hours = 12
    collect_at = [\"09:15\"]
    [escalation.contract-expiry]
    active = true
    announce_days = [7, 3]
    stage1.hours = 8
    [escalation.helpdesk-high]
    active = true
    basis = \"previous\"
    stage1 = { hours = 1, to = \"handler\" }
    stage2 = { hours = 2, to = \"supervisor\" }
    stage3 = { hours = 2, to = \"company-head\" }
    [escalation.task]
    active = true
";

/// Items of every kind around Thursday, 19 November 2026, and somebody on leave in the middle.
fn furnish(house: &House) {
    for (number, day) in (1..=12).zip([2, 9, 16, 17, 18, 19, 20, 23, 24, 26, 27, 30]) {
        house.database.execute(&offer(&format!("A-{number}"), &format!("2026-11-{day:02} 00:00")));
    }
    house.database.execute(
        "UPDATE documents SET net_amount = 60000 WHERE number IN ('A-7', 'A-9');
         INSERT INTO documents (kind, number, title, partner_id, handler_id, document_date, commissioning_due_at)
         SELECT 'order', 'O-' || n, 'Notebooks', 1, CASE WHEN n % 2 = 0 THEN 8 ELSE 7 END, '2026-11-02',
             timestamptz '2026-11-17 00:00 Europe/Berlin' + n * interval '1 day'
         FROM generate_series(1, 9) AS n;
         INSERT INTO absences (employee_id, first_day, last_day, kind) VALUES (8, '2026-11-23', '2026-11-25', 'vacation');
         INSERT INTO tasks (number, title, handler_id, due_at)
         SELECT 'T-' || n, 'Rückruf', 6, timestamptz '2026-11-20 12:00 Europe/Berlin' + n * interval '20 hours'
         FROM generate_series(1, 6) AS n;
         INSERT INTO tickets (id, number, title, severity, partner_id, handler_id, opened_at, due_at)
         SELECT n, 'H-' || n, 'Drucker', 'high', 1, 6, '2026-11-02', timestamptz '2026-11-19 09:00 Europe/Berlin' + n * interval '1 day'
         FROM generate_series(1, 3) AS n;
         INSERT INTO ticket_events (ticket_id, kind, at, old_value, new_value) VALUES
             (1, 'status', '2026-11-20 10:00 Europe/Berlin', 'open', 'waiting'),
             (1, 'status', '2026-11-20 15:00 Europe/Berlin', 'waiting', 'in_progress');",
    );
}

/// The rules of these tests; the house itself knows no caps.
fn capped(mode: &str) -> Settings {
    let mut settings = settings(mode, RULES);
    (settings.escalation.max_mails_per_run, settings.escalation.max_mails_per_recipient) = (6, 3);
    settings
}

fn simulated(house: &House, mode: &str, now: DateTime<Utc>, days: u32) -> Simulation {
    simulate(&mut house.database.connect(), &capped(mode), now, days).unwrap()
}

/// A line for each day and person: mails, and items by kind.
fn lines(simulation: &Simulation) -> Vec<String> {
    let line = |((day, address), mailbox): (&(chrono::NaiveDate, String), &wvl::escalation::simulate::Mailbox)| {
        let items: Vec<String> = mailbox.items.iter().map(|(kind, count)| format!("{kind:?} {count}")).collect();
        format!("{day} {address} {}: {}", mailbox.mails, items.join(", "))
    };
    simulation.mailboxes.iter().map(line).collect()
}

/// The same from the outbox.
fn happened(house: &House) -> Vec<String> {
    let text = house.database.text(
        "WITH told AS (
             -- of merged stages the highest names the mail
             SELECT (s.at AT TIME ZONE 'Europe/Berlin')::date AS day, r.address, message_id, max(s.step) AS step
             FROM escalation_step_messages l
                 JOIN escalation_steps s ON s.id = l.step_id
                 JOIN outbox_recipients r USING (message_id)
             GROUP BY 1, 2, 3, s.type, s.item_id, s.due_version
         ), kinds AS (
             SELECT day, address, least(greatest(step, 0), 101) AS place, count(*) AS items FROM told GROUP BY 1, 2, 3
         ), mails AS (
             SELECT day, address, count(DISTINCT message_id) AS mails FROM told GROUP BY 1, 2
         ), mailboxes AS (
             SELECT day, address, mails, string_agg(CASE place WHEN 0 THEN 'Announce' WHEN 101 THEN 'Repeat'
                 ELSE 'Stage(' || place || ')' END || ' ' || items, ', ' ORDER BY place) AS items
             FROM kinds JOIN mails USING (day, address)
             GROUP BY 1, 2, 3
         )
         SELECT string_agg(concat(day, ' ', address, ' ', mails, ': ', items), E'\n' ORDER BY day, address) FROM mailboxes",
    );
    text.lines().map(str::to_owned).collect()
}

fn live(house: &House, now: DateTime<Utc>, days: u32) {
    let settings = capped("live");
    let (keys, templates) = (SigningKeys::new(&["a key of these tests"]).unwrap(), Templates::embedded().unwrap());
    let mut connection = house.database.connect();
    // at night every window is closed
    let is_day = |at: &DateTime<Utc>| (7..19).contains(&at.with_timezone(&settings.zone).hour());
    for at in instants(&settings, now, days).into_iter().filter(is_day) {
        escalation::run(&mut connection, &settings, &templates, &keys, at, Options::default()).unwrap().unwrap();
    }
}

#[test]
fn two_weeks_are_simulated_as_they_happen() {
    let house = House::new();
    furnish(&house);
    let now = at("2026-11-19 10:20");
    let written = "SELECT (SELECT count(*) FROM escalation_chains) + (SELECT count(*) FROM escalation_steps)
        + (SELECT count(*) FROM escalation_marks) + (SELECT count(*) FROM escalation_searches)";
    let before = simulated(&house, "live", now, 14);
    assert_eq!(house.database.number(written), 0, "nothing is written");
    assert!(before.days_over_caps > 0);
    live(&house, now, 14);
    assert_eq!(lines(&before), happened(&house));
    // once more from the middle of a history
    let house = House::new();
    furnish(&house);
    live(&house, now, 4);
    house.database.execute(
        "INSERT INTO escalation_silences (kind, type, item_id, reference, since, until)
         SELECT 'muted', 'offer-follow-up', id::text, number, '2026-11-22', '2026-11-25 12:00'
         FROM documents WHERE number IN ('A-3', 'A-9')",
    );
    let now = at("2026-11-23 00:00");
    let simulation = simulated(&house, "live", now, 5);
    house.database.execute("DELETE FROM outbox_messages");
    live(&house, now, 5);
    assert_eq!(lines(&simulation), happened(&house));
}

#[test]
fn before_going_live_what_was_rehearsed_counts_for_nothing() {
    let house = House::new();
    furnish(&house);
    let now = at("2026-11-19 08:00");
    let before = simulated(&house, "off", now, 14);
    house.run_as("off", RULES, now);
    house.run_as("off", RULES, at("2026-11-19 13:00"));
    let rehearsed = "SELECT count(*) FROM escalation_steps WHERE rehearsal";
    let steps = house.database.number(rehearsed);
    assert!(steps > 0);
    let after = simulated(&house, "off", now, 14);
    assert_eq!(lines(&after), lines(&before));
    assert_eq!((after.undone, house.database.number(rehearsed)), (usize::try_from(steps).unwrap(), steps));
}

#[test]
fn other_rules_are_tried_on_the_same_database() {
    let environment = environment("[escalation.offer-follow-up]\nactive = true\n");
    environment.database.execute(&offer("A-1", "2026-11-19 00:00"));
    let usual = environment.wvl(&[
        "escalate",
        "simulate",
        "--as-of",
        "2026-11-19T12:00",
        "--days",
        "6",
        "--columns",
        "day,recipient,stage1",
    ]);
    assert_eq!(
        (usual.code, usual.stdout.as_str()),
        (0, "2026-11-23\tArno Außendienst\t1\n2026-11-24\tArno Außendienst\t0\n2026-11-24\tVera Vertrieb\t0\n")
    );
    assert!(usual.stderr.contains("Zusammen in 6 Tagen: 3 Mails mit 3 Einträgen an 2 Empfänger."), "{}", usual.stderr);
    let rules = "[escalation.offer-follow-up]\nactive = true\nstage1.hours = 4\nstage2.hours = 0\nstage3.hours = 0\n";
    let new = environment.write("new.toml", rules);
    // it names no database: the usual configuration does
    let mut other = bare_command(&["escalate", "simulate", "--as-of", "2026-11-19T12:00", "--days", "6", "--json"]);
    let other = run(other.env("WVL_CONFIG", environment.config()).arg("--config").arg(new));
    assert_eq!(other.code, 0, "{}", other.stderr);
    let rows: serde_json::Value = serde_json::from_str(&other.stdout).unwrap();
    assert_eq!(
        rows,
        serde_json::json!([{ "day": "2026-11-19", "recipient": "Arno Außendienst", "address": "arno@firma.example",
            "mails": 1, "stage1": 1, "repeated": 0 }])
    );
    assert_eq!(environment.database.number("SELECT count(*) FROM wvl.escalation_steps"), 0);
}

#[test]
fn an_empty_house_gets_no_mail() {
    let simulation = simulated(&House::new(), "live", at("2026-11-19 08:00"), 3);
    assert_eq!((simulation.mails(), simulation.table().rows.len()), (0, 0));
    assert_eq!(simulation.summary().len(), 2);
}
