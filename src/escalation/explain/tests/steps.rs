use chrono::{DateTime, TimeDelta, Utc};

use super::{Dice, Place};
use crate::escalation::explain::intervals::Span;
use crate::escalation::explain::thresholds::{Course, Since, Threshold};
use crate::escalation::items::due_day;
use crate::escalation::rules::{Basis, Clock};
use crate::escalation::step::Step;
use crate::escalation::tests::simulator::{BERLIN, at, rules, shown, with_hours};
use crate::escalation::timing::{Count, Facts, next};

fn thresholds(
    place: &Place,
    due_at: DateTime<Utc>,
    taken: &[(Step, DateTime<Utc>)],
    pauses: &[Span],
    now: DateTime<Utc>,
) -> Vec<Threshold> {
    let course = Course {
        rules: &place.rules,
        calendar: &place.calendar,
        count: Count::new(place.rules.clock, &place.timeline, pauses),
        working: Count::new(Clock::Working, &place.timeline, pauses),
        due_at,
        due_day: due_day(due_at, place.rules.is_promise, BERLIN),
        taken,
        now,
    };
    course.thresholds()
}

/// The worked example: 16/24/40 hours from a Thursday, stage 1 left on Monday at 08:00.
#[test]
fn each_stage_shows_its_hours_and_its_spacing() {
    let place = Place::new(rules("offer-follow-up"));
    let taken = [(Step::Stage(1), at("2026-11-23 08:00"))];
    let found = thresholds(&place, at("2026-11-19"), &taken, &[], at("2026-11-23 15:00"));
    let told = |threshold: &Threshold| {
        let conditions = threshold.conditions.iter().map(|condition| {
            let since = match condition.since {
                Since::Due(_) => "due".to_owned(),
                Since::Step(step, _) => step.to_string(),
                Since::Later(step) => format!("({step})"),
            };
            let reached = condition.reached_at.map_or("?".to_owned(), shown);
            format!("{} since {since}: {}, {reached}", condition.hours, condition.counted / 3600)
        });
        format!("{}: {}", threshold.step, conditions.collect::<Vec<_>>().join("; "))
    };
    assert_eq!(
        found.iter().map(told).collect::<Vec<_>>(),
        [
            "Stufe 1: 16 since due: 16, Fri 2026-11-20 14:00",
            "Stufe 2: 24 since due: 24, Mon 2026-11-23 12:00; 8 since Stufe 1: 7, Mon 2026-11-23 16:00",
            "Stufe 3: 40 since due: 27, Tue 2026-11-24 18:00; 16 since (Stufe 2): 0, ?",
            "1. Wiederholung: 40 since (Stufe 3): 0, ?",
        ]
    );
}

#[test]
fn merged_stages_share_their_conditions() {
    let place = Place::new(with_hours("offer-follow-up", ["8", "16", "16"]));
    let taken = [(Step::Stage(1), at("2026-11-20 08:00"))];
    let found = thresholds(&place, at("2026-11-19"), &taken, &[], at("2026-11-20 12:00"));
    assert_eq!(found[1].conditions, found[2].conditions);
    assert_eq!(found[1].reached_at, found[2].reached_at);
}

#[test]
fn of_the_notices_only_the_nearest_is_given() {
    let mut rules = rules("contract-expiry");
    rules.announce_days = vec![90, 30, 7];
    let place = Place::new(rules);
    // until the evening of 31 December; on 10 December the notices of 90 and 30 days lie behind, the second one was given
    let due_at = at("2027-01-01");
    let taken = [(Step::Announce(30), at("2026-12-01 08:00"))];
    let found = thresholds(&place, due_at, &taken, &[], at("2026-12-10"));
    let notices: Vec<(Step, String, bool, bool)> = found
        .iter()
        .filter(|threshold| matches!(threshold.step, Step::Announce(_)))
        .map(|it| (it.step, shown(it.reached_at.unwrap()), it.taken_at.is_some(), it.is_passed_over))
        .collect();
    assert_eq!(
        notices,
        [
            (Step::Announce(90), "Fri 2026-10-02 00:00".to_owned(), false, true),
            (Step::Announce(30), "Tue 2026-12-01 00:00".to_owned(), true, false),
            (Step::Announce(7), "Thu 2026-12-24 00:00".to_owned(), false, false),
        ]
    );
}

/// What is told of the next step is what the engine decides, whatever the rules, the pauses and the steps before.
#[test]
fn the_next_threshold_is_the_decision_of_the_engine() {
    let mut dice = Dice(11);
    let mut compared = 0;
    for round in 0..600 {
        let hours = [["16", "24", "40"], ["8", "8", "16"], ["4", "16", "16"], ["0", "8", "20"]][round % 4];
        let mut rules = with_hours(["offer-follow-up", "helpdesk-high"][round % 2], hours);
        rules.basis = if dice.below(3) == 0 { Basis::Previous } else { Basis::Due };
        rules.clock = if dice.below(4) == 0 { Clock::Wall } else { Clock::Working };
        let place = Place::new(rules);
        let due_at = at("2026-10-20") + dice.within_days(20);
        let earlier = due_at - dice.within_days(5);
        let pauses = dice.pauses(earlier);
        let mut taken: Vec<(Step, DateTime<Utc>)> = Vec::new();
        let mut now = due_at;
        for _ in 0..8 {
            now += dice.within_days(6) + TimeDelta::minutes(1);
            let due_day = due_day(due_at, place.rules.is_promise, BERLIN);
            let facts = Facts { due_at, due_day, last: taken.last().copied(), baseline: false, pauses: &pauses };
            let decided = next(&place.rules, &facts, &place.calendar, &place.timeline, now);
            let found = thresholds(&place, due_at, &taken, &pauses, now);
            let Some(decided) = decided else { continue };
            for step in &decided.steps {
                let told = found.iter().find(|threshold| threshold.step == *step).unwrap();
                assert_eq!(told.reached_at, Some(decided.reached_at), "{step} {taken:?} {:?} {pauses:?}", place.rules);
                compared += 1;
            }
            if decided.reached_at <= now {
                taken.extend(decided.steps.iter().map(|step| (*step, now)));
            }
        }
    }
    assert!(compared > 2_000, "{compared}");
}
