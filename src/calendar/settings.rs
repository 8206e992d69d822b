//! A calendar as it is written in the configuration, and every mistake in it at once.
//!
//! The texts are parsed value by value, so that who reads the file can put line and column to each [`Mistake`].

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use chrono::NaiveDate;
use chrono_tz::Tz;

use super::{Calendar, HolidayRules, MonthDay, Regional, State, TimeOfDay, Window, sort_windows};

/// One calendar of the configuration; the texts are not yet checked.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct CalendarSettings {
    /// The state whose legal holidays are closed, `DE-BW`; none: no holidays.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Holidays of parts of the state, `corpus-christi`.
    pub regional: Vec<String>,
    /// Monday's windows, `08:00-12:00`.
    pub mon: Vec<String>,
    /// Tuesday's windows.
    pub tue: Vec<String>,
    /// Wednesday's windows.
    pub wed: Vec<String>,
    /// Thursday's windows.
    pub thu: Vec<String>,
    /// Friday's windows.
    pub fri: Vec<String>,
    /// Saturday's windows.
    pub sat: Vec<String>,
    /// Sunday's windows.
    pub sun: Vec<String>,
    /// Closed days: `12-24` every year, `2026-12-28` once, `2026-12-28..2026-12-30` a range, both ends included.
    pub closed: Vec<String>,
    /// Days that close early: `12-24` or `2026-12-24` → `12:00`.
    pub half: BTreeMap<String, String>,
}

/// A wrong value of a calendar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The key within the calendar's table.
    pub key: &'static str,
    /// The place within a list, from 0.
    pub index: Option<usize>,
    /// The key within `half`.
    pub entry: Option<String>,
    /// What is wrong and how to write it.
    pub message: String,
}

/// One entry of `closed`, or one key of `half`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Closing {
    /// Every year.
    Yearly(MonthDay),
    /// These days, both ends included.
    Days(RangeInclusive<NaiveDate>),
}

impl std::str::FromStr for Closing {
    type Err = String;

    fn from_str(text: &str) -> Result<Closing, String> {
        let date = |text: &str| {
            let iso = text.len() == 10;
            text.parse::<NaiveDate>().ok().filter(|_| iso)
        };
        if let Some((first, last)) = text.split_once("..") {
            return match (date(first.trim()), date(last.trim())) {
                (Some(first), Some(last)) if first <= last => Ok(Closing::Days(first..=last)),
                (Some(_), Some(_)) => Err(format!("the range \"{text}\" ends before it begins")),
                _ => Err(format!("\"{text}\" is not a range of days; write it like 2026-12-28..2026-12-30")),
            };
        }
        match (date(text), text.parse()) {
            (Some(day), _) => Ok(Closing::Days(day..=day)),
            (None, Ok(yearly)) => Ok(Closing::Yearly(yearly)),
            (None, Err(_)) => Err(format!(
                "\"{text}\" is not a day; write 12-24 for every year, 2026-12-28 for one day, 2026-12-28..2026-12-30 for a range"
            )),
        }
    }
}

impl CalendarSettings {
    /// The calendar in this zone, or all that is wrong with it.
    pub fn to_calendar(&self, zone: Tz) -> Result<Calendar, Vec<Mistake>> {
        let mut mistakes = Mistakes::default();
        let holidays = self.holidays(&mut mistakes);
        let weekdays: [(&'static str, &Vec<String>); 7] = [
            ("mon", &self.mon),
            ("tue", &self.tue),
            ("wed", &self.wed),
            ("thu", &self.thu),
            ("fri", &self.fri),
            ("sat", &self.sat),
            ("sun", &self.sun),
        ];
        let windows = weekdays.map(|(key, texts)| mistakes.windows(key, texts));
        let mut calendar = Calendar {
            zone,
            windows,
            holidays,
            closed: Vec::new(),
            closed_yearly: BTreeSet::new(),
            half: BTreeMap::new(),
            half_yearly: BTreeMap::new(),
        };
        for (index, text) in self.closed.iter().enumerate() {
            match text.parse() {
                Ok(Closing::Yearly(day)) => _ = calendar.closed_yearly.insert(day),
                Ok(Closing::Days(days)) => calendar.closed.push(days),
                Err(message) => mistakes.add("closed", Some(index), message),
            }
        }
        for (key, text) in &self.half {
            if let Err(message) = add_half(&mut calendar, key, text) {
                mistakes.0.push(Mistake { key: "half", index: None, entry: Some(key.clone()), message });
            }
        }
        if mistakes.0.is_empty() { Ok(calendar) } else { Err(mistakes.0) }
    }

    fn holidays(&self, mistakes: &mut Mistakes) -> HolidayRules {
        let state = match self.state.as_deref().map(str::parse::<State>) {
            None => None,
            Some(Ok(state)) => Some(state),
            Some(Err(message)) => {
                mistakes.add("state", None, message);
                None
            }
        };
        let mut regional = BTreeSet::new();
        for (index, text) in self.regional.iter().enumerate() {
            match text.parse::<Regional>() {
                Err(message) => mistakes.add("regional", Some(index), message),
                Ok(holiday) if state.is_some_and(|state| !holiday.states().contains(&state)) => {
                    let states: Vec<_> = holiday.states().iter().map(|state| state.code()).collect();
                    mistakes.add(
                        "regional",
                        Some(index),
                        format!("\"{text}\" is a holiday in parts of {} only", states.join(", ")),
                    );
                }
                Ok(_) if self.state.is_none() => {
                    mistakes.add(
                        "regional",
                        Some(index),
                        format!("\"{text}\" needs a state beside it, like state = \"DE-BY\""),
                    );
                }
                Ok(holiday) => _ = regional.insert(holiday),
            }
        }
        HolidayRules { state, regional }
    }
}

#[derive(Default)]
struct Mistakes(Vec<Mistake>);

impl Mistakes {
    fn add(&mut self, key: &'static str, index: Option<usize>, message: String) {
        self.0.push(Mistake { key, index, entry: None, message });
    }

    fn windows(&mut self, key: &'static str, texts: &[String]) -> Vec<Window> {
        let mut windows: Vec<Window> = Vec::with_capacity(texts.len());
        for (index, text) in texts.iter().enumerate() {
            match text.parse::<Window>() {
                Err(message) => self.add(key, Some(index), message),
                Ok(window) => {
                    match windows.iter().find(|other| window.from() < other.to() && other.from() < window.to()) {
                        Some(other) => self.add(key, Some(index), format!("the window {window} overlaps {other}")),
                        None => windows.push(window),
                    }
                }
            }
        }
        sort_windows(windows)
    }
}

/// Adds a day that closes early; one that is closed as a whole day for the same reason is a contradiction.
pub(super) fn add_half(calendar: &mut Calendar, key: &str, text: &str) -> Result<(), String> {
    let at: TimeOfDay = text.parse()?;
    match key.parse()? {
        Closing::Yearly(day) if calendar.closed_yearly.contains(&day) => {
            Err(format!("{key} is closed all day by \"closed\"; take it out there or here"))
        }
        Closing::Yearly(day) => {
            calendar.half_yearly.insert(day, at);
            Ok(())
        }
        Closing::Days(days) if days.start() == days.end() => {
            let day = *days.start();
            if calendar.closed_yearly.contains(&MonthDay::of(day)) || calendar.closed.contains(&days) {
                return Err(format!("{key} is closed all day by \"closed\"; take it out there or here"));
            }
            calendar.half.insert(day, at);
            Ok(())
        }
        Closing::Days(_) => Err(format!("\"{key}\" is a range; name each half day by itself")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::DayKind;

    const BERLIN: Tz = chrono_tz::Europe::Berlin;

    fn texts(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn a_calendar_is_read_with_all_its_keys() {
        let settings: CalendarSettings = toml::from_str(
            r#"
            state = "DE-SN"
            regional = ["corpus-christi"]
            mon = ["13:00-17:00", "08:00-12:00"]
            tue = ["00:00-24:00"]
            closed = ["12-31", "2026-12-28..2026-12-30", "2026-05-15"]
            half = { "12-24" = "12:00" }
            "#,
        )
        .unwrap();
        let calendar = settings.to_calendar(BERLIN).unwrap();
        let kind = |date: &str| calendar.day(date.parse().unwrap()).kind;
        assert_eq!(calendar.windows[0], ["08:00-12:00", "13:00-17:00"].map(|text| text.parse().unwrap()));
        assert_eq!(kind("2026-06-04"), DayKind::Holiday("Fronleichnam"));
        assert_eq!(kind("2026-12-29"), DayKind::Closed);
        assert_eq!(kind("2026-05-15"), DayKind::Closed);
        assert_eq!(kind("2029-12-31"), DayKind::Closed);
        // a Tuesday
        assert_eq!(kind("2030-12-24"), DayKind::Half("12:00".parse().unwrap()));
    }

    #[test]
    fn all_mistakes_are_reported_at_once_with_their_places() {
        let settings = CalendarSettings {
            state: Some("DE-XX".into()),
            regional: texts(&["easter"]),
            mon: texts(&["08:00-12:00", "11:00-17:00"]),
            fri: texts(&["18:00-08:00"]),
            closed: texts(&["12-24", "24.12.", "2026-12-30..2026-12-28"]),
            half: BTreeMap::from([("12-24".into(), "12:00".into()), ("12-30".into(), "noon".into())]),
            ..CalendarSettings::default()
        };
        let mistakes = settings.to_calendar(BERLIN).unwrap_err();
        let places: Vec<_> =
            mistakes.iter().map(|mistake| (mistake.key, mistake.index, mistake.entry.as_deref())).collect();
        assert_eq!(
            places,
            [
                ("state", None, None),
                ("regional", Some(0), None),
                ("mon", Some(1), None),
                ("fri", Some(0), None),
                ("closed", Some(1), None),
                ("closed", Some(2), None),
                ("half", None, Some("12-24")),
                ("half", None, Some("12-30")),
            ]
        );
    }

    #[test]
    fn a_regional_holiday_of_another_state_is_a_mistake() {
        let of = |state: Option<&str>| CalendarSettings {
            state: state.map(str::to_owned),
            regional: texts(&["augsburg"]),
            ..CalendarSettings::default()
        };
        assert!(of(Some("DE-BY")).to_calendar(BERLIN).is_ok());
        assert!(of(Some("DE-BW")).to_calendar(BERLIN).unwrap_err()[0].message.contains("DE-BY"));
        assert!(of(None).to_calendar(BERLIN).unwrap_err()[0].message.contains("needs a state"));
    }
}
