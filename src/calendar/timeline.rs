//! Open time as flat arrays of UTC seconds: what makes counting and searching working time cheap.
//!
//! `worked(t)`, the open seconds before `t`, never decreases, so elapsed time is a difference of two of its values and
//! both searches are one binary search in the sums before each window.

use chrono::{DateTime, NaiveDate, Utc};

use super::Calendar;
use super::zone::{instant, stretches};

const DAY: i64 = 86_400;
/// Open seconds between two entries of the index by open time: half of an ordinary day or less.
const STRIDE: i64 = 4 * 3600;
/// Days from the first day of the Common Era to 1970-01-01.
const DAYS_TO_1970: i64 = 719_163;

/// No calendar is asked about what lies outside of the years 0 to 9999.
const EARLIEST: i64 = -62_167_219_200;
const LATEST: i64 = 253_402_300_800;

/// The open time of a calendar within a range of instants. Outside of the range nothing is open.
///
/// The open spans lie in three arrays side by side rather than in one of structs: a search reads only one of them. Two
/// indexes say where to begin it, so that it takes a step or two however long the range is.
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
    /// For each [`STRIDE`] of open time the first span with more open time before it.
    first_of_stride: Vec<u32>,
    total: i64,
}

impl Timeline {
    /// A timeline of no range at all, which covers nothing.
    pub(super) const NOTHING: Timeline = Timeline {
        start: i64::MAX,
        end: i64::MIN,
        opens: Vec::new(),
        closes: Vec::new(),
        before: Vec::new(),
        first_of_day: Vec::new(),
        first_of_stride: Vec::new(),
        total: 0,
    };

    /// Whether the range reaches from one second to the other, as far as any timeline can.
    pub(super) fn covers(&self, from: i64, to: i64) -> bool {
        self.start <= from.clamp(EARLIEST, LATEST) && to.clamp(EARLIEST, LATEST) <= self.end
    }

    /// The timeline of the same calendar over its own range and this one.
    pub(super) fn extended(&self, calendar: &Calendar, from: i64, to: i64) -> Timeline {
        Timeline::of_seconds(calendar, self.start.min(from), self.end.max(to))
    }

    pub(super) fn new(calendar: &Calendar, from: DateTime<Utc>, to: DateTime<Utc>) -> Timeline {
        Timeline::of_seconds(calendar, from.timestamp(), to.timestamp())
    }

    fn of_seconds(calendar: &Calendar, from: i64, to: i64) -> Timeline {
        let start = from.clamp(EARLIEST, LATEST);
        let end = to.clamp(start, LATEST);
        let mut timeline = Timeline { start, end, ..Timeline::NOTHING };
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
        timeline.first_of_day = index(&timeline.closes, start, end, DAY);
        timeline.first_of_stride = index(&timeline.before, 0, timeline.total, STRIDE);
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
        let next = first_above(target, &self.before, self.first_of_stride.get((target / STRIDE) as usize));
        self.instant_worked(next, target)
    }

    /// The earliest `t` with `elapsed(a, t) ≥ seconds`: where the time is used up exactly at a closing, that closing.
    /// Without time to use up it is `a`. `None` if the range holds less open time after `a`.
    pub fn deadline(&self, a: DateTime<Utc>, seconds: i64) -> Option<DateTime<Utc>> {
        if seconds <= 0 {
            return Some(a);
        }
        let target = self.worked(a.timestamp()).checked_add(seconds).filter(|target| *target <= self.total)?;
        // whole seconds: what is not below the target is above the second before it
        let below = target - 1;
        let next = first_above(below, &self.before, self.first_of_stride.get((below / STRIDE) as usize));
        self.instant_worked(next, target)
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
        first_above(at, &self.closes, self.first_of_day.get(day as usize))
    }
}

/// For `from` and every `stride` after it up to `to`: the first of the rising values that is above.
fn index(values: &[i64], from: i64, to: i64, stride: i64) -> Vec<u32> {
    let mut first = 0;
    (from..=to)
        .step_by(stride as usize)
        .map(|mark| {
            while values.get(first).is_some_and(|value| *value <= mark) {
                first += 1;
            }
            first as u32
        })
        .collect()
}

/// The first of the rising values above `limit`, sought from the place that an index gives; without one there is none.
fn first_above(limit: i64, values: &[i64], begin: Option<&u32>) -> usize {
    let Some(begin) = begin else { return values.len() };
    let mut first = *begin as usize;
    // Mostly it takes one or two steps, and which of them the processor cannot guess: so these are no branches.
    for _ in 0..2 {
        first += usize::from(values.get(first).is_some_and(|value| *value <= limit));
    }
    while values.get(first).is_some_and(|value| *value <= limit) {
        first += 1;
    }
    first
}

fn date(days_since_1970: i64) -> Option<NaiveDate> {
    NaiveDate::from_num_days_from_ce_opt(i32::try_from(days_since_1970 + DAYS_TO_1970).ok()?)
}

#[cfg(test)]
mod tests;
