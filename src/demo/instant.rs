//! The demo's instant: now if all its types may send now, else the last minute at which they could. Pure.

use chrono::{DateTime, DurationRound, TimeDelta, Utc};

use crate::calendar::{Calendar, Timeline};
use crate::settings::Settings;

/// How far back the search goes: no office is closed for longer.
const DAYS_SEARCHED: i64 = 60;

/// The instant that the demo plays at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DemoInstant {
    /// When, on a whole minute.
    pub at: DateTime<Utc>,
    /// Whether that is now; otherwise commands have to be told with `--as-of`.
    pub is_now: bool,
}

/// The calendars of all active types, each under the window of its type; equal ones once.
pub fn calendars(settings: &Settings) -> Vec<Calendar> {
    let mut calendars: Vec<Calendar> = Vec::new();
    for rules in settings.escalation.types.iter().filter(|rules| rules.active) {
        let calendar = settings.calendar(rules.calendar_name(None)).map(|calendar| rules.windowed(calendar));
        calendars.extend(calendar.filter(|calendar| !calendars.contains(calendar)));
    }
    calendars
}

/// `now` if every calendar is open, else the last minute at which every one was. `None` if there was none for two months.
pub fn demo_instant(now: DateTime<Utc>, calendars: &[Calendar]) -> Option<DemoInstant> {
    let now = now.duration_trunc(TimeDelta::minutes(1)).ok()?;
    let from = now - TimeDelta::days(DAYS_SEARCHED);
    let timelines: Vec<Timeline> =
        calendars.iter().map(|calendar| calendar.timeline(from, now + TimeDelta::minutes(1))).collect();
    let mut at = now;
    // each round goes back to where the last of the closed ones was open; where nobody has to move, all are
    loop {
        let open = timelines.iter().map(|timeline| last_open_minute(timeline, at)).min().unwrap_or(Some(at))?;
        if open == at {
            return Some(DemoInstant { at, is_now: at == now });
        }
        at = open;
    }
}

/// The last open minute up to `at`; a window that closes at 17:00 is open at 16:59 for the last time.
fn last_open_minute(timeline: &Timeline, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
    if timeline.is_open(at) {
        return Some(at);
    }
    let (from, _) = timeline.range();
    timeline.windows_between(from, at).last().map(|(_, closes)| closes - TimeDelta::minutes(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::{CalendarSettings, TimeOfDay};

    fn office(closed: &[&str]) -> Calendar {
        let windows = vec!["08:00-18:00".to_owned()];
        let settings = CalendarSettings {
            state: Some("DE-BW".into()),
            mon: windows.clone(),
            tue: windows.clone(),
            wed: windows.clone(),
            thu: windows.clone(),
            fri: windows,
            closed: closed.iter().map(|day| (*day).to_owned()).collect(),
            ..CalendarSettings::default()
        };
        settings.to_calendar(chrono_tz::Europe::Berlin).unwrap()
    }

    fn windowed(calendar: &Calendar, from: &str, to: &str) -> Calendar {
        let time = |text: &str| text.parse::<TimeOfDay>().unwrap();
        calendar.with_window(Some(time(from)), Some(time(to)), false, false)
    }

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn the_instant_is_now_or_the_last_open_minute() {
        let office = office(&["12-24", "12-31"]);
        let calendars = [windowed(&office, "08:00", "18:00"), windowed(&office, "09:00", "17:00")];
        for (why, now, expected, is_now) in [
            ("an ordinary Friday, seconds cut off", "2026-11-20T10:30:29+01:00", "2026-11-20T10:30:00+01:00", true),
            ("the first open minute", "2026-11-20T09:00:00+01:00", "2026-11-20T09:00:00+01:00", true),
            (
                "one window is open, the other is not yet",
                "2026-11-20T08:30:00+01:00",
                "2026-11-19T16:59:00+01:00",
                false,
            ),
            ("one window is closed already", "2026-11-20T17:00:00+01:00", "2026-11-20T16:59:00+01:00", false),
            ("the night", "2026-11-20T02:00:00+01:00", "2026-11-19T16:59:00+01:00", false),
            ("Saturday", "2026-11-21T11:00:00+01:00", "2026-11-20T16:59:00+01:00", false),
            ("Monday before work", "2026-11-23T07:59:00+01:00", "2026-11-20T16:59:00+01:00", false),
            // Epiphany 2027 is a Wednesday and a holiday in Baden-Württemberg
            ("a holiday", "2027-01-06T10:00:00+01:00", "2027-01-05T16:59:00+01:00", false),
            // Christmas Eve 2026 is a Thursday; Saturday 26th follows, Monday opens again
            ("Christmas Eve, closed by the calendar", "2026-12-24T10:00:00+01:00", "2026-12-23T16:59:00+01:00", false),
            ("Boxing Day", "2026-12-26T10:00:00+01:00", "2026-12-23T16:59:00+01:00", false),
            // the clocks go forward in the night to Sunday 29 March 2026
            ("after the short night", "2026-03-29T12:00:00+02:00", "2026-03-27T16:59:00+01:00", false),
        ] {
            let found = demo_instant(at(now), &calendars).unwrap();
            assert_eq!(found, DemoInstant { at: at(expected), is_now }, "{why}");
        }
    }

    #[test]
    fn windows_that_never_overlap_have_no_instant() {
        let office = office(&[]);
        let calendars = [windowed(&office, "08:00", "12:00"), windowed(&office, "13:00", "18:00")];
        assert_eq!(demo_instant(at("2026-11-20T10:30:00Z"), &calendars), None);
    }

    #[test]
    fn without_types_it_is_always_open() {
        let now = at("2026-11-21T22:10:00Z");
        assert_eq!(demo_instant(now, &[]), Some(DemoInstant { at: now, is_now: true }));
    }
}
