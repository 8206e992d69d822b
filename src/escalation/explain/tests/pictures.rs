use chrono::{DateTime, TimeDelta, Utc};

use super::{Dice, Place};
use crate::escalation::explain::picture::{Scene, draw, span};
use crate::escalation::rules::Clock;
use crate::escalation::silences::SilenceKind;
use crate::escalation::step::Step;
use crate::escalation::tests::simulator::{BERLIN, at, rules};

fn scene(place: &Place, due_at: DateTime<Utc>, now: DateTime<Utc>, leaves_at: Option<DateTime<Utc>>) -> Scene {
    let pauses = [(at("2026-11-20 10:00"), at("2026-11-20 18:00"))];
    let silences = [(SilenceKind::Muted, at("2026-11-23 12:00"), at("2026-11-24"))];
    let ground = place.ground(Clock::Working, &pauses, &silences);
    let (from, to) = span(due_at.min(now), now, leaves_at, BERLIN);
    let mut edges = [from, due_at.clamp(from, to), now.clamp(from, to), to];
    edges.sort_unstable();
    Scene {
        pieces: edges.windows(2).flat_map(|pair| ground.pieces(pair[0], pair[1], 0)).collect(),
        due_at,
        now,
        leaves_at,
        reached: vec![(Step::Stage(1), at("2026-11-19 16:00")), (Step::Stage(2), at("2026-11-23 10:00"))],
        said: vec![(Step::Stage(1), at("2026-11-20 08:00"))],
    }
}

#[test]
fn a_week_fits_into_eighty_columns() {
    let place = Place::new(rules("offer-follow-up"));
    let scene = scene(&place, at("2026-11-19"), at("2026-11-23 16:00"), Some(at("2026-11-24 08:00")));
    let drawn = draw(&scene, BERLIN, 80, false);
    assert_eq!(
        drawn,
        "           │Do 19.11. │Fr 20.11. │Sa 21.11.  │So 22.11. │Mo 23.11. │Di 24.11.
zählt      ···▄█████······█▒▒▒▒·····························████░······░░░░░···
still                                                         ══════
erreicht          1                                          2
gesagt                    1
           ▲ fällig                                      jetzt ▲       ▲ geht
           █ zählt  ░ wird zählen  · zählt nicht  ▒ wartet  ═ stumm
"
    );
}

/// The escape sequences apart, both are the same picture.
#[test]
fn colour_changes_nothing_else() {
    let place = Place::new(rules("offer-follow-up"));
    let scene = scene(&place, at("2026-11-19"), at("2026-11-23 16:00"), None);
    let colored = draw(&scene, BERLIN, 100, true);
    assert!(colored.contains("\u{1b}[32m█"), "{colored}");
    let mut plain = String::new();
    for (index, part) in colored.split("\u{1b}[").enumerate() {
        plain.push_str(if index == 0 { part } else { part.split_once('m').unwrap().1 });
    }
    let plain: Vec<&str> = plain.lines().map(str::trim_end).collect();
    assert_eq!(plain, draw(&scene, BERLIN, 100, false).lines().collect::<Vec<_>>());
}

#[test]
fn whatever_the_time_and_the_width_no_line_is_too_long() {
    let place = Place::new(rules("offer-follow-up"));
    let mut dice = Dice(3);
    for round in 0..120 {
        let width = 40 + usize::try_from(dice.below(180)).unwrap();
        let now = at("2026-11-23 16:00");
        let due_at = match round % 4 {
            0 => now - dice.within_days(2) - TimeDelta::minutes(1),
            1 => now - dice.within_days(30),
            2 => now - dice.within_days(2000),
            _ => now + dice.within_days(300),
        };
        let leaves_at = (round % 3 > 0).then(|| now + dice.within_days(40));
        let drawn = draw(&scene(&place, due_at, now, leaves_at), BERLIN, width, false);
        assert!(drawn.contains("jetzt") || drawn.contains('▲'), "{drawn}");
        assert!(drawn.lines().count() <= 7);
        for line in drawn.lines() {
            assert!(line.chars().count() <= width, "{width}: {line}");
        }
    }
    assert_eq!(draw(&scene(&place, at("2026-11-19"), at("2026-11-23 16:00"), None), BERLIN, 39, false), "");
}
