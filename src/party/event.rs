//! What a calendar file (iCalendar, RFC 5545) says about absences: its events as days. Pure.
//!
//! Events that repeat are refused by name: an absence is one run of days, and a rule without an end would be many. A timed
//! event makes an absence of the days that it takes most of; a dentist's hour is none.

use std::collections::BTreeMap;

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use icalendar::parser::{Component, Property, read_calendar, unfold};

use crate::calendar::{from_local, local_day, midnight};
use crate::error::{Error, Result};

/// A day counts if an event takes so much of it: who is away for less can still be reached on that day.
const MOST_OF_A_DAY: TimeDelta = TimeDelta::hours(6);
/// What lasts longer is a slip or no absence.
const LONGEST: i64 = 800;
/// Calendars nest twice; what nests deeper is made to exhaust whoever reads it.
const DEEPEST: usize = 8;
/// Longer names of events are not made by calendars.
const LONGEST_UID: usize = 500;

/// An event of a calendar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The name that it keeps when it is moved.
    pub uid: String,
    /// Its subject, to name it to the user; never stored.
    pub title: String,
    /// Addresses of those who take part, else of who made it, in lower case.
    pub people: Vec<String>,
    /// What it means.
    pub meaning: Meaning,
}

/// What an event means for those who take part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// They are away from this day to that, inclusive.
    Away(NaiveDate, NaiveDate),
    /// It does not take place.
    Cancelled,
    /// It takes too little of any day.
    Short,
    /// It cannot be an absence, and why.
    Unusable(String),
}

/// The events of a calendar file; of several with one UID the newest version. Times without a zone are local ones.
///
/// Errors: [`crate::error::Kind::Data`] if the file is no calendar or is cut off.
pub fn read(text: &str, zone: Tz) -> Result<Vec<Event>> {
    let text = unfold(&text.trim_start_matches('\u{feff}').replace("\r\n", "\n"));
    if !text.trim_start().to_ascii_uppercase().starts_with("BEGIN:VCALENDAR") {
        return Err(Error::data("the file is no calendar").hint("export it as iCalendar (.ics)"));
    }
    if !text.trim_end().to_ascii_uppercase().ends_with("END:VCALENDAR") {
        return Err(
            Error::data("the calendar is cut off: END:VCALENDAR is missing").hint("export or copy it once more")
        );
    }
    if deepest(&text) > DEEPEST {
        return Err(Error::data("the calendar nests too deeply to be one"));
    }
    let calendar = read_calendar(text.trim()).map_err(|error| {
        let told: Vec<&str> = error.lines().map(str::trim).filter(|line| !line.is_empty()).take(2).collect();
        Error::data(format!("the calendar cannot be read: {}", told.join(" ")))
    })?;
    let is_cancel = calendar.properties.iter().any(|property| {
        property.name.as_str().eq_ignore_ascii_case("METHOD") && property.val.as_str().eq_ignore_ascii_case("CANCEL")
    });
    let events = calendar.components.iter().filter(|component| component.name.as_str().eq_ignore_ascii_case("VEVENT"));
    Ok(newest(events.map(|event| versioned(event, is_cancel, zone))))
}

fn deepest(text: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    for line in text.lines() {
        let word = line.trim_start().get(..6).unwrap_or_default().to_ascii_uppercase();
        if word == "BEGIN:" {
            depth += 1;
            deepest = deepest.max(depth);
        } else if word.starts_with("END:") {
            depth = depth.saturating_sub(1);
        }
    }
    deepest
}

/// In the order of the file; one of a UID. If one of them repeats, the UID means more than one run of days.
fn newest(events: impl Iterator<Item = (i64, Event)>) -> Vec<Event> {
    let mut kept: Vec<(i64, Event)> = Vec::new();
    let mut place: BTreeMap<String, usize> = BTreeMap::new();
    for (version, event) in events {
        match place.get(&event.uid).copied().filter(|_| !event.uid.is_empty()) {
            None => {
                place.insert(event.uid.clone(), kept.len());
                kept.push((version, event));
            }
            Some(index) => {
                let (known, before) = &kept[index];
                let repeats = |event: &Event| matches!(event.meaning, Meaning::Unusable(_));
                if !repeats(before) && (repeats(&event) || version >= *known) {
                    kept[index] = (version, event);
                }
            }
        }
    }
    kept.into_iter().map(|(_, event)| event).collect()
}

fn versioned(component: &Component<'_>, is_cancel: bool, zone: Tz) -> (i64, Event) {
    let version = value(component, "SEQUENCE").and_then(|text| text.trim().parse().ok()).unwrap_or(0);
    let uid = value(component, "UID").unwrap_or_default().trim().to_owned();
    let title = value(component, "SUMMARY").unwrap_or("(ohne Betreff)").trim().to_owned();
    let is_cancelled =
        is_cancel || value(component, "STATUS").is_some_and(|status| status.trim().eq_ignore_ascii_case("CANCELLED"));
    let repeats = ["RRULE", "RDATE", "RECURRENCE-ID"].iter().any(|name| value(component, name).is_some());
    let meaning = if uid.is_empty() {
        Meaning::Unusable("it has no UID by which it could be known again".to_owned())
    } else if uid.chars().count() > LONGEST_UID || uid.chars().any(char::is_control) {
        Meaning::Unusable("its UID is none".to_owned())
    } else if repeats {
        Meaning::Unusable("it repeats, and an absence is one run of days; enter each with “wvl absence new”".to_owned())
    } else if is_cancelled {
        Meaning::Cancelled
    } else {
        days(component, zone).unwrap_or_else(Meaning::Unusable)
    };
    (version, Event { uid, title, people: people(component), meaning })
}

fn property<'c>(component: &'c Component<'_>, name: &str) -> Option<&'c Property<'c>> {
    component.properties.iter().find(|property| property.name.as_str().eq_ignore_ascii_case(name))
}

fn value<'c>(component: &'c Component<'_>, name: &str) -> Option<&'c str> {
    property(component, name).map(|property| property.val.as_str())
}

fn people(component: &Component<'_>) -> Vec<String> {
    let of = |name: &str| -> Vec<String> {
        let named = component.properties.iter().filter(|property| property.name.as_str().eq_ignore_ascii_case(name));
        named.filter_map(|property| address(property.val.as_str())).collect()
    };
    let attendees = of("ATTENDEE");
    if attendees.is_empty() { of("ORGANIZER") } else { attendees }
}

fn address(value: &str) -> Option<String> {
    let value = value.trim().to_lowercase();
    value.strip_prefix("mailto:").map(|address| address.trim().to_owned()).filter(|address| address.contains('@'))
}

/// A date or an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Edge {
    Day(NaiveDate),
    Instant(DateTime<Utc>),
}

fn days(component: &Component<'_>, zone: Tz) -> Result<Meaning, String> {
    let start = property(component, "DTSTART").ok_or("it has no beginning")?;
    let start = edge(start, zone)?;
    let end = property(component, "DTEND").map(|end| edge(end, zone)).transpose()?;
    let lasts = value(component, "DURATION").map(duration).transpose()?;
    let (first, last) = match (start, end) {
        (Edge::Day(first), Some(Edge::Day(end))) => (first, day_before(end)?.max(first)),
        (Edge::Day(first), None) => {
            let days = lasts.map_or(1, |lasts| lasts.num_days()).clamp(1, LONGEST + 1);
            (first, first.checked_add_days(Days::new(days.unsigned_abs() - 1)).ok_or("it has no end")?)
        }
        (Edge::Instant(from), Some(Edge::Instant(to))) => match most_of(from, to, zone)? {
            Some(days) => days,
            None => return Ok(Meaning::Short),
        },
        (Edge::Instant(from), None) => {
            let to = from.checked_add_signed(lasts.unwrap_or_default()).ok_or("it has no end")?;
            match most_of(from, to, zone)? {
                Some(days) => days,
                None => return Ok(Meaning::Short),
            }
        }
        _ => return Err("its beginning is a day and its end a time, or the other way round".to_owned()),
    };
    if (last - first).num_days() > LONGEST {
        return Err(format!("it would last {} days", (last - first).num_days() + 1));
    }
    Ok(Meaning::Away(first, last))
}

fn day_before(day: NaiveDate) -> Result<NaiveDate, String> {
    day.pred_opt().ok_or_else(|| "its end is no day".to_owned())
}

/// The days of which the event takes most, if there are any.
fn most_of(from: DateTime<Utc>, to: DateTime<Utc>, zone: Tz) -> Result<Option<(NaiveDate, NaiveDate)>, String> {
    if to < from {
        return Err("it ends before it begins".to_owned());
    }
    let (mut first, mut last) = (local_day(from, zone), local_day(to, zone));
    if first == last {
        return Ok((to - from >= MOST_OF_A_DAY).then_some((first, last)));
    }
    if to - midnight(last, zone) < MOST_OF_A_DAY {
        last = day_before(last)?;
    }
    let next = first.succ_opt().ok_or("its beginning is no day")?;
    if midnight(next, zone) - from < MOST_OF_A_DAY {
        first = next;
    }
    Ok((first <= last).then_some((first, last)))
}

/// `20261221`, `20261221T080000`, `20261221T070000Z`; a zone that is not one of the IANA's (Outlook has names of its own) is
/// taken for the configured one.
fn edge(property: &Property<'_>, zone: Tz) -> Result<Edge, String> {
    let text = property.val.as_str().trim();
    let wrong = || format!("“{text}” is no date");
    let in_reach = |day: NaiveDate| {
        let year: i32 = day.format("%Y").to_string().parse().unwrap_or(0);
        if (1970..=2199).contains(&year) { Ok(()) } else { Err(format!("“{text}” is out of range")) }
    };
    if text.len() == 8 {
        let day = NaiveDate::parse_from_str(text, "%Y%m%d").map_err(|_| wrong())?;
        return in_reach(day).map(|()| Edge::Day(day));
    }
    let (local, is_utc) = text.strip_suffix('Z').map_or((text, false), |local| (local, true));
    let local = NaiveDateTime::parse_from_str(local, "%Y%m%dT%H%M%S").map_err(|_| wrong())?;
    in_reach(local.date())?;
    let named = property.params.iter().find(|parameter| parameter.key.as_str().eq_ignore_ascii_case("TZID"));
    let named = named.and_then(|parameter| parameter.val.as_ref()?.as_str().trim_matches('"').parse::<Tz>().ok());
    Ok(Edge::Instant(if is_utc { local.and_utc() } else { from_local(local, named.unwrap_or(zone)) }))
}

/// `P1W`, `P2DT8H`, `PT30M`.
fn duration(text: &str) -> Result<TimeDelta, String> {
    let wrong = || format!("“{text}” is no duration");
    let mut seconds: i64 = 0;
    let mut digits = String::new();
    for letter in text.trim().trim_start_matches('+').strip_prefix('P').ok_or_else(wrong)?.chars() {
        let unit = match letter {
            '0'..='9' => {
                digits.push(letter);
                continue;
            }
            'T' if digits.is_empty() => continue,
            'W' => 604_800,
            'D' => 86_400,
            'H' => 3_600,
            'M' => 60,
            'S' => 1,
            _ => return Err(wrong()),
        };
        let count: i64 = digits.parse().map_err(|_| wrong())?;
        seconds = count.checked_mul(unit).and_then(|more| seconds.checked_add(more)).ok_or_else(wrong)?;
        digits.clear();
    }
    if !digits.is_empty() {
        return Err(wrong());
    }
    TimeDelta::try_seconds(seconds).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    const BERLIN: Tz = chrono_tz::Europe::Berlin;

    fn calendar(events: &[&str]) -> String {
        let events: Vec<String> = events
            .iter()
            .map(|event| format!("BEGIN:VEVENT\r\n{}\r\nEND:VEVENT\r\n", event.replace('|', "\r\n")))
            .collect();
        format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Test//DE\r\n{}END:VCALENDAR\r\n", events.concat())
    }

    fn meaning(event: &str) -> Meaning {
        let events = read(&calendar(&[&format!("UID:1|{event}")]), BERLIN).unwrap();
        events[0].meaning.clone()
    }

    fn away(first: &str, last: &str) -> Meaning {
        Meaning::Away(first.parse().unwrap(), last.parse().unwrap())
    }

    #[test]
    fn whole_days_end_before_their_end() {
        let december = |end: &str| meaning(&format!("DTSTART;VALUE=DATE:20261221{end}"));
        assert_eq!(december("|DTEND;VALUE=DATE:20261225"), away("2026-12-21", "2026-12-24"));
        assert_eq!(december(""), away("2026-12-21", "2026-12-21"));
        assert_eq!(december("|DTEND;VALUE=DATE:20261221"), away("2026-12-21", "2026-12-21"));
        assert_eq!(december("|DURATION:P1W"), away("2026-12-21", "2026-12-27"));
        assert!(matches!(december("|DTEND;VALUE=DATE:20991225"), Meaning::Unusable(_)));
        assert!(matches!(december("|DTEND:20261225T100000"), Meaning::Unusable(_)));
    }

    #[test]
    fn times_count_for_the_days_that_they_take_most_of() {
        let from = |start: &str, end: &str| meaning(&format!("DTSTART{start}|DTEND{end}"));
        let berlin = ";TZID=Europe/Berlin:";
        let local = |text: &str| format!("{berlin}{text}");
        assert_eq!(from(&local("20261221T080000"), &local("20261222T170000")), away("2026-12-21", "2026-12-22"));
        assert_eq!(from(":20261221T130000", ":20261222T130000"), away("2026-12-21", "2026-12-22"));
        // the evening before does not count, nor does the morning after
        assert_eq!(from(":20261220T200000", ":20261222T050000"), away("2026-12-21", "2026-12-21"));
        assert_eq!(from(":20261221T140000", ":20261221T150000"), Meaning::Short);
        assert_eq!(from(":20261220T230000Z", ":20261221T230000Z"), away("2026-12-21", "2026-12-21"));
        // Outlook's name of the zone
        assert_eq!(
            from(
                ";TZID=\"W. Europe Standard Time\":20261221T000000",
                ";TZID=\"W. Europe Standard Time\":20261222T000000"
            ),
            away("2026-12-21", "2026-12-21")
        );
        assert_eq!(meaning("DTSTART:20261221T080000|DURATION:PT9H"), away("2026-12-21", "2026-12-21"));
        assert!(matches!(from(":20261222T080000", ":20261221T080000"), Meaning::Unusable(_)));
    }

    #[test]
    fn what_repeats_is_refused_and_what_is_cancelled_is_said() {
        assert!(matches!(meaning("DTSTART;VALUE=DATE:20261225|RRULE:FREQ=WEEKLY"), Meaning::Unusable(_)));
        assert_eq!(meaning("DTSTART;VALUE=DATE:20261225|STATUS:CANCELLED"), Meaning::Cancelled);
        for wrong in ["SUMMARY:x", "DTSTART:morgen", "DTSTART;VALUE=DATE:00010101", "DTSTART:20261225T250000"] {
            assert!(matches!(meaning(wrong), Meaning::Unusable(_)), "{wrong}");
        }
    }

    #[test]
    fn of_one_uid_the_newest_version_counts() {
        let versions = calendar(&[
            "UID:a|SEQUENCE:2|DTSTART;VALUE=DATE:20261203",
            "UID:a|SEQUENCE:1|DTSTART;VALUE=DATE:20261201",
            "UID:b|DTSTART;VALUE=DATE:20261210|SUMMARY:Urlaub|ATTENDEE;CN=Anna:MAILTO:Anna@Firma.example",
        ]);
        let events = read(&versions, BERLIN).unwrap();
        assert_eq!(events.len(), 2);
        assert_eq!(events[0].meaning, away("2026-12-03", "2026-12-03"));
        assert_eq!((events[1].title.as_str(), &events[1].people[0][..]), ("Urlaub", "anna@firma.example"));
    }

    proptest! {
        #[test]
        fn whatever_stands_in_a_calendar_is_read_or_refused(
            lines in vec(("UID|DTSTART|DTEND|DURATION|SEQUENCE|RRULE|STATUS|ATTENDEE|BEGIN|END|X-A", ";VALUE=DATE|;TZID=\"A|", ".{0,20}|[0-9]{0,9}T[0-9]{6}Z?|P[0-9]{0,20}[WDHMS]|VEVENT"), 0..12)
        ) {
            let lines: Vec<String> = lines.iter().map(|(name, parameter, value)| format!("{name}{parameter}:{value}")).collect();
            if let Ok(events) = read(&calendar(&[&lines.join("\r\n")]), BERLIN) {
                for event in events {
                    if let Meaning::Away(first, last) = event.meaning {
                        prop_assert!(first <= last && (last - first).num_days() <= LONGEST);
                    }
                }
            }
        }
    }

    #[test]
    fn hostile_files_are_refused() {
        let deep = format!("BEGIN:VCALENDAR\n{}END:VCALENDAR\n", "BEGIN:VEVENT\n".repeat(100_000));
        let cut = calendar(&["UID:a|DTSTART:20261203"]).replace("END:VCALENDAR", "");
        for wrong in ["", "Nummer;Name\n1;x", &deep, &cut, "BEGIN:VCALENDAR\nEND:VEVENT\nEND:VCALENDAR"] {
            assert!(read(wrong, BERLIN).is_err(), "{}", &wrong[..wrong.len().min(40)]);
        }
        assert_eq!(read("BEGIN:VCALENDAR\nVERSION:2.0\nEND:VCALENDAR", BERLIN).unwrap(), []);
    }
}
