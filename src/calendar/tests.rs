use super::*;

const BERLIN: Tz = chrono_tz::Europe::Berlin;

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn time(text: &str) -> Option<TimeOfDay> {
    Some(text.parse().unwrap())
}

/// Monday to Friday 8 to 12 and 13 to 17, Saturday 9 to 13; Baden-Württemberg.
fn office() -> Calendar {
    let windows = ["08:00-12:00", "13:00-17:00"].map(|text| text.parse().unwrap()).to_vec();
    let mut calendar = Calendar::daily(BERLIN, Window::WHOLE_DAY);
    calendar.windows = std::array::from_fn(|day| match day {
        5 => vec!["09:00-13:00".parse().unwrap()],
        6 => Vec::new(),
        _ => windows.clone(),
    });
    calendar.holidays = HolidayRules::of(State::BW);
    calendar.closed_yearly = BTreeSet::from(["12-31".parse().unwrap()]);
    calendar.half_yearly = BTreeMap::from([("12-24".parse().unwrap(), "12:00".parse().unwrap())]);
    calendar
}

#[test]
fn a_day_says_why_it_is_closed() {
    let calendar = office();
    let kind = |text| calendar.day(date(text)).kind;
    assert_eq!(kind("2026-11-20"), DayKind::Open);
    assert_eq!(kind("2026-11-22"), DayKind::NoWindow);
    assert_eq!(kind("2026-06-04"), DayKind::Holiday("Fronleichnam"));
    // a holiday on a Sunday is named as such
    assert_eq!(kind("2026-11-01"), DayKind::Holiday("Allerheiligen"));
    assert_eq!(kind("2026-12-31"), DayKind::Closed);
    assert_eq!(
        calendar.day(date("2026-12-24")),
        Day { kind: DayKind::Half("12:00".parse().unwrap()), windows: vec!["08:00-12:00".parse().unwrap()] }
    );
}

#[test]
fn a_half_day_that_closes_before_it_opens_is_closed() {
    let mut calendar = office();
    calendar.half.insert(date("2026-11-20"), "08:00".parse().unwrap());
    assert!(!calendar.opens_on(date("2026-11-20")));
    // the single day decides over the yearly one
    calendar.half.insert(date("2026-12-24"), "10:00".parse().unwrap());
    assert_eq!(calendar.day(date("2026-12-24")).windows, ["08:00-10:00".parse().unwrap()]);
}

#[test]
fn a_types_window_replaces_the_calendars() {
    let calendar = office().with_window(time("10:00"), time("18:00"), false, true);
    assert_eq!(calendar.day(date("2026-11-20")).windows, ["10:00-18:00".parse().unwrap()]);
    assert!(!calendar.opens_on(date("2026-11-21")), "Saturday is not ticked");
    assert!(calendar.opens_on(date("2026-11-22")), "Sunday is ticked");
    assert!(!calendar.opens_on(date("2026-12-25")), "a holiday stays closed");
    assert_eq!(calendar.day(date("2026-12-24")).windows, ["10:00-12:00".parse().unwrap()], "a half day stays one");
    let open_ended = office().with_window(time("10:00"), None, false, false);
    assert_eq!(open_ended.day(date("2026-11-20")).windows, ["10:00-24:00".parse().unwrap()]);
}

#[test]
fn without_a_types_window_a_saturday_needs_both_tick_and_windows() {
    let opens = |saturday, sunday, day| office().with_window(None, None, saturday, sunday).opens_on(date(day));
    assert!(opens(true, true, "2026-11-21"));
    assert!(!opens(false, true, "2026-11-21"));
    assert!(!opens(true, true, "2026-11-22"), "the calendar has no window on Sundays");
    assert_eq!(office().with_window(None, None, true, true), office());
}

#[test]
fn working_days_are_counted_over_weekends_and_holidays() {
    let calendar = office().with_window(None, None, false, false);
    let add = |day, n| working_day_add(&calendar, date(day), n).unwrap().to_string();
    assert_eq!(add("2026-11-20", 1), "2026-11-23");
    assert_eq!(add("2026-11-21", 0), "2026-11-23");
    assert_eq!(add("2026-11-23", 0), "2026-11-23");
    assert_eq!(add("2026-11-23", -1), "2026-11-20");
    // 24.12. half, 25. and 26. holidays, 27. Sunday, 31. closed, 1.1. holiday
    assert_eq!(add("2026-12-23", 3), "2026-12-29");
    assert_eq!(add("2026-12-30", 1), "2027-01-04");
    assert_eq!(calendar.open_days_between(date("2026-12-23"), date("2026-12-29")), 3);
    assert_eq!(calendar.open_days_between(date("2026-12-29"), date("2026-12-23")), 0);
    let never = Calendar { windows: Default::default(), ..calendar };
    assert_eq!(working_day_add(&never, date("2026-11-20"), 1), None);
}

/// A window 08–18, a follow-up for Thu 19.11.2026, stages after 16, 24 and 40 hours.
#[test]
fn the_stages_of_the_example() {
    let calendar = Calendar::daily(BERLIN, "08:00-18:00".parse().unwrap()).with_window(None, None, false, false);
    let mut clock = Clock::new(calendar);
    let due = midnight(date("2026-11-19"), BERLIN);
    let mut reached = |hours: i64| german::instant(clock.deadline(due, hours * 3600).unwrap(), BERLIN);
    assert_eq!(reached(16), "Fr 20.11.2026 14:00");
    assert_eq!(reached(24), "Mo 23.11.2026 12:00");
    assert_eq!(reached(40), "Di 24.11.2026 18:00");
    // the spacing: stage 1 left Mon 08:00, so 8 hours later; stage 2 left Tue 08:00, so 16 hours later
    let mut spaced = |from: &str, hours: i64| {
        let from = zone::from_local(from.parse().unwrap(), BERLIN);
        german::instant(clock.deadline(from, hours * 3600).unwrap(), BERLIN)
    };
    assert_eq!(spaced("2026-11-23T08:00:00", 8), "Mo 23.11.2026 16:00");
    assert_eq!(spaced("2026-11-24T08:00:00", 16), "Mi 25.11.2026 14:00");
}

/// Helpdesk high, window 09–17, hours 16/16/16: stage 1 left Wed 18.11.2026 12:00; waiting from Thu 13:00 to Mon 10:00 takes time away.
#[test]
fn the_pause_of_the_example() {
    let calendar = Calendar::daily(BERLIN, "09:00-17:00".parse().unwrap()).with_window(None, None, false, false);
    let at = |text: &str| zone::from_local(text.parse().unwrap(), BERLIN);
    let timeline = calendar.timeline(at("2026-11-01T00:00:00"), at("2026-12-01T00:00:00"));
    let paused = timeline.elapsed(at("2026-11-19T13:00:00"), at("2026-11-23T10:00:00"));
    let reached = timeline.deadline(at("2026-11-18T12:00:00"), 16 * 3600 + paused).unwrap();
    assert_eq!(german::instant(reached, BERLIN), "Mo 23.11.2026 17:00");
}
