//! When what is reached may leave.

use super::simulator::{Simulator, at, rules, with_hours};
use crate::escalation::gate::{Gate, leaves_at};
use crate::escalation::rules::TypeRules;

/// The gate at `now`, the last collection taken at `collected`.
fn gate(rules: &TypeRules, collected: Option<&str>, now: &str) -> Gate {
    let simulator = Simulator::new(rules.clone(), now);
    let timeline = simulator.calendar.timeline(at("2026-01-01"), at("2027-12-31"));
    Gate::at(rules, &simulator.calendar, &timeline, collected.map(at), at(now))
}

#[test]
fn each_collect_time_is_taken_once() {
    let rules = rules("offer-follow-up");
    for (collected, now, expected) in [
        // the first run ever need not wait
        (None, "2026-11-23 09:17", Gate::Open),
        (None, "2026-11-23 07:59", Gate::Closed),
        (None, "2026-11-23 18:00", Gate::Closed),
        (Some("2026-11-20 13:00"), "2026-11-23 08:00", Gate::Open),
        (Some("2026-11-23 08:00"), "2026-11-23 08:00", Gate::AtOnce),
        (Some("2026-11-23 08:00"), "2026-11-23 12:59", Gate::AtOnce),
        (Some("2026-11-23 08:07"), "2026-11-23 13:00", Gate::Open),
        (Some("2026-11-23 13:00"), "2026-11-23 17:45", Gate::AtOnce),
        // not on an unticked Saturday
        (Some("2026-11-20 08:00"), "2026-11-21 10:00", Gate::Closed),
        // a holiday, and a closed day
        (Some("2026-12-23 08:00"), "2026-12-25 10:00", Gate::Closed),
        (Some("2026-12-23 08:00"), "2026-12-24 10:00", Gate::Closed),
    ] {
        assert_eq!(gate(&rules, collected, now), expected, "{collected:?} {now}");
    }
}

#[test]
fn a_collection_before_the_window_opens_is_taken_as_it_opens() {
    let rules = rules("helpdesk-standard"); // 09-17
    assert_eq!(gate(&rules, Some("2026-11-20 13:00"), "2026-11-23 08:45"), Gate::Closed);
    assert_eq!(gate(&rules, Some("2026-11-20 13:00"), "2026-11-23 09:00"), Gate::Open);
    assert_eq!(gate(&rules, Some("2026-11-23 09:00"), "2026-11-23 09:15"), Gate::AtOnce);
}

#[test]
fn a_missed_collection_is_taken_by_the_next_run_on_whatever_day() {
    let rules = rules("offer-follow-up");
    // no run since Friday morning: Friday's 13:00 is open on Monday even before 08:00 would be its own
    assert_eq!(gate(&rules, Some("2026-11-20 08:00"), "2026-11-20 17:59"), Gate::Open);
    assert_eq!(gate(&rules, Some("2026-11-20 08:00"), "2026-11-23 11:20"), Gate::Open);
    let mut late = rules.clone();
    late.collect_at = vec!["13:00".parse().unwrap()];
    assert_eq!(gate(&late, Some("2026-11-20 08:00"), "2026-11-23 08:00"), Gate::Open);
    assert_eq!(gate(&late, Some("2026-11-20 13:00"), "2026-11-23 08:00"), Gate::AtOnce);
}

#[test]
fn a_closed_day_opens_no_collection() {
    let mut rules = rules("offer-follow-up");
    rules.collect_at = vec!["17:00".parse().unwrap()];
    // 24.12. is closed: on the 28th at 08:00 Wednesday's collection is the last
    assert_eq!(gate(&rules, Some("2026-12-23 17:00"), "2026-12-28 08:00"), Gate::AtOnce);
    assert_eq!(gate(&rules, Some("2026-12-23 17:00"), "2026-12-28 17:00"), Gate::Open);
}

#[test]
fn a_ticked_saturday_collects() {
    let mut rules = rules("offer-follow-up");
    rules.saturday = true;
    assert_eq!(gate(&rules, Some("2026-11-20 13:00"), "2026-11-21 08:00"), Gate::Open);
    // without a window of its own the type needs one in the calendar, too
    (rules.from, rules.to) = (None, None);
    assert_eq!(gate(&rules, Some("2026-11-20 13:00"), "2026-11-21 08:00"), Gate::Closed);
}

#[test]
fn what_leaves_at_once_leaves_with_any_run_inside_the_window() {
    // 09-17: due Mon 10:00 + 2 h
    let mut ticket = Simulator::new(with_hours("helpdesk-immediate", ["2", "4", "6"]), "2026-11-23 10:00");
    assert_eq!(
        ticket.run("2026-11-23 08:00", "2026-11-24 08:00"),
        ["Mon 2026-11-23 12:00 1", "Mon 2026-11-23 14:00 2", "Mon 2026-11-23 16:00 3"]
    );
    let mut patient = Simulator::new(with_hours("helpdesk-standard", ["2", "4", "6"]), "2026-11-23 10:00");
    assert_eq!(patient.run("2026-11-23 08:00", "2026-11-24 08:00"), ["Mon 2026-11-23 13:00 1"]);
}

#[test]
fn explanations_name_the_run_it_leaves_with() {
    let leaves = |key: &str, reached: &str, at_once| {
        let rules = rules(key);
        let simulator = Simulator::new(rules.clone(), reached);
        let timeline = simulator.calendar.timeline(at("2026-01-01"), at("2027-12-31"));
        let leaves = leaves_at(&rules, &simulator.calendar, &timeline, at(reached), at_once);
        super::simulator::shown(leaves.unwrap())
    };
    assert_eq!(leaves("offer-follow-up", "2026-11-20 14:00", false), "Mon 2026-11-23 08:00");
    assert_eq!(leaves("offer-follow-up", "2026-11-20 13:00", false), "Fri 2026-11-20 13:00");
    assert_eq!(leaves("offer-follow-up", "2026-11-20 12:00", false), "Fri 2026-11-20 13:00");
    // 08:00 with a window from 09:00
    assert_eq!(leaves("helpdesk-standard", "2026-11-23 08:30", false), "Mon 2026-11-23 09:00");
    assert_eq!(leaves("helpdesk-high", "2026-11-23 17:00", true), "Tue 2026-11-24 09:00");
    assert_eq!(leaves("helpdesk-high", "2026-11-23 10:07", true), "Mon 2026-11-23 10:07");
    // 24.12. closed, 25.12. a holiday, weekend
    assert_eq!(leaves("offer-follow-up", "2026-12-23 13:01", false), "Mon 2026-12-28 08:00");
}
