//! Working time: when an office is open, how much open time lies between two instants, and what a date on the
//! command line means.
//!
//! Everything here is pure: no clock, no environment, no file. `now` and the zone are parameters. What is open is a
//! [`Calendar`]; counting is done on its [`Timeline`], flat arrays made for a range of instants; [`Clock`] is a
//! timeline that grows by itself. Instants are UTC, days are local to the calendar's zone, windows are half-open.
//!
//! Invariant: between two changes of the zone's offset local time is UTC plus a constant, so a window is laid over
//! each such stretch on its own. A window with an edge inside the hour that a zone repeats is therefore open twice.

pub mod batch;
mod clock;
pub mod dates;
pub mod english;
pub mod german;
mod holidays;
mod promise;
mod recurrence;
mod settings;
mod timeline;
mod window;
mod working_days;
pub mod zone;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use chrono::{DateTime, Datelike, Days, NaiveDate, Utc, Weekday};
use chrono_tz::Tz;

pub use clock::Clock;
pub use holidays::{Holiday, HolidayRules, Regional, State, easter_sunday};
pub use promise::PromiseDay;
pub use recurrence::{Every, Unit};
pub use settings::{CalendarSettings, Closing, Mistake};
pub use timeline::Timeline;
pub use window::{MonthDay, TimeOfDay, Window, sort_windows};
pub use working_days::working_days;
pub use zone::{at_local, end_of_day, from_local, local_day, midnight};

/// The search for a working day gives up after this many days: such a calendar never opens.
const DAYS_SEARCHED: u64 = 3660;

/// When an office is open. Equal calendars count alike, so they can share one [`Timeline`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Calendar {
    /// The zone in which windows and days are meant.
    pub zone: Tz,
    /// The open windows of each weekday, Monday first; sorted and without overlap (see [`sort_windows`]).
    pub windows: [Vec<Window>; 7],
    /// The legal holidays, all of which are closed.
    pub holidays: HolidayRules,
    /// Closed days and ranges, for example company holidays.
    pub closed: Vec<RangeInclusive<NaiveDate>>,
    /// Days closed every year, for example 24 and 31 December.
    pub closed_yearly: BTreeSet<MonthDay>,
    /// Single days that close early, with the time at which they do.
    pub half: BTreeMap<NaiveDate, TimeOfDay>,
    /// Days that close early every year.
    pub half_yearly: BTreeMap<MonthDay, TimeOfDay>,
}

/// What kind of day it is to a calendar, the strongest reason first: a holiday that is also a Sunday is a holiday.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DayKind {
    /// An ordinary day with windows.
    Open,
    /// The weekday has no window (usually a weekend).
    NoWindow,
    /// A legal holiday, with its German name.
    Holiday(&'static str),
    /// Closed by the calendar: a company holiday, Christmas Eve.
    Closed,
    /// Closes early, at this time; without windows if it closes before it opens.
    Half(TimeOfDay),
}

/// A day as the calendar sees it, for explanations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Day {
    /// Why it is open, shorter or closed.
    pub kind: DayKind,
    /// The windows that count on it; empty if none does.
    pub windows: Vec<Window>,
}

impl Calendar {
    /// A calendar with the same windows on every day of the week and nothing closed.
    pub fn daily(zone: Tz, window: Window) -> Calendar {
        Calendar {
            zone,
            windows: std::array::from_fn(|_| vec![window]),
            holidays: HolidayRules::default(),
            closed: Vec::new(),
            closed_yearly: BTreeSet::new(),
            half: BTreeMap::new(),
            half_yearly: BTreeMap::new(),
        }
    }

    /// This calendar under a type's own window.
    ///
    /// With `from` or `to` (the other defaults to the day's end of it) the window replaces those of Monday to Friday
    /// and of a ticked Saturday or Sunday. Without either, Monday to Friday keep theirs. An unticked Saturday or
    /// Sunday never counts. Holidays, closed and half days stay. A window that [`Window::new`] would refuse never
    /// opens.
    pub fn with_window(
        &self,
        from: Option<TimeOfDay>,
        to: Option<TimeOfDay>,
        saturday: bool,
        sunday: bool,
    ) -> Calendar {
        let mut calendar = self.clone();
        if from.is_some() || to.is_some() {
            let window = Window::new(from.unwrap_or(TimeOfDay::MIDNIGHT), to.unwrap_or(TimeOfDay::END)).ok();
            calendar.windows = std::array::from_fn(|_| window.into_iter().collect());
        }
        for (ticked, weekday) in [(saturday, Weekday::Sat), (sunday, Weekday::Sun)] {
            if !ticked {
                calendar.windows[weekday.num_days_from_monday() as usize].clear();
            }
        }
        calendar
    }

    /// What kind of day `date` is and when it is open.
    pub fn day(&self, date: NaiveDate) -> Day {
        Day { kind: self.kind(date), windows: self.windows_on(date).collect() }
    }

    /// Whether any window counts on `date`.
    pub fn opens_on(&self, date: NaiveDate) -> bool {
        self.windows_on(date).next().is_some()
    }

    /// The number of days after `from` up to and including `to` on which a window opens; 0 if `to` is not later.
    pub fn open_days_between(&self, from: NaiveDate, to: NaiveDate) -> usize {
        from.iter_days().skip(1).take_while(|date| *date <= to).filter(|date| self.opens_on(*date)).count()
    }

    /// The open time between `from` and `to`, ready to be counted and searched.
    ///
    /// What lies outside of the range does not exist for the timeline: choose it so that it covers the instants that
    /// will be asked about.
    pub fn timeline(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> Timeline {
        Timeline::new(self, from, to)
    }

    /// The windows that count on `date`, a half day's cut short.
    pub(crate) fn windows_on(&self, date: NaiveDate) -> impl Iterator<Item = Window> + '_ {
        let closes_at = match self.kind(date) {
            DayKind::Open => TimeOfDay::END,
            DayKind::Half(at) => at,
            DayKind::NoWindow | DayKind::Holiday(_) | DayKind::Closed => TimeOfDay::MIDNIGHT,
        };
        self.weekday_windows(date).iter().filter_map(move |window| window.until(closes_at))
    }

    fn kind(&self, date: NaiveDate) -> DayKind {
        let yearly = MonthDay::of(date);
        if let Some(name) = self.holidays.name_on(date) {
            DayKind::Holiday(name)
        } else if self.closed_yearly.contains(&yearly) || self.closed.iter().any(|range| range.contains(&date)) {
            DayKind::Closed
        } else if self.weekday_windows(date).is_empty() {
            DayKind::NoWindow
        } else if let Some(at) = self.half.get(&date).or_else(|| self.half_yearly.get(&yearly)) {
            DayKind::Half(*at)
        } else {
            DayKind::Open
        }
    }

    fn weekday_windows(&self, date: NaiveDate) -> &[Window] {
        &self.windows[date.weekday().num_days_from_monday() as usize]
    }
}

/// The `n`-th working day after `date` (before it, if `n` is negative): a day on which the calendar opens.
///
/// 0 is `date` itself, or the next working day if it is none. `None` if the calendar does not open for ten years.
pub fn working_day_add(calendar: &Calendar, date: NaiveDate, n: i32) -> Option<NaiveDate> {
    if n == 0 && calendar.opens_on(date) {
        return Some(date);
    }
    let mut day = date;
    let mut left = n.unsigned_abs().max(1);
    let mut closed_in_a_row = 0;
    while left > 0 {
        day = if n < 0 { day.checked_sub_days(Days::new(1))? } else { day.checked_add_days(Days::new(1))? };
        if calendar.opens_on(day) {
            left -= 1;
            closed_in_a_row = 0;
        } else {
            closed_in_a_row += 1;
            if closed_in_a_row > DAYS_SEARCHED {
                return None;
            }
        }
    }
    Some(day)
}

#[cfg(test)]
mod tests;
