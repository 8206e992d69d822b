use chrono::{DateTime, Utc};

use super::Place;
use crate::escalation::explain::intervals::Reason;
use crate::escalation::explain::obstacles::Obstacle;
use crate::escalation::explain::verdict::Standing;
use crate::escalation::silences::{Silence, SilenceKind};
use crate::escalation::tests::simulator::{BERLIN, at, rules, shown};
use crate::outbox::settings::MailMode;

fn silence(kind: SilenceKind, until: &str) -> Silence {
    Silence {
        kind,
        due_version: (kind == SilenceKind::Acknowledged).then_some(1),
        since: at("2026-11-20 09:00"),
        until: at(until),
        lifted_at: None,
        note: Some("Kunde im Urlaub".to_owned()),
        by: "sabine".to_owned(),
    }
}

/// Reached on Friday 14:00, asked on Monday at eight, the collection open, everybody there.
fn free(place: &Place) -> Standing<'_> {
    Standing {
        rules: &place.rules,
        calendar: &place.calendar,
        timeline: &place.timeline,
        reached_at: Some(at("2026-11-20 14:00")),
        follows: true,
        at_once: false,
        collected_at: Some(at("2026-11-20 13:00")),
        pauses: &[],
        silences: &[],
        is_too_old: false,
        ends_in_baseline: false,
        is_waiting: false,
        has_recipients: true,
        is_anybody_there: true,
        latest: None,
        mode: MailMode::Live,
        outside: None,
        now: at("2026-11-23 08:00"),
    }
}

fn active() -> Place {
    let mut rules = rules("offer-follow-up");
    rules.active = true;
    Place::new(rules)
}

fn words(standing: &Standing<'_>) -> (Vec<&'static str>, String) {
    let obstacles = standing.obstacles();
    let leaves_at = standing.leaves_at(&obstacles).map_or(String::new(), shown);
    (obstacles.iter().map(Obstacle::word).collect(), leaves_at)
}

#[test]
fn nothing_in_the_way() {
    let place = active();
    assert_eq!(words(&free(&place)), (vec![], "Mon 2026-11-23 08:00".to_owned()));
}

#[test]
fn every_obstacle_is_named_and_not_only_the_first() {
    let place = Place::new(rules("offer-follow-up"));
    let silences =
        [silence(SilenceKind::Acknowledged, "2026-11-27 09:00"), silence(SilenceKind::Muted, "2026-11-25 00:00")];
    let standing = Standing {
        silences: &silences,
        collected_at: Some(at("2026-11-23 08:00")),
        is_anybody_there: false,
        latest: Some("2026-11-26".parse().unwrap()),
        mode: MailMode::Redirect,
        now: at("2026-11-23 10:00"),
        ..free(&place)
    };
    let all = ["type_inactive", "acknowledged", "muted", "collection_taken", "nobody_at_work", "mail_redirect"];
    assert_eq!(words(&standing), (all.to_vec(), String::new()));
    // each says until when, and who wants it so
    let told: Vec<String> = standing.obstacles().iter().map(|obstacle| obstacle.german(BERLIN)).collect();
    for part in
        ["bis Fr 27.11.2026 09:00 von sabine", "Kunde im Urlaub", "nächste öffnet Mo 23.11.2026 13:00", "Do 26.11.2026"]
    {
        assert!(told.iter().any(|line| line.contains(part)), "{part} in {told:?}");
    }
    let json = standing.obstacles()[1].json(BERLIN);
    assert_eq!((&json["obstacle"], &json["by"]), (&"acknowledged".into(), &"sabine".into()));
    assert_eq!(json["until"], "2026-11-27T09:00:00+01:00");
}

#[test]
fn when_it_leaves_follows_from_what_is_in_the_way() {
    let place = active();
    let base = free(&place);
    let muted = [silence(SilenceKind::Muted, "2026-11-25 10:00")];
    let saturday = Standing {
        now: at("2026-11-21 10:00"),
        outside: Some(Reason::NoWindow(chrono::Weekday::Sat)),
        is_anybody_there: false,
        ..base
    };
    let waits: Vec<(DateTime<Utc>, DateTime<Utc>)> = vec![(at("2026-11-19 10:00"), DateTime::<Utc>::MAX_UTC)];
    for (standing, expected, leaves) in [
        // on a day without a window nobody is missed
        (saturday, &["window_closed"][..], "Mon 2026-11-23 08:00"),
        // the first collection after the lapse
        (Standing { silences: &muted, ..base }, &["muted"], "Wed 2026-11-25 13:00"),
        (
            Standing { collected_at: Some(at("2026-11-23 08:00")), now: at("2026-11-23 08:05"), ..base },
            &["collection_taken"],
            "Mon 2026-11-23 13:00",
        ),
        // what leaves at once needs none
        (
            Standing { at_once: true, collected_at: Some(at("2026-11-23 08:00")), now: at("2026-11-23 08:05"), ..base },
            &[],
            "Mon 2026-11-23 08:05",
        ),
        (Standing { reached_at: Some(at("2026-11-23 16:00")), ..base }, &["not_reached"], "Tue 2026-11-24 08:00"),
        (Standing { has_recipients: false, ..base }, &["no_recipient"], ""),
        (
            Standing { is_anybody_there: false, latest: Some("2026-11-25".parse().unwrap()), ..base },
            &["nobody_at_work"],
            "Wed 2026-11-25 08:00",
        ),
        // a rehearsal leaves, its mail does not
        (Standing { mode: MailMode::Off, ..base }, &["mail_off"], "Mon 2026-11-23 08:00"),
        (Standing { follows: false, reached_at: None, ends_in_baseline: true, ..base }, &["baseline"], ""),
        (Standing { follows: false, reached_at: None, ..base }, &["chain_over"], ""),
        // a pause only delays: what was reached before it leaves, unless the ticket is out of its view
        (Standing { pauses: &waits, ..base }, &[], "Mon 2026-11-23 08:00"),
        (Standing { pauses: &waits, is_waiting: true, ..base }, &["paused"], ""),
        (Standing { pauses: &waits, reached_at: None, ..base }, &["paused"], ""),
    ] {
        assert_eq!(words(&standing), (expected.to_vec(), leaves.to_owned()), "{standing:?}");
    }
}

#[test]
fn too_old_says_so_and_nothing_else() {
    let mut rules = rules("birthday");
    rules.active = true;
    let place = Place::new(rules);
    let standing = Standing { reached_at: None, follows: true, is_too_old: true, ..free(&place) };
    assert_eq!(words(&standing), (vec!["too_old"], String::new()));
}
