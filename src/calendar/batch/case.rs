//! One line of a batch, and the opening hours that it carries.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::Deref;

use chrono_tz::Tz;
use serde::Deserialize;

use crate::calendar::{Calendar, Closing, HolidayRules, Regional, State, TimeOfDay, Window, sort_windows};

/// A text of the line: borrowed from it, unless it is written with escapes.
#[derive(Deserialize, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// One line; which keys must be there depends on the question.
#[derive(Deserialize)]
pub(super) struct Case<'a> {
    #[serde(borrow)]
    pub from: Option<Text<'a>>,
    pub to: Option<Text<'a>>,
    pub now: Option<Text<'a>>,
    pub hours: Option<f64>,
    pub start: Option<Text<'a>>,
    pub every: Option<Text<'a>>,
    pub until: Option<Text<'a>>,
    pub count: Option<usize>,
    pub year: Option<i32>,
    pub state: Option<Text<'a>>,
    window: Option<Span<'a>>,
    windows: Option<[Vec<Span<'a>>; 7]>,
    saturday: Option<bool>,
    sunday: Option<bool>,
    pub holidays: Option<Text<'a>>,
    pub zone: Option<Text<'a>>,
    closed: Option<Vec<Text<'a>>>,
    half: Option<BTreeMap<Text<'a>, Text<'a>>>,
    pub regional: Option<Vec<Text<'a>>>,
}

/// A window as it is written.
type Span<'a> = (Text<'a>, Text<'a>);

/// The part of a line that decides when it is open, as it was written.
#[derive(PartialEq)]
pub(super) struct OpeningHours<'a> {
    zone: Tz,
    window: Option<Span<'a>>,
    windows: Option<[Vec<Span<'a>>; 7]>,
    saturday: Option<bool>,
    sunday: Option<bool>,
    holidays: Option<Text<'a>>,
    closed: Option<Vec<Text<'a>>>,
    half: Option<BTreeMap<Text<'a>, Text<'a>>>,
    regional: Option<Vec<Text<'a>>>,
}

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}

impl Text<'_> {
    fn into_owned(self) -> Text<'static> {
        Text(Cow::Owned(self.0.into_owned()))
    }
}

impl<'a> Case<'a> {
    /// The line's own opening hours, in this zone.
    pub fn opening_hours(self, zone: Tz) -> OpeningHours<'a> {
        OpeningHours {
            zone,
            window: self.window,
            windows: self.windows,
            saturday: self.saturday,
            sunday: self.sunday,
            holidays: self.holidays,
            closed: self.closed,
            half: self.half,
            regional: self.regional,
        }
    }
}

impl OpeningHours<'_> {
    /// The same, to be kept longer than the line.
    pub fn into_owned(self) -> OpeningHours<'static> {
        let span = |(from, to): Span<'_>| (from.into_owned(), to.into_owned());
        let texts = |texts: Vec<Text<'_>>| texts.into_iter().map(Text::into_owned).collect();
        OpeningHours {
            zone: self.zone,
            window: self.window.map(span),
            windows: self.windows.map(|days| days.map(|spans| spans.into_iter().map(span).collect())),
            saturday: self.saturday,
            sunday: self.sunday,
            holidays: self.holidays.map(Text::into_owned),
            closed: self.closed.map(texts),
            half: self.half.map(|half| half.into_iter().map(span).collect()),
            regional: self.regional.map(texts),
        }
    }

    /// Without `windows` every day is open around the clock before `window`, `saturday` and `sunday` are applied.
    /// Saturday and Sunday count if they are ticked; those of `windows` also if nothing is said about them.
    pub fn to_calendar(&self) -> Result<Calendar, String> {
        let mut calendar = Calendar::daily(self.zone, Window::WHOLE_DAY);
        let ticked_by_default = self.windows.is_some() && self.window.is_none();
        if let Some(windows) = &self.windows {
            for (day, texts) in windows.iter().enumerate() {
                let parsed = texts.iter().map(|text| window("windows", text)).collect::<Result<_, _>>()?;
                calendar.windows[day] = sort_windows(parsed);
            }
        }
        let own = self.window.as_ref().map(|text| window("window", text)).transpose()?;
        let saturday = self.saturday.unwrap_or(ticked_by_default);
        let sunday = self.sunday.unwrap_or(ticked_by_default);
        calendar = calendar.with_window(own.map(|own| own.from()), own.map(|own| own.to()), saturday, sunday);
        calendar.holidays = holiday_rules(self.holidays.as_deref(), self.regional.as_deref())?;
        for text in self.closed.iter().flatten() {
            match text.parse().map_err(|message| format!("closed: {message}"))? {
                Closing::Yearly(day) => _ = calendar.closed_yearly.insert(day),
                Closing::Days(days) => calendar.closed.push(days),
            }
        }
        for (day, text) in self.half.iter().flatten() {
            let at: TimeOfDay = text.parse().map_err(|message| format!("half: {message}"))?;
            match day.parse().map_err(|message| format!("half: {message}"))? {
                Closing::Yearly(day) => _ = calendar.half_yearly.insert(day, at),
                Closing::Days(days) if days.start() == days.end() => _ = calendar.half.insert(*days.start(), at),
                Closing::Days(_) => return Err(format!("half: \"{day}\" is a range; name each half day by itself")),
            }
        }
        Ok(calendar)
    }
}

fn window(key: &str, (from, to): &Span<'_>) -> Result<Window, String> {
    let time = |text: &str| text.parse::<TimeOfDay>().map_err(|message| format!("{key}: {message}"));
    Window::new(time(from)?, time(to)?).map_err(|message| format!("{key}: {message}"))
}

/// The rules of this state, which need not be named, and of these regional holidays.
pub(super) fn holiday_rules(state: Option<&str>, regional: Option<&[Text<'_>]>) -> Result<HolidayRules, String> {
    let state = state.map(str::parse::<State>).transpose().map_err(|message| format!("holidays: {message}"))?;
    let regional: Result<BTreeSet<Regional>, String> =
        regional.iter().copied().flatten().map(|text| text.parse()).collect();
    Ok(HolidayRules { state, regional: regional.map_err(|message| format!("regional: {message}"))? })
}
