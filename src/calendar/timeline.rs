//! Open time as flat arrays of UTC seconds: what makes counting and searching working time cheap.
//!
//! `worked(t)`, the open seconds before `t`, never decreases, so elapsed time is a difference of two of its values and
//! both searches are one binary search in the sums before each window.

use chrono::{DateTime, NaiveDate, Utc};

use super::Calendar;
use super::zone::{instant, stretches};

const DAY: i64 = 86_400;
/// Days from the first day of the Common Era to 1970-01-01.
const DAYS_TO_1970: i64 = 719_163;

/// No calendar is asked about what lies outside of the years 0 to 9999.
const EARLIEST: i64 = -62_167_219_200;
const LATEST: i64 = 253_402_300_800;

/// The open time of a calendar within a range of instants. Outside of the range nothing is open.
///
/// The open spans lie in three arrays side by side rather than in one of structs: a search reads only one of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timeline {
    start: i64,
    end: i64,
    /// Where each span opens; in order, and no two spans touch.
    opens: Vec<i64>,
    /// Where each span closes.
    closes: Vec<i64>,
    /// The open seconds before each span.
    before: Vec<i64>,
    /// For each day (of 86 400 s) since `start` the first span that closes after the day's beginning.
    first_of_day: Vec<u32>,
    total: i64,
}

impl Timeline {
    /// The instant, or the nearest one that a timeline can reach.
    pub(super) fn within_reach(at: DateTime<Utc>) -> DateTime<Utc> {
        instant(at.timestamp().clamp(EARLIEST, LATEST))
    }

    pub(super) fn new(calendar: &Calendar, from: DateTime<Utc>, to: DateTime<Utc>) -> Timeline {
        let start = from.timestamp().clamp(EARLIEST, LATEST);
        let end = to.timestamp().clamp(start, LATEST);
        let mut timeline = Timeline {
            start,
            end,
            opens: Vec::new(),
            closes: Vec::new(),
            before: Vec::new(),
            first_of_day: Vec::new(),
            total: 0,
        };
        for stretch in stretches(calendar.zone, start, end) {
            let first = (stretch.start + stretch.offset).div_euclid(DAY);
            let last = (stretch.end - 1 + stretch.offset).div_euclid(DAY);
            for day in first..=last {
                let Some(date) = date(day) else { continue };
                let midnight = day * DAY - stretch.offset;
                for window in calendar.windows_on(date) {
                    let opens = (midnight + window.from().seconds()).max(stretch.start);
                    let closes = (midnight + window.to().seconds()).min(stretch.end);
                    timeline.push(opens, closes);
                }
            }
        }
        timeline.index_days();
        timeline
    }

    fn push(&mut self, opens: i64, closes: i64) {
        if closes <= opens {
            return;
        }
        match self.closes.last_mut() {
            Some(last) if *last == opens => *last = closes,
            _ => {
                self.opens.push(opens);
                self.closes.push(closes);
                self.before.push(self.total);
            }
        }
        self.total += closes - opens;
    }

    fn index_days(&mut self) {
        let mut span = 0;
        self.first_of_day = (self.start..=self.end)
            .step_by(DAY as usize)
            .map(|day| {
                while self.closes.get(span).is_some_and(|closes| *closes <= day) {
                    span += 1;
                }
                span as u32
            })
            .collect();
    }

    /// The range that was asked for.
    pub fn range(&self) -> (DateTime<Utc>, DateTime<Utc>) {
        (instant(self.start), instant(self.end))
    }

    /// All the open time of the range, in seconds.
    pub fn total(&self) -> i64 {
        self.total
    }

    /// Open seconds between `a` and `b`; 0 if `b` is not later.
    pub fn elapsed(&self, a: DateTime<Utc>, b: DateTime<Utc>) -> i64 {
        (self.worked(b.timestamp()) - self.worked(a.timestamp())).max(0)
    }

    /// The latest `t` with `elapsed(t, now) ≥ seconds`.
    ///
    /// Where the time is used up exactly at an opening, `t` is that opening. Without time to use up it is `now`.
    /// `None` if the range holds less open time before `now`.
    pub fn latest_start(&self, now: DateTime<Utc>, seconds: i64) -> Option<DateTime<Utc>> {
        if seconds <= 0 {
            return Some(now);
        }
        let target = self.worked(now.timestamp()).checked_sub(seconds).filter(|target| *target >= 0)?;
        self.instant_worked(self.before.partition_point(|before| *before <= target), target)
    }

    /// The earliest `t` with `elapsed(a, t) ≥ seconds`: where the time is used up exactly at a closing, that closing.
    /// Without time to use up it is `a`. `None` if the range holds less open time after `a`.
    pub fn deadline(&self, a: DateTime<Utc>, seconds: i64) -> Option<DateTime<Utc>> {
        if seconds <= 0 {
            return Some(a);
        }
        let target = self.worked(a.timestamp()).checked_add(seconds).filter(|target| *target <= self.total)?;
        self.instant_worked(self.before.partition_point(|before| *before < target), target)
    }

    /// Whether a window is open at this instant.
    pub fn is_open(&self, at: DateTime<Utc>) -> bool {
        let at = at.timestamp();
        self.opens.get(self.first_closing_after(at)).is_some_and(|opens| *opens <= at)
    }

    /// The next instant at which a window is open: `at` itself if one is. `None` if none follows in the range.
    pub fn next_open(&self, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let opens = *self.opens.get(self.first_closing_after(at.timestamp()))?;
        Some(if opens <= at.timestamp() { at } else { instant(opens) })
    }

    /// The open spans between `a` and `b`, cut to these; windows that touch (midnight of a 24-hour day) are one span.
    pub fn windows_between(
        &self,
        a: DateTime<Utc>,
        b: DateTime<Utc>,
    ) -> impl Iterator<Item = (DateTime<Utc>, DateTime<Utc>)> + '_ {
        let first = self.first_closing_after(a.timestamp());
        let spans = self.opens[first..].iter().zip(&self.closes[first..]);
        spans
            .take_while(move |(opens, _)| **opens < b.timestamp())
            .map(move |(opens, closes)| (instant(*opens).max(a), instant(*closes).min(b)))
            .filter(|(start, end)| start < end)
    }

    /// Open seconds between the range's start and `at`.
    fn worked(&self, at: i64) -> i64 {
        let span = self.first_closing_after(at);
        match (self.opens.get(span), self.before.get(span)) {
            (Some(opens), Some(before)) => before + (at - opens).max(0),
            _ => self.total,
        }
    }

    /// The instant in the span before number `next` at which `worked` open seconds have passed.
    fn instant_worked(&self, next: usize, worked: i64) -> Option<DateTime<Utc>> {
        let span = next.checked_sub(1)?;
        Some(instant(self.opens.get(span)? + worked - self.before.get(span)?))
    }

    /// The number of the first span that closes after `at`; the number of spans if none does.
    fn first_closing_after(&self, at: i64) -> usize {
        let day = (at - self.start).max(0) / DAY;
        let Some(first) = self.first_of_day.get(day as usize) else { return self.closes.len() };
        let mut span = *first as usize;
        while self.closes.get(span).is_some_and(|closes| *closes <= at) {
            span += 1;
        }
        span
    }
}

fn date(days_since_1970: i64) -> Option<NaiveDate> {
    NaiveDate::from_num_days_from_ce_opt(i32::try_from(days_since_1970 + DAYS_TO_1970).ok()?)
}

#[cfg(test)]
mod tests;
