use chrono::{Datelike, TimeDelta, TimeZone, Timelike};
use chrono_tz::Tz;
use proptest::prelude::*;

use super::*;
use crate::calendar::{HolidayRules, State, TimeOfDay, Window, sort_windows};

const BERLIN: Tz = chrono_tz::Europe::Berlin;

fn at(local: &str) -> DateTime<Utc> {
    BERLIN.from_local_datetime(&local.parse().unwrap()).unwrap().with_timezone(&Utc)
}

fn utc(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn daily(window: &str) -> Calendar {
    Calendar::daily(BERLIN, window.parse().unwrap())
}

/// Weekdays 08–18, Baden-Württemberg.
fn office() -> Timeline {
    let mut calendar = daily("08:00-18:00").with_window(None, None, false, false);
    calendar.holidays = HolidayRules::of(State::BW);
    calendar.timeline(at("2026-01-01T00:00:00"), at("2028-01-01T00:00:00"))
}

const HOUR: i64 = 3600;

#[test]
fn nights_weekends_and_holidays_do_not_count() {
    let timeline = office();
    assert_eq!(timeline.elapsed(at("2026-11-20T17:00:00"), at("2026-11-23T09:00:00")), 2 * HOUR);
    assert_eq!(timeline.elapsed(at("2026-12-24T12:00:00"), at("2026-12-28T09:00:00")), 7 * HOUR);
    assert_eq!(timeline.elapsed(at("2026-11-23T09:00:00"), at("2026-11-20T17:00:00")), 0);
    assert_eq!(timeline.elapsed(at("2026-11-20T08:00:00"), at("2026-11-20T08:00:30")), 30);
}

#[test]
fn latest_start_lands_on_the_opening_where_the_time_is_used_up_there() {
    let timeline = office();
    let now = at("2026-11-23T12:00:00");
    // since Monday 08:00: four hours, so it is that opening and not Friday's closing
    assert_eq!(timeline.latest_start(now, 4 * HOUR), Some(at("2026-11-23T08:00:00")));
    assert_eq!(timeline.latest_start(now, 4 * HOUR + 1), Some(at("2026-11-20T17:59:59")));
    assert_eq!(timeline.latest_start(now, 0), Some(now));
    assert_eq!(timeline.latest_start(now, 100_000 * HOUR), None);
}

#[test]
fn deadline_lands_on_the_closing_where_the_time_is_used_up_there() {
    let timeline = office();
    let friday = at("2026-11-20T14:00:00");
    assert_eq!(timeline.deadline(friday, 4 * HOUR), Some(at("2026-11-20T18:00:00")));
    assert_eq!(timeline.deadline(friday, 4 * HOUR + 1), Some(at("2026-11-23T08:00:01")));
    assert_eq!(timeline.deadline(friday, 0), Some(friday));
    assert_eq!(timeline.deadline(friday, 100_000 * HOUR), None);
    assert_eq!(timeline.deadline(friday, i64::MAX), None);
}

#[test]
fn openings() {
    let timeline = office();
    assert!(timeline.is_open(at("2026-11-20T08:00:00")));
    assert!(!timeline.is_open(at("2026-11-20T18:00:00")));
    assert_eq!(timeline.next_open(at("2026-11-20T09:30:00")), Some(at("2026-11-20T09:30:00")));
    assert_eq!(timeline.next_open(at("2026-11-20T18:00:00")), Some(at("2026-11-23T08:00:00")));
    assert_eq!(timeline.next_open(at("2028-01-01T00:00:00")), None);
    let spans: Vec<_> = timeline.windows_between(at("2026-11-20T17:00:00"), at("2026-11-23T09:00:00")).collect();
    assert_eq!(
        spans,
        [
            (at("2026-11-20T17:00:00"), at("2026-11-20T18:00:00")),
            (at("2026-11-23T08:00:00"), at("2026-11-23T09:00:00"))
        ]
    );
}

#[test]
fn an_empty_range_and_a_calendar_that_never_opens() {
    let now = at("2026-11-20T12:00:00");
    for timeline in [
        daily("08:00-18:00").timeline(now, now),
        daily("08:00-18:00").timeline(now, now - TimeDelta::days(1)),
        Calendar { windows: Default::default(), ..daily("08:00-18:00") }.timeline(now - TimeDelta::days(9), now),
    ] {
        assert_eq!(timeline.total(), 0);
        assert_eq!(timeline.elapsed(now - TimeDelta::days(3), now), 0);
        assert_eq!(timeline.latest_start(now, 1), None);
        assert_eq!(timeline.deadline(now, 1), None);
        assert_eq!(timeline.next_open(now), None);
        assert_eq!(timeline.windows_between(now, now + TimeDelta::days(1)).count(), 0);
    }
}

#[test]
fn instants_beyond_all_calendars_do_no_harm() {
    let (first, last) = (DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC);
    assert_eq!(daily("00:00-24:00").timeline(first, utc("0000-01-02T00:00:00Z")).total(), 24 * HOUR);
    assert_eq!(daily("00:00-24:00").timeline(utc("9999-12-31T00:00:00Z"), last).total(), 24 * HOUR);
    let office = office();
    assert_eq!(office.elapsed(first, last), office.total());
    assert_eq!(office.latest_start(first, 1), None);
    assert_eq!(office.deadline(last, 1), None);
}

/// 25 October 2026: from 03:00 back to 02:00. A window with an edge inside the repeated hour is two pieces; it opens
/// with the first of the two local times and closes with the second.
#[test]
fn window_edges_inside_the_repeated_hour() {
    let (start, end) = (utc("2026-10-24T22:00:00Z"), utc("2026-10-25T23:00:00Z"));
    let spans = |window: &str| {
        let timeline = daily(window).timeline(start, end);
        timeline
            .windows_between(start, end)
            .map(|(from, to)| format!("{}-{}", from.format("%H:%M"), to.format("%H:%M")))
            .collect::<Vec<_>>()
    };
    // closes at the first 02:30, is open again from the second 02:00 to the second 02:30
    assert_eq!(spans("01:00-02:30"), ["23:00-00:30", "01:00-01:30"]);
    // opens at the first 02:30, to the end of the first hour, and again from the second 02:30
    assert_eq!(spans("02:30-04:00"), ["00:30-01:00", "01:30-03:00"]);
    assert_eq!(spans("02:15-02:45"), ["00:15-00:45", "01:15-01:45"]);
    assert_eq!(spans("02:00-03:00"), ["00:00-02:00"]);
    assert_eq!(spans("00:00-24:00"), ["22:00-23:00"]);
    assert_eq!(daily("00:00-24:00").timeline(start, end).total(), 25 * HOUR);
}

/// 29 March 2026: from 02:00 on to 03:00. An edge inside the missing hour is the jump.
#[test]
fn window_edges_inside_the_missing_hour() {
    let (start, end) = (utc("2026-03-28T23:00:00Z"), utc("2026-03-29T22:00:00Z"));
    let spans = |window: &str| {
        let timeline = daily(window).timeline(start, end);
        timeline
            .windows_between(start, end)
            .map(|(from, to)| format!("{}-{}", from.format("%H:%M"), to.format("%H:%M")))
            .collect::<Vec<_>>()
    };
    assert_eq!(spans("01:00-02:30"), ["00:00-01:00"]);
    assert_eq!(spans("02:30-04:00"), ["01:00-02:00"]);
    assert_eq!(spans("02:15-02:45"), [""; 0]);
    assert_eq!(daily("00:00-24:00").timeline(start, end).total(), 23 * HOUR);
}

/// The open minutes of `[from, to)`, counted one by one on the local clock: knows nothing of spans and sums.
fn minutes_counted(calendar: &Calendar, from: DateTime<Utc>, to: DateTime<Utc>) -> i64 {
    let mut count = 0;
    let mut minute = from;
    while minute < to {
        let local = minute.with_timezone(&calendar.zone).naive_local();
        let of_day = (local.hour() * 60 + local.minute()) as u16;
        let windows = &calendar.windows[local.weekday().num_days_from_monday() as usize];
        let closed = calendar.closed.iter().any(|range| range.contains(&local.date()));
        if !closed && windows.iter().any(|w| w.from().minutes() <= of_day && of_day < w.to().minutes()) {
            count += 1;
        }
        minute += TimeDelta::minutes(1);
    }
    count
}

fn window() -> impl Strategy<Value = Window> {
    // edges near the night's change as often as anywhere else
    let edge = prop_oneof![0u16..=1440, 90u16..210];
    (edge.clone(), edge).prop_filter_map("to after from", |(from, to)| {
        Window::new(TimeOfDay::from_minutes(from)?, TimeOfDay::from_minutes(to)?).ok()
    })
}

fn windows() -> impl Strategy<Value = Vec<Window>> {
    prop_oneof![
        1 => Just(vec![Window::WHOLE_DAY]),
        3 => prop::collection::vec(window(), 0..4).prop_map(sort_windows),
    ]
}

fn calendar() -> impl Strategy<Value = Calendar> {
    let zone = prop_oneof![
        6 => Just(BERLIN),
        1 => Just(chrono_tz::Australia::Lord_Howe),
        1 => Just(chrono_tz::America::St_Johns),
    ];
    (zone, prop::array::uniform7(windows()), prop::collection::vec(0u64..700, 0..6)).prop_map(
        |(zone, windows, closed)| {
            let first: NaiveDate = "2026-01-01".parse().unwrap();
            let closed = closed.into_iter().map(|day| first + chrono::Days::new(day)).map(|day| day..=day).collect();
            Calendar { windows, closed, ..Calendar::daily(zone, Window::WHOLE_DAY) }
        },
    )
}

/// Two instants in 2026 or 2027, whole minutes: half of them close to a night on which the clock changes, some far apart.
fn span() -> impl Strategy<Value = (DateTime<Utc>, DateTime<Utc>)> {
    let near = prop_oneof![Just("2026-03-29T00:00:00Z"), Just("2026-10-25T00:00:00Z"), Just("2027-03-28T00:00:00Z")]
        .prop_flat_map(|night| (-600i64..300).prop_map(move |minutes| utc(night) + TimeDelta::minutes(minutes)));
    let anywhere = (0i64..525_600).prop_map(|minutes| utc("2026-01-01T00:00:00Z") + TimeDelta::minutes(minutes));
    let length = prop_oneof![8 => 0i64..3_000, 1 => 0i64..50_000, 1 => 250_000i64..400_000];
    (prop_oneof![near, anywhere], length).prop_map(|(from, minutes)| (from, from + TimeDelta::minutes(minutes)))
}

fn around(calendar: &Calendar, from: DateTime<Utc>, to: DateTime<Utc>) -> Timeline {
    calendar.timeline(from - TimeDelta::days(20), to + TimeDelta::days(20))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn elapsed_equals_the_minutes_counted((from, to) in span(), calendar in calendar()) {
        let counted = minutes_counted(&calendar, from, to) * 60;
        let timeline = around(&calendar, from, to);
        prop_assert_eq!(timeline.elapsed(from, to), counted);
        let spans: i64 = timeline.windows_between(from, to).map(|(start, end)| (end - start).num_seconds()).sum();
        prop_assert_eq!(spans, counted);
    }

    #[test]
    fn latest_start_is_tight((from, now) in span(), calendar in calendar(), part in 0.0f64..1.0) {
        let timeline = around(&calendar, from, now);
        let seconds = (timeline.elapsed(from, now) as f64 * part) as i64;
        prop_assume!(seconds > 0);
        let start = timeline.latest_start(now, seconds).unwrap();
        prop_assert!(start >= from && start < now);
        prop_assert!(timeline.elapsed(start, now) >= seconds);
        prop_assert!(timeline.elapsed(start + TimeDelta::seconds(1), now) < seconds);
        prop_assert!(timeline.is_open(start));
    }

    #[test]
    fn latest_start_agrees_with_the_minutes_counted((from, now) in span(), calendar in calendar(), part in 0.0f64..1.0) {
        let minutes = (minutes_counted(&calendar, from, now) as f64 * part) as i64;
        prop_assume!(minutes > 0);
        let start = around(&calendar, from, now).latest_start(now, minutes * 60).unwrap();
        prop_assert_eq!(minutes_counted(&calendar, start, now), minutes);
        prop_assert_eq!(minutes_counted(&calendar, start + TimeDelta::minutes(1), now), minutes - 1);
    }

    #[test]
    fn deadline_is_tight((from, to) in span(), calendar in calendar(), part in 0.0f64..1.0) {
        let timeline = around(&calendar, from, to);
        let seconds = (timeline.elapsed(from, to) as f64 * part) as i64;
        prop_assume!(seconds > 0);
        let end = timeline.deadline(from, seconds).unwrap();
        prop_assert!(end > from && end <= to);
        prop_assert_eq!(timeline.elapsed(from, end), seconds);
        prop_assert_eq!(timeline.elapsed(from, end - TimeDelta::seconds(1)), seconds - 1);
        prop_assert!(timeline.is_open(end - TimeDelta::seconds(1)));
    }

    #[test]
    fn openings_agree_with_the_minutes_counted((from, to) in span(), calendar in calendar()) {
        let timeline = around(&calendar, from, to);
        prop_assert_eq!(timeline.is_open(to), minutes_counted(&calendar, to, to + TimeDelta::minutes(1)) == 1);
        if let Some(opens) = timeline.next_open(from) {
            prop_assert!(opens >= from && timeline.is_open(opens));
            prop_assert_eq!(timeline.elapsed(from, opens), 0);
        }
    }
}
