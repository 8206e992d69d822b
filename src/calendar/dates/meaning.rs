//! What one date text means on a given day: words, offsets, weekdays, weeks, ends of periods.

use std::ops::RangeInclusive;

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, TimeDelta, Utc, Weekday};
use chrono_tz::Tz;

use super::iso::{clock_time, iso_meaning, week};
use super::{Edge, Lean, Moment};
use crate::calendar::zone::from_local;
use crate::calendar::{end_of_day, german, local_day, midnight, working_day_add};
use crate::error::{Error, Result};

/// What a text can mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// Whole local days, first and last; one day is twice the same.
    Days(NaiveDate, NaiveDate),
    /// An instant.
    Instant(DateTime<Utc>),
    /// From an instant to another: a range with a time of day in it.
    Span(DateTime<Utc>, DateTime<Utc>),
}

impl Meaning {
    /// The instant it is as a start or as an end, whose days are included.
    pub(crate) fn at(self, zone: Tz, edge: Edge) -> DateTime<Utc> {
        match (self, edge) {
            (Meaning::Instant(at), _) => at,
            (Meaning::Days(first, _), Edge::Start) => midnight(first, zone),
            (Meaning::Days(_, last), Edge::End) => end_of_day(last, zone),
            (Meaning::Span(from, _), Edge::Start) => from,
            (Meaning::Span(_, to), Edge::End) => to,
        }
    }

    /// The local day on which it begins.
    pub(super) fn first_day(self, zone: Tz) -> NaiveDate {
        match self {
            Meaning::Days(first, _) => first,
            Meaning::Instant(at) | Meaning::Span(at, _) => local_day(at, zone),
        }
    }
}

/// Reads one date in lower case; bare ones look from `anchor`, relative ones count from today. `None` if the grammar
/// does not know it.
pub(super) fn meaning(text: &str, moment: &Moment<'_>, lean: Lean, anchor: NaiveDate) -> Result<Option<Meaning>> {
    if let Some(offset) = Offset::read(text) {
        return offset.apply(moment).map(Some);
    }
    let day = word(text, moment.today())
        .or_else(|| weekday(text).and_then(|weekday| lean_to(lean, anchor, |day| day.weekday() == weekday)))
        .or_else(|| {
            day_and_month(text)
                .and_then(|(day, month)| lean_to(lean, anchor, |date| date.day() == day && date.month() == month))
        });
    if let Some(day) = day {
        return Ok(Some(Meaning::Days(day, day)));
    }
    match bare_week(text, lean, anchor).or_else(|| iso_meaning(text, moment.zone)) {
        Some(meaning) => Ok(Some(meaning)),
        None => in_two_words(text, moment, lean, anchor),
    }
}

/// `30.11. 14:00`, `morgen 9:00`; and as we print a day ourselves: `Mo 30.11.2026`. A weekday that is another one is a
/// slip in one of the two.
fn in_two_words(text: &str, moment: &Moment<'_>, lean: Lean, anchor: NaiveDate) -> Result<Option<Meaning>> {
    if let Some((day, time)) = text.rsplit_once(' ')
        && let Some(time) = clock_time(time)
    {
        return Ok(match meaning(day.trim_end(), moment, lean, anchor)? {
            Some(Meaning::Days(first, last)) if first == last => {
                Some(Meaning::Instant(from_local(first.and_time(time), moment.zone)))
            }
            _ => None,
        });
    }
    let Some((said, day)) = text.split_once(' ') else { return Ok(None) };
    let day = day.trim_start();
    let Some(said) = weekday(said.trim_end_matches([',', '.'])) else { return Ok(None) };
    match meaning(day, moment, lean, anchor)? {
        // "mo heute" is nothing that anybody prints
        Some(Meaning::Days(first, last)) if first == last && day.starts_with(|it: char| it.is_ascii_digit()) => {
            if first.weekday() == said {
                return Ok(Some(Meaning::Days(first, last)));
            }
            Err(Error::usage(format!("\"{text}\": {} is another weekday", german::day(first)))
                .hint("valid are for example 2026-11-30, 30.11.2026, +3d"))
        }
        _ => Ok(None),
    }
}

fn word(text: &str, today: NaiveDate) -> Option<NaiveDate> {
    match text {
        "heute" | "today" => Some(today),
        "morgen" | "tomorrow" => today.checked_add_days(Days::new(1)),
        "übermorgen" | "uebermorgen" | "day-after-tomorrow" => today.checked_add_days(Days::new(2)),
        "gestern" | "yesterday" => today.checked_sub_days(Days::new(1)),
        "monatsanfang" => today.with_day(1),
        "quartalsanfang" => NaiveDate::from_ymd_opt(today.year(), (today.month() - 1) / 3 * 3 + 1, 1),
        "jahresanfang" => NaiveDate::from_ymd_opt(today.year(), 1, 1),
        "monatsende" => last_of_month(today.year(), today.month()),
        "quartalsende" => last_of_month(today.year(), today.month().div_ceil(3) * 3),
        "jahresende" => last_of_month(today.year(), 12),
        _ => None,
    }
}

fn last_of_month(year: i32, month: u32) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(year, month, 1)?.checked_add_months(Months::new(1))?.pred_opt()
}

fn weekday(text: &str) -> Option<Weekday> {
    Some(match text {
        "mo" | "mon" => Weekday::Mon,
        "di" | "tue" => Weekday::Tue,
        "mi" | "wed" => Weekday::Wed,
        "do" | "thu" => Weekday::Thu,
        "fr" | "fri" => Weekday::Fri,
        "sa" | "sat" => Weekday::Sat,
        "so" | "sun" => Weekday::Sun,
        _ => return None,
    })
}

/// `30.11.`; that the month has such a day shows when the next one is looked for.
fn day_and_month(text: &str) -> Option<(u32, u32)> {
    let (day, month) = text.strip_suffix('.')?.split_once('.')?;
    Some((digits(day, 1..=2)?, digits(month, 1..=2)?))
}

/// The day nearest to `anchor`, `anchor` included, that is meant. 29 February can be eight years away.
fn lean_to(lean: Lean, anchor: NaiveDate, is_meant: impl Fn(NaiveDate) -> bool) -> Option<NaiveDate> {
    const FARTHEST: usize = 8 * 366;
    let step = |day: &NaiveDate| match lean {
        Lean::Forward => day.succ_opt(),
        Lean::Back => day.pred_opt(),
    };
    std::iter::successors(Some(anchor), step).take(FARTHEST).find(|day| is_meant(*day))
}

/// `kw48`: forward the next such week that has not ended, back the latest that has begun.
fn bare_week(text: &str, lean: Lean, anchor: NaiveDate) -> Option<Meaning> {
    let number = digits(text.strip_prefix("kw")?, 1..=2)?;
    let year = anchor.iso_week().year();
    // week 53 can be seven years away
    let weeks = |years: RangeInclusive<i32>| years.filter_map(move |year| week(year, number));
    match lean {
        Lean::Forward => weeks(year..=year + 7).find(|week| matches!(week, Meaning::Days(_, last) if *last >= anchor)),
        Lean::Back => weeks(year - 7..=year).rfind(|week| matches!(week, Meaning::Days(first, _) if *first <= anchor)),
    }
}

/// `+3d`, `-1w`, `+4h`, `+3at`.
struct Offset<'a> {
    back: bool,
    count: u32,
    unit: &'a str,
}

impl Offset<'_> {
    fn read(text: &str) -> Option<Offset<'_>> {
        let back = text.starts_with('-');
        let rest = text.strip_prefix(['+', '-'])?;
        let unit = rest.trim_start_matches(|letter: char| letter.is_ascii_digit());
        let count = digits(&rest[..rest.len() - unit.len()], 1..=6)?;
        matches!(unit, "d" | "w" | "m" | "h" | "at").then_some(Offset { back, count, unit })
    }

    fn apply(&self, moment: &Moment<'_>) -> Result<Meaning> {
        let today = moment.today();
        let days = |days: u32| {
            let days = Days::new(days.into());
            if self.back { today.checked_sub_days(days) } else { today.checked_add_days(days) }
        };
        let day = match self.unit {
            "h" => {
                let hours = TimeDelta::hours(self.count.into());
                let at = moment.now.checked_add_signed(if self.back { -hours } else { hours });
                return at.map(Meaning::Instant).ok_or_else(|| self.too_far());
            }
            "at" => self.working_day(moment)?,
            "d" => days(self.count),
            "w" => days(self.count * 7),
            _ if self.back => today.checked_sub_months(Months::new(self.count)),
            _ => today.checked_add_months(Months::new(self.count)),
        };
        // four digits name a year
        let day = day.filter(|day| (1..=9999).contains(&day.year())).ok_or_else(|| self.too_far())?;
        Ok(Meaning::Days(day, day))
    }

    fn working_day(&self, moment: &Moment<'_>) -> Result<Option<NaiveDate>> {
        let Some(calendar) = moment.calendar else {
            return Err(Error::usage("working days (\"at\") need a calendar, and there is none here")
                .hint("count calendar days instead, like +3d"));
        };
        let count = self.count as i32;
        Ok(working_day_add(calendar, moment.today(), if self.back { -count } else { count }))
    }

    fn too_far(&self) -> Error {
        let sign = if self.back { '-' } else { '+' };
        Error::usage(format!("{sign}{}{} is too far away", self.count, self.unit))
            .hint("valid are for example 2026-11-30, 30.11.2026, +3d")
    }
}

/// A number of that many plain digits.
pub(super) fn digits(text: &str, length: RangeInclusive<usize>) -> Option<u32> {
    let plain = length.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}
