//! When a step is reached. Every date is worked out by hand in the comment beside it.

use super::simulator::{BERLIN, Simulator, at, office, rules, shown, with_hours};
use crate::escalation::items::shift_days;
use crate::escalation::rules::{Basis, Clock};
use crate::escalation::step::Step;

/// The worked example of the rules: 08-18, 16/24/40, follow-up on a Thursday at 00:00.
#[test]
fn a_whole_chain_from_follow_up_to_repeat() {
    let mut offer = Simulator::new(rules("offer-follow-up"), "2026-11-19");
    // stage 1: Thu 10 + Fri 6 = Fri 14:00, after the collection of 13:00
    assert_eq!(offer.reached("2026-11-19"), "1 Fri 2026-11-20 14:00");
    assert_eq!(
        offer.run("2026-11-19", "2026-12-15"),
        [
            "Mon 2026-11-23 08:00 1",
            // due + 24 = Mon 12:00; 8 h after stage 1 = Mon 16:00
            "Tue 2026-11-24 08:00 2",
            // due + 40 = Tue 18:00; 16 h after stage 2 = Tue 10 + Wed 6 = Wed 14:00
            "Thu 2026-11-26 08:00 3",
            // 40 h after stage 3 = Thu, Fri, Mon, Tue = Tue 18:00
            "Wed 2026-12-02 08:00 101",
            // Wed, Thu, Fri, Mon = Mon 18:00
            "Tue 2026-12-08 08:00 102",
            // Tue, Wed, Thu, Fri = Fri 18:00
            "Mon 2026-12-14 08:00 103",
        ]
    );
}

#[test]
fn a_chain_without_repeats_falls_silent() {
    let mut offer = Simulator::new(rules("offer-follow-up"), "2026-11-19");
    offer.rules.repeat = "0".parse().unwrap();
    assert_eq!(offer.run("2026-11-19", "2026-12-15").len(), 3);
}

/// Waiting for feedback from Thursday 13:00 to Monday 10:00 delays stage 2.
#[test]
fn a_pause_delays() {
    let mut ticket = Simulator::new(rules("helpdesk-high"), "2026-11-16");
    ticket.last = Some((Step::Stage(1), at("2026-11-18 12:00")));
    ticket.pauses = vec![(at("2026-11-19 13:00"), at("2026-11-23 10:00"))];
    // 09-17: Wed 12-17 = 5, Thu 09-13 = 4, Mon 10-17 = 7: 16 h are used up as the window closes
    assert_eq!(ticket.reached("2026-11-23 10:00"), "2 Mon 2026-11-23 17:00");
    assert_eq!(ticket.run("2026-11-18 12:15", "2026-11-25"), ["Tue 2026-11-24 09:00 2"]);
}

#[test]
fn a_pause_before_due_moves_nothing() {
    let mut ticket = Simulator::new(with_hours("helpdesk-high", ["2", "4", "8"]), "2026-11-17 10:00");
    ticket.pauses = vec![(at("2026-11-16 09:00"), at("2026-11-17 10:00"))];
    assert_eq!(ticket.reached("2026-11-17 10:00"), "1 Tue 2026-11-17 12:00");
    // one that goes on for an hour after due moves it by that hour
    ticket.pauses = vec![(at("2026-11-16 09:00"), at("2026-11-17 11:00"))];
    assert_eq!(ticket.reached("2026-11-17 10:00"), "1 Tue 2026-11-17 13:00");
}

#[test]
fn a_pause_counts_by_the_wall_clock_too() {
    let mut ticket = Simulator::new(with_hours("helpdesk-high", ["2", "4", "8"]), "2026-11-17 22:00");
    ticket.rules.clock = Clock::Wall;
    ticket.pauses = vec![
        (at("2026-11-17 23:00"), at("2026-11-18 01:00")),
        // begins in the delay that the first one makes
        (at("2026-11-18 01:30"), at("2026-11-18 06:00")),
    ];
    // 22-23 one hour, 01:00-01:30 half an hour, from 06:00 the other half
    assert_eq!(ticket.reached("2026-11-17 22:00"), "1 Wed 2026-11-18 06:30");
}

#[test]
fn whoever_still_waits_is_never_reached() {
    let mut ticket = Simulator::new(with_hours("helpdesk-high", ["2", "4", "8"]), "2026-11-17 10:00");
    ticket.pauses = vec![(at("2026-11-17 11:00"), chrono::DateTime::<chrono::Utc>::MAX_UTC)];
    assert_eq!(ticket.reached("2026-11-17 12:00"), "");
}

/// notice_by 31.12.2026 is stored as its 24:00; the notices are 90, 30 and 7 days before the 31st.
#[test]
fn announcements_come_at_midnight_of_their_day() {
    let mut contract = Simulator::new(rules("contract-expiry"), "2027-01-01");
    contract.rules.announce_days = vec![90, 30, 7];
    let mut open_on_christmas_eve = office();
    open_on_christmas_eve.closed.clear();
    contract.calendar = contract.rules.windowed(&open_on_christmas_eve.to_calendar(BERLIN).unwrap());
    assert_eq!(contract.reached("2026-09-01"), "-90 Fri 2026-10-02 00:00");
    assert_eq!(
        contract.run("2026-09-30", "2027-01-09"),
        [
            "Fri 2026-10-02 08:00 -90",
            "Tue 2026-12-01 08:00 -30",
            "Thu 2026-12-24 08:00 -7",
            // 1.1. is a Friday and a holiday; 08-17: Mon 4 h = 12:00, collected at 13:00
            "Mon 2027-01-04 13:00 1",
            // due + 24: Mon 9, Tue 9, (Wed 6.1. holiday), Thu 6 = 14:00; 20 h after stage 1: 4 + 9 + 7 = Thu 15:00
            "Fri 2027-01-08 08:00 2",
        ]
    );
}

#[test]
fn a_notice_on_a_closed_day_waits_for_the_next_open_one() {
    let mut contract = Simulator::new(rules("contract-expiry"), "2027-01-01");
    contract.rules.announce_days = vec![7];
    // Thu 24.12. closed, Fri and Sat holidays, Sunday
    assert_eq!(contract.run("2026-12-20", "2026-12-31"), ["Mon 2026-12-28 08:00 -7"]);
}

#[test]
fn only_the_nearest_notice_is_sent_and_the_others_are_passed_over() {
    let mut contract = Simulator::new(rules("contract-expiry"), "2027-01-01");
    contract.rules.announce_days = vec![90, 30, 7];
    assert_eq!(contract.reached("2026-12-10"), "-30 Tue 2026-12-01 00:00");
    assert_eq!(contract.run("2026-12-10 00:00", "2026-12-20"), ["Thu 2026-12-10 08:00 -30"]);
    // the seventh day comes, the ninetieth never
    assert_eq!(contract.reached("2026-12-20"), "-7 Thu 2026-12-24 00:00");
    contract.last = Some((Step::Announce(7), at("2026-12-28 08:00")));
    assert_eq!(contract.reached("2026-12-29"), "1 Mon 2027-01-04 12:00");
}

#[test]
fn a_changed_list_of_notices_repeats_and_hides_nothing() {
    let mut contract = Simulator::new(rules("contract-expiry"), "2027-01-01");
    contract.last = Some((Step::Announce(30), at("2026-12-01 08:00")));
    contract.rules.announce_days = vec![60, 30, 14, 3];
    // 31.12. less 14 = 17.12.; 60 lies behind, 30 has been sent
    assert_eq!(contract.reached("2026-12-02"), "-14 Thu 2026-12-17 00:00");
    contract.last = Some((Step::Announce(7), at("2026-12-28 08:00")));
    contract.rules.announce_days = vec![90, 30, 7, 1];
    assert_eq!(contract.reached("2026-12-29"), "-1 Wed 2026-12-30 00:00");
}

#[test]
fn a_notice_is_no_step_before_a_stage() {
    let mut contract = Simulator::new(rules("contract-expiry"), "2026-11-17");
    contract.rules.basis = Basis::Previous;
    contract.last = Some((Step::Announce(7), at("2026-11-16 16:00")));
    // counted from due, Tue 08-12, not from the notice
    assert_eq!(contract.reached("2026-11-17"), "1 Tue 2026-11-17 12:00");
    // and once it is due no notice comes any more
    contract.rules.announce_days = vec![7, 1];
    assert_eq!(contract.reached("2026-11-17"), "1 Tue 2026-11-17 12:00");
}

#[test]
fn the_day_of_an_event_is_its_own() {
    // a follow-up on 31.12. at 00:00 is due on the 31st, a promise of that instant would be the 30th's
    let mut offer = Simulator::new(rules("offer-follow-up"), "2026-12-31");
    offer.rules.announce_days = vec![30];
    assert_eq!(offer.reached("2026-11-01"), "-30 Tue 2026-12-01 00:00");
    let mut contract = Simulator::new(rules("contract-expiry"), "2026-12-31");
    contract.rules.announce_days = vec![30];
    assert_eq!(contract.reached("2026-11-01"), "-30 Mon 2026-11-30 00:00");
}

#[test]
fn a_notice_for_a_promise_with_a_time_ends_at_that_time() {
    // due 31.12. at 14:00: one day before is the 30th
    let mut contract = Simulator::new(rules("contract-expiry"), "2026-12-31 14:00");
    contract.rules.announce_days = vec![1];
    assert_eq!(contract.reached("2026-12-01"), "-1 Wed 2026-12-30 00:00");
}

#[test]
fn equal_thresholds_are_one_step_with_a_key_for_each() {
    let mut offer = Simulator::new(with_hours("offer-follow-up", ["16", "24", "24"]), "2026-11-19");
    assert_eq!(offer.run("2026-11-19", "2026-11-30"), ["Mon 2026-11-23 08:00 1", "Tue 2026-11-24 08:00 2+3"]);
    // 40 h after the merged step, whose name is 3: Tue, Wed, Thu, Fri = Fri 18:00
    assert_eq!(offer.reached("2026-11-29"), "101 Fri 2026-11-27 18:00");
    let mut all = Simulator::new(with_hours("offer-follow-up", ["16", "16", "16"]), "2026-11-19");
    assert_eq!(all.run("2026-11-19", "2026-11-24"), ["Mon 2026-11-23 08:00 1+2+3"]);
}

#[test]
fn a_stage_without_hours_is_off() {
    let mut offer = Simulator::new(with_hours("offer-follow-up", ["16", "0.00", "40"]), "2026-11-19");
    // 24 h after stage 1: Mon 10, Tue 10, Wed 4 = Wed 12:00, collected at 13:00
    assert_eq!(offer.run("2026-11-19", "2026-12-01"), ["Mon 2026-11-23 08:00 1", "Wed 2026-11-25 13:00 3"]);
    let mut offer = Simulator::new(with_hours("offer-follow-up", ["0", "24", "0"]), "2026-11-19");
    // due + 24 = Mon 12:00, no spacing below the lowest; the repeat follows stage 2: 40 h from Mon 13:00 = Fri 13:00
    assert_eq!(offer.run("2026-11-19", "2026-11-28"), ["Mon 2026-11-23 13:00 2", "Fri 2026-11-27 13:00 101"]);
    let mut offer = Simulator::new(with_hours("offer-follow-up", ["0", "0", "0"]), "2026-11-19");
    assert_eq!(offer.run("2026-11-19", "2026-12-15"), [""; 0]);
}

/// 16/16/16 makes sense only from step to step.
#[test]
fn basis_previous_counts_from_the_step_before() {
    let mut ticket = Simulator::new(rules("helpdesk-high"), "2026-11-17");
    assert_eq!(
        ticket.run("2026-11-17", "2026-12-03"),
        [
            // 09-17: Tue 8, Wed 8 = Wed 17:00, which is closed
            "Thu 2026-11-19 09:00 1",
            // Thu, Fri = Fri 17:00
            "Mon 2026-11-23 09:00 2",
            // Mon, Tue = Tue 17:00
            "Wed 2026-11-25 09:00 3",
            // 40 h: Wed, Thu, Fri, Mon, Tue = Tue 17:00
            "Wed 2026-12-02 09:00 101",
        ]
    );
}

/// No run for two weeks: the employee still has his time before the supervisor hears of it.
#[test]
fn an_outage_keeps_the_spacing() {
    let mut offer = Simulator::new(rules("offer-follow-up"), "2026-11-19");
    assert_eq!(
        offer.run("2026-12-03 09:10", "2026-12-09"),
        [
            "Thu 2026-12-03 09:10 1",
            // 8 h after = Thu 17:10
            "Fri 2026-12-04 08:10 2",
            // 16 h after: Fri 08:10-18:00 = 9:50, Mon 6:10 = Mon 14:10
            "Tue 2026-12-08 08:10 3",
        ]
    );
}

#[test]
fn what_is_too_old_is_not_spoken_of() {
    // Saturday 21.11.: open days after it are Mon 23, Tue 24, Wed 25, Thu 26
    let birthday = Simulator::new(rules("birthday"), "2026-11-21");
    assert_eq!(birthday.rules.max_age_days, Some(3));
    assert_eq!(birthday.reached("2026-11-25 18:00"), "1 Sat 2026-11-21 00:15");
    assert_eq!(birthday.reached("2026-11-26 08:00"), "");
    let mut birthday = Simulator::new(rules("birthday"), "2026-11-21");
    // a week ahead is Sat 14.11.: told on Monday
    assert_eq!(birthday.run("2026-11-10", "2026-12-31"), ["Mon 2026-11-16 08:00 -7", "Mon 2026-11-23 08:00 1"]);
}

#[test]
fn due_can_be_moved_by_days() {
    // delivered Fri 23.10.2026; three days later is Mon 26.10., after the long night
    let mut note = Simulator::new(rules("delivery-note"), "2026-10-23");
    note.rules.offset_days = 3;
    // 08-17: 8 h = Mon 16:00
    assert_eq!(note.reached("2026-10-23"), "1 Mon 2026-10-26 16:00");
    note.rules.offset_days = -2;
    // Wed 21.10. 00:00
    assert_eq!(note.reached("2026-10-21"), "1 Wed 2026-10-21 16:00");
}

#[test]
fn a_shift_by_days_keeps_the_time_of_the_day() {
    for (from, days, to) in [
        ("2026-10-24 00:00", 3, "Tue 2026-10-27 00:00"),
        ("2026-10-27 09:30", -3, "Sat 2026-10-24 09:30"),
        ("2026-03-27 00:00", 3, "Mon 2026-03-30 00:00"),
        // 02:30 does not exist on the 29th
        ("2026-03-28 02:30", 1, "Sun 2026-03-29 03:00"),
        ("2028-02-28 00:00", 1, "Tue 2028-02-29 00:00"),
        ("2026-11-19 00:00", 0, "Thu 2026-11-19 00:00"),
    ] {
        assert_eq!(shown(shift_days(at(from), days, BERLIN)), to, "{from} {days:+}");
    }
}

/// The seed's sample: 16 real hours after Monday 00:00 is Monday 16:00; its run was on Tuesday at 08:13.
#[test]
fn the_wall_clock_counts_the_night() {
    let mut offer = Simulator::new(rules("offer-follow-up"), "2021-03-08");
    offer.rules.clock = Clock::Wall;
    assert_eq!(offer.reached("2021-03-08"), "1 Mon 2021-03-08 16:00");
    assert_eq!(offer.run_at("2021-03-09 08:13").as_deref(), Some("Tue 2021-03-09 08:13 1"));
    // stage 2: due + 24 = Tue 00:00; 8 h after stage 1 by the same clock
    assert_eq!(offer.reached("2021-03-09 08:13"), "2 Tue 2021-03-09 16:13");
    // repeats are working hours even so: 08:13 + 40 h of 08-18 = Sat is none: Tue 9:47, Wed, Thu, Fri 30, Mon 0:13
    offer.last = Some((Step::Stage(3), at("2021-03-09 08:13")));
    assert_eq!(offer.reached("2021-03-09 08:13"), "101 Mon 2021-03-15 08:13");
}

#[test]
fn the_short_and_the_long_night_by_the_wall_clock() {
    for (due, reached) in [
        // 12:00 winter time + 16 h = 04:00 winter time = 05:00
        ("2026-03-28 12:00", "1 Sun 2026-03-29 05:00"),
        // 12:00 summer time + 16 h = 04:00 summer time = 03:00
        ("2026-10-24 12:00", "1 Sun 2026-10-25 03:00"),
    ] {
        let mut offer = Simulator::new(rules("offer-follow-up"), due);
        offer.rules.clock = Clock::Wall;
        assert_eq!(offer.reached(due), reached);
    }
}

#[test]
fn the_short_and_the_long_night_in_a_night_shift() {
    let night = |due: &str, hours: [&str; 3]| {
        let mut rules = with_hours("offer-follow-up", hours);
        (rules.from, rules.to) = (None, "06:00".parse().ok());
        rules.sunday = true;
        Simulator::new(rules, due).reached(due)
    };
    // 00-06 is five hours long on 29 March, and seven on 25 October
    assert_eq!(night("2026-03-29", ["5", "6", "8"]), "1 Sun 2026-03-29 06:00");
    assert_eq!(night("2026-10-25", ["5", "6", "8"]), "1 Sun 2026-10-25 04:00");
    // the sixth hour of March is Monday's first
    assert_eq!(night("2026-03-29", ["6", "6", "8"]), "1+2 Mon 2026-03-30 01:00");
}

#[test]
fn christmas_eve_closed_and_half() {
    // Wed 12-18 = 6; closed: the other 4 on Mon 28.12. (25th holiday, weekend), collected at 13:00
    let ten_hours = || with_hours("offer-follow-up", ["10", "24", "40"]);
    let mut closed = Simulator::new(ten_hours(), "2026-12-23 12:00");
    assert_eq!(closed.reached("2026-12-23 12:00"), "1 Mon 2026-12-28 12:00");
    assert_eq!(closed.run("2026-12-23", "2026-12-29"), ["Mon 2026-12-28 13:00 1"]);
    // half: 08-12 on the 24th is enough, but then the office is closed
    let mut half = office();
    half.closed.clear();
    half.half.insert("12-24".to_owned(), "12:00".to_owned());
    let mut half = Simulator::within(&half, ten_hours(), "2026-12-23 12:00");
    assert_eq!(half.reached("2026-12-23 12:00"), "1 Thu 2026-12-24 12:00");
    assert_eq!(half.run("2026-12-23", "2026-12-29"), ["Mon 2026-12-28 08:00 1"]);
}

#[test]
fn a_holiday_on_a_working_day_does_not_count() {
    // Tue 5.1. 10 h, Wed 6.1. Heilige Drei Könige, Thu 6 h = 14:00
    let mut offer = Simulator::new(rules("offer-follow-up"), "2027-01-05");
    assert_eq!(offer.reached("2027-01-05"), "1 Thu 2027-01-07 14:00");
    assert_eq!(offer.run("2027-01-05", "2027-01-09"), ["Fri 2027-01-08 08:00 1"]);
}

#[test]
fn friday_afternoon_and_saturday() {
    // 08-17: Fri 15-17 = 2 h, Mon 2 h
    let mut order = Simulator::new(rules("order-delivery-overdue"), "2026-11-20 15:00");
    assert_eq!(order.reached("2026-11-20 15:00"), "1 Mon 2026-11-23 10:00");
    assert_eq!(order.run("2026-11-20 15:00", "2026-11-24"), ["Mon 2026-11-23 13:00 1"]);
    let mut rules = rules("order-delivery-overdue");
    rules.saturday = true;
    let mut order = Simulator::new(rules, "2026-11-20 15:00");
    assert_eq!(order.run("2026-11-20 15:00", "2026-11-23"), ["Sat 2026-11-21 13:00 1"]);
}

#[test]
fn a_type_without_window_goes_by_the_calendar() {
    // 08-17 of the office: 8 h from Fri 15:00 = Fri 2, Mon 6
    let invoice = Simulator::new(with_hours("invoice-follow-up", ["8", "24", "40"]), "2026-11-20 15:00");
    assert_eq!(invoice.reached("2026-11-20 15:00"), "1 Mon 2026-11-23 14:00");
}

#[test]
fn what_was_found_and_held_counts_as_nothing_said() {
    let mut offer = Simulator::new(rules("offer-follow-up"), "2026-11-19");
    offer.last = Some((Step::Held, at("1970-01-01 01:00")));
    assert_eq!(offer.reached("2026-11-21"), "1 Fri 2026-11-20 14:00");
}
