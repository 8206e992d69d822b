//! Why an item was escalated, or not: what the engine did is what is told, and every obstacle has its name.

use chrono::{DateTime, Utc};
use serde_json::Value;
use wvl::db;
use wvl::error::Kind;
use wvl::escalation::explain::{self, Explanation, Telling};
use wvl::output::Output;

use super::house::{House, at, offer, settings};

const OFFERS: &str = "[escalation.offer-follow-up]\nactive = true\n";

fn explain_as(house: &House, mode: &str, sections: &str, name: &str, now: &str) -> Explanation {
    let settings = settings(mode, sections);
    let now: DateTime<Utc> = at(now);
    let explanation = db::read_only(&mut house.database.connect(), |connection| {
        db::set_instant(connection, now, settings.zone)?;
        explain::explain(connection, &settings, name, now)
    });
    explanation.unwrap()
}

fn explain(house: &House, name: &str, now: &str) -> Explanation {
    explain_as(house, "live", OFFERS, name, now)
}

fn obstacles(explanation: &Explanation) -> Vec<&'static str> {
    explanation.obstacles.iter().map(|obstacle| obstacle.word()).collect()
}

fn texts<'v>(list: &'v Value, key: &str) -> Vec<&'v str> {
    list.as_array().unwrap().iter().map(|entry| entry[key].as_str().unwrap()).collect()
}

/// What was said to the item, as `ack` and `mute` write it.
fn silence(house: &House, kind: &str, version: &str, since: &str, until: &str) {
    house.database.execute(&format!(
        "INSERT INTO escalation_silences (kind, type, item_id, due_version, reference, since, until, note, created_by)
         SELECT '{kind}', 'offer-follow-up', id::text, {version}, number, '{since} Europe/Berlin', '{until} Europe/Berlin',
             'Kunde im Urlaub', 'ines'
         FROM documents WHERE number = 'A-1'"
    ));
}

/// The worked example, asked on the evening before stage 2 leaves.
#[test]
fn the_whole_story_of_an_item() {
    let house = House::new();
    house.database.execute(&offer("A-1", "2026-11-19 00:00"));
    assert_eq!(house.run(OFFERS, at("2026-11-23 08:00")), ["A-1 1: 103"]);
    let explanation = explain(&house, "A-1", "2026-11-23 20:00");
    let told = explanation.json();
    assert_eq!(
        texts(&told["intervals"], "reason"),
        ["night", "window", "night", "window", "night", "saturday", "sunday", "night", "window", "night"]
    );
    assert_eq!(told["intervals"][1]["from"], "2026-11-19T08:00:00+01:00");
    assert_eq!(told["intervals"][8]["sum"].to_string(), "30");
    let [first, second] = [&told["thresholds"][0], &told["thresholds"][1]];
    assert_eq!((&first["step"], &first["taken_at"]), (&1.into(), &"2026-11-23T08:00:00+01:00".into()));
    assert_eq!(second["conditions"][0]["reached_at"], "2026-11-23T12:00:00+01:00");
    assert_eq!(
        (&second["conditions"][1]["since"], &second["reached_at"]),
        (&1.into(), &"2026-11-23T16:00:00+01:00".into())
    );
    let said = &told["history"][0];
    assert_eq!((&said["rehearsal"], &said["baseline"]), (&false.into(), &false.into()));
    assert_eq!(said["collection"], "2026-11-23T08:00:00+01:00");
    assert_eq!(said["recipients"], serde_json::json!(["Arno Außendienst <arno@firma.example>"]));
    assert_eq!(said["mails"][0]["state"], "queued");
    // after six the window is shut, and the collection of this morning is gone
    assert_eq!(obstacles(&explanation), ["window_closed"]);
    assert_eq!(told["next"]["leaves_at"], "2026-11-24T08:00:00+01:00");
    let at_noon = explain(&house, "A-1", "2026-11-23 16:30");
    assert_eq!(obstacles(&at_noon), [""; 0], "the collection of 13:00 waits for a run");
    // what is told is what happens
    assert_eq!(house.run(OFFERS, at("2026-11-23 17:59")), ["A-1 2: 102, 103"]);

    let text = explanation.text(Telling::default());
    for line in [
        "  Do 19.11.2026  00:00–08:00            –      0,00  außerhalb des Fensters\n",
        "                 14:00                        16,00  ▸ Stufe 1 erreicht\n",
        "  Sa 21.11.2026  00:00–24:00            –     20,00  Samstag zählt nicht\n",
        "                 08:00                        20,00  ● Stufe 1 gesagt\n",
        "                   und 8,00 Std. nach Stufe 1        Mo 23.11. 16:00\n",
        "  Mo 23.11.2026 08:00  Stufe 1, mit der Sammlung von 08:00\n",
        "  – Das Fenster ist zu: öffnet Di 24.11.2026 08:00.\n",
        "Stufe 2 ist erreicht seit Mo 23.11.2026 16:00, geht voraussichtlich Di 24.11.2026 08:00. \
         Würde jetzt gehen, wenn nicht:\n",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
}

#[test]
fn obstacles_are_listed_together() {
    let house = House::new();
    house.database.execute(&format!(
        "{}INSERT INTO absences (employee_id, first_day, last_day) VALUES (3, '2026-11-20', '2026-11-23');",
        offer("A-1", "2026-11-18 00:00")
    ));
    // another offer takes the collection of the morning
    house.database.execute(&offer("A-2", "2026-11-17 00:00"));
    house.database.execute("UPDATE documents SET field_rep_id = 4 WHERE number = 'A-2'");
    house.run(OFFERS, at("2026-11-23 08:00"));
    silence(&house, "muted", "NULL", "2026-11-19 10:00", "2026-11-25 00:00");
    silence(
        &house,
        "acknowledged",
        "(SELECT extract(epoch FROM follow_up_at) / 60)",
        "2026-11-20 10:00",
        "2026-11-27 10:00",
    );
    let explanation = explain(&house, "offer-follow-up:A-1", "2026-11-23 10:00");
    assert_eq!(obstacles(&explanation), ["muted", "acknowledged", "collection_taken", "nobody_at_work"]);
    // the first collection after the longer of both
    assert_eq!(explanation.json()["next"]["leaves_at"], "2026-11-27T13:00:00+01:00");
    let silences = explanation.json()["silences"].clone();
    assert_eq!(texts(&silences, "kind"), ["muted", "acknowledged"]);
    assert_eq!((&silences[0]["by"], &silences[0]["holds"]), (&"ines".into(), &true.into()));
    // the clock ran on under them: 10 h a day
    let counted: Vec<(String, Value)> = explanation.json()["intervals"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|interval| interval["counted"] == true)
        .map(|interval| (interval["hours"].to_string(), interval["silence"].clone()))
        .collect();
    let hours = |hours: &str, silence: Option<&str>| (hours.to_owned(), Value::from(silence));
    assert_eq!(
        counted,
        [
            hours("10", None),
            hours("2", None),
            hours("8", Some("muted")),
            hours("10", Some("muted")),
            hours("2", Some("muted")),
        ]
    );
    let text = explanation.text(Telling::default());
    for part in [
        "– Stummgeschaltet bis Mi 25.11.2026 00:00 von ines (Do 19.11.2026 10:00): Kunde im Urlaub.",
        "– Quittiert bis Fr 27.11.2026 10:00 von ines",
        "– Die letzte Sammlung ging Mo 23.11.2026 08:00, die nächste öffnet Mo 23.11.2026 13:00.",
        "zählt, stummgeschaltet",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    // no hours are over at the weekend before due, the type is off, mails are rehearsed
    let early = explain_as(&house, "redirect", "", "offer-follow-up:A-1", "2026-11-17 10:00");
    assert_eq!(obstacles(&early), ["type_inactive", "not_reached", "mail_redirect"]);
    assert!(early.text(Telling::default()).contains("Noch nicht fällig: gezählt wird ab Mi 18.11.2026 00:00"));
}

#[test]
fn a_date_that_was_moved_and_an_item_that_is_done() {
    let house = House::new();
    house.database.execute(&offer("A-1", "2026-11-19 00:00"));
    house.run(OFFERS, at("2026-11-23 08:00"));
    for day in ["2026-11-26", "2026-11-30"] {
        house.database.execute(&format!("UPDATE documents SET follow_up_at = '{day} 00:00 Europe/Berlin'"));
        house.run(OFFERS, at(&format!("{day} 18:00")));
    }
    let explanation = explain(&house, "A-1", "2026-11-30 18:00");
    assert_eq!(explanation.json()["moved"], 2);
    let text = explanation.text(Telling::default());
    for part in [
        "Fällig Mo 30.11.2026, 2× verschoben;",
        "Stufe 1 (früherer Termin Do 19.11.2026), mit der Sammlung von 08:00",
        "Andere Termine, die es hatte\n  Do 19.11.2026         bis Stufe 1\n  Do 26.11.2026         vorgemerkt, nichts gesagt\n",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }

    house.database.execute("UPDATE documents SET status = 'won', closed_at = now()");
    let explanation = explain(&house, "A-1", "2026-12-01 12:00");
    assert_eq!(obstacles(&explanation), ["not_open"]);
    let told = explanation.json();
    assert_eq!((&told["open"], &told["due_at"], &told["title"]), (&false.into(), &Value::Null, &"Neuer Server".into()));
    assert_eq!(told["history"][0]["step"], 1);
    let text = explanation.text(Telling::default());
    assert!(text.contains("Ist nicht mehr offen: nichts folgt."), "{text}");
    assert!(text.contains("an Arno Außendienst <arno@firma.example> (wartet)"), "{text}");
}

#[test]
fn a_ticket_that_waits_is_told_although_its_view_leaves_it_out() {
    let house = House::new();
    let config = "[escalation.helpdesk-high]\nactive = true\n";
    house.database.execute(
        "INSERT INTO tickets (number, title, severity, handler_id, opened_at, due_at)
         VALUES ('TK-1', 'Drucker', 'high', 6, '2026-11-16 08:00+01', '2026-11-16 10:00+01')",
    );
    house.run(config, at("2026-11-18 12:00"));
    let set = |instant: &str, change: &str| {
        let instant = at(instant);
        house.database.execute(&format!(
            "BEGIN; SELECT set_config('wvl.as_of', '{instant}', true); UPDATE tickets SET {change}; COMMIT;"
        ));
    };
    set("2026-11-19 13:00", "status = 'waiting'");
    let waiting = explain_as(&house, "live", config, "TK-1", "2026-11-20 12:00");
    assert_eq!(obstacles(&waiting), ["paused"]);
    assert_eq!(waiting.json()["obstacles"][0]["since"], "2026-11-19T13:00:00+01:00");
    assert_eq!(waiting.json()["history"][0]["step"], 1);
    assert_eq!(texts(&waiting.json()["intervals"], "reason").last(), Some(&"paused"));
    set("2026-11-23 10:00", "status = 'in_progress'");
    // Wed 5, Thu 4, Mon 7 hours after stage 1
    let goes_on = explain_as(&house, "live", config, "helpdesk-high:TK-1", "2026-11-23 12:00");
    assert_eq!(goes_on.json()["next"]["reached_at"], "2026-11-23T17:00:00+01:00");
    assert_eq!(goes_on.json()["next"]["leaves_at"], "2026-11-24T09:00:00+01:00");
    let text = goes_on.text(Telling::default());
    assert!(text.contains("13:00–Mo 10:00         –     27,00  wartete\n"), "{text}");
}

#[test]
fn rehearsals_and_baselines_are_marked() {
    let house = House::new();
    house.database.execute(&offer("A-1", "2026-11-19 00:00"));
    house.run_as("redirect", OFFERS, at("2026-11-23 08:00"));
    let rehearsed = explain_as(&house, "redirect", OFFERS, "A-1", "2026-11-23 16:00");
    assert_eq!(obstacles(&rehearsed), ["mail_redirect"]);
    let text = rehearsed.text(Telling::default());
    assert!(text.contains("  Mo 23.11.2026 08:00  Stufe 1 (Probe), mit der Sammlung von 08:00\n"), "{text}");
    assert!(text.contains("umgeleitet an "), "{text}");

    house.baseline(OFFERS, at("2026-12-01 12:00"), false).unwrap();
    let ended = explain(&house, "A-1", "2026-12-20 12:00");
    assert_eq!((obstacles(&ended), ended.next.is_none()), (vec!["baseline"], true));
    let text = ended.text(Telling::default());
    assert!(text.contains("Stufe 3 (Bestand, ohne Mail vermerkt)\n"), "{text}");
    assert!(!text.contains("Wiederholung"), "{text}");
    assert_eq!(house.run(OFFERS, at("2026-12-20 12:00")), [""; 0]);
}

#[test]
fn years_fit_on_a_screen_and_all_of_it_is_there_for_the_asking() {
    let house = House::new();
    house.database.execute(&offer("A-1", "2019-03-01 00:00"));
    let explanation = explain(&house, "A-1", "2026-11-23 12:00");
    let lines = |all| explanation.text(Telling { all, ..Telling::default() }).lines().count();
    assert!(lines(false) < 90, "{}", lines(false));
    assert!(lines(true) > 3_000, "{}", lines(true));
    assert!(explanation.json()["intervals"].as_array().unwrap().len() > 3_000);
    let drawn = explanation.text(Telling { width: Some(80), color: true, ..Telling::default() });
    let fitted = explanation.text(Telling { width: Some(80), ..Telling::default() });
    assert!(fitted.lines().all(|line| line.chars().count() <= 80), "{fitted}");
    assert!(drawn.contains("jetzt") && drawn.contains('▇') && drawn.contains("\u{1b}[1m"), "{drawn}");
}

#[test]
fn what_lies_years_ahead_is_told_too() {
    let house = House::new();
    house.database.execute(&offer("A-1", "2031-03-06 00:00"));
    let explanation = explain(&house, "A-1", "2026-11-23 12:00");
    assert_eq!(obstacles(&explanation), ["not_reached"]);
    let told = explanation.json();
    // Thu 10 h, Fri 6 h; after the collection of 13:00
    assert_eq!(told["next"]["reached_at"], "2031-03-07T14:00:00+01:00");
    assert_eq!(told["next"]["leaves_at"], "2031-03-10T08:00:00+01:00");
    assert_eq!(told["collections"]["next_at"], "2026-11-23T13:00:00+01:00");
    assert_eq!(told["intervals"], serde_json::json!([]));
}

#[test]
fn what_is_known_to_several_types_must_be_named() {
    let house = House::new();
    house.database.execute(&offer("A-1", "2026-11-19 00:00"));
    house.run(OFFERS, at("2026-11-23 08:00"));
    // the offer is done, and an invoice that bears its number was told of too
    house.database.execute(
        "UPDATE documents SET status = 'won', closed_at = now();
         INSERT INTO escalation_steps (type, item_id, due_version, step, at, due_at, reference, title, recipients)
         VALUES ('invoice-follow-up', '99', 1, 1, now(), now(), 'A-1', 'Server', '{}')",
    );
    let settings = settings("live", OFFERS);
    let ask = |name: &str| {
        db::read_only(&mut house.database.connect(), |connection| {
            explain::explain(connection, &settings, name, at("2026-11-24 08:00"))
        })
    };
    let error = ask("A-1").unwrap_err();
    assert_eq!(error.kind(), Kind::Usage);
    assert!(error.hints()[0].contains("invoice-follow-up:A-1, offer-follow-up:A-1"), "{:?}", error.hints());
    assert_eq!(ask("invoice-follow-up:A-1").unwrap().subject.title.as_deref(), Some("Server"));
    let error = ask("ofer-follow-up:A-1").unwrap_err();
    assert_eq!(error.kind(), Kind::NotFound);
    assert!(error.hints().iter().any(|hint| hint.contains("offer-follow-up:A-1?")), "{:?}", error.hints());
}
