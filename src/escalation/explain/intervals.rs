//! The time of an item, piece by piece: what counts, what does not, and why. Pure.
//!
//! A piece never reaches over a local midnight, an edge of a window, of a pause or of a silence: whatever is told of it
//! holds for all of it. What counts is what [`Count::seconds`](crate::escalation::timing::Count::seconds) counts, to the
//! second.

use chrono::{DateTime, Datelike, NaiveDate, Utc, Weekday};
use chrono_tz::Tz;

use crate::calendar::{
    Calendar, DayKind, TimeOfDay, Timeline, Window, at_local, end_of_day, german, local_day, midnight,
};
use crate::escalation::rules::Clock;
use crate::escalation::silences::SilenceKind;

/// From and to; half-open.
pub type Span = (DateTime<Utc>, DateTime<Utc>);

/// Why a piece of time counts, or does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Counts: inside a window.
    Window,
    /// Counts: by the wall clock every hour does.
    WallClock,
    /// Before the first window of a day, or after the last.
    Night,
    /// Between two windows of a day.
    Break,
    /// A weekday without a window: a Saturday that is not ticked, a part-time calendar's Wednesday.
    NoWindow(Weekday),
    /// A legal holiday, by its German name.
    Holiday(&'static str),
    /// Closed by the calendar: company holidays, Christmas Eve.
    Closed,
    /// The part of a half day after it closes.
    HalfDay(TimeOfDay),
    /// The item waits for somebody else.
    Paused,
}

impl Reason {
    /// Whether such time counts.
    pub fn counts(self) -> bool {
        matches!(self, Reason::Window | Reason::WallClock)
    }

    /// The word in JSON, CSV and TSV.
    pub fn word(self) -> &'static str {
        match self {
            Reason::Window => "window",
            Reason::WallClock => "wall_clock",
            Reason::Night => "night",
            Reason::Break => "break",
            Reason::NoWindow(Weekday::Sat) => "saturday",
            Reason::NoWindow(Weekday::Sun) => "sunday",
            Reason::NoWindow(_) => "no_window",
            Reason::Holiday(_) => "holiday",
            Reason::Closed => "closed",
            Reason::HalfDay(_) => "half_day",
            Reason::Paused => "paused",
        }
    }

    /// What the office reads.
    pub fn german(self) -> String {
        match self {
            Reason::Window => "zählt".to_owned(),
            Reason::WallClock => "zählt (Wanduhr)".to_owned(),
            Reason::Night => "außerhalb des Fensters".to_owned(),
            Reason::Break => "Pause zwischen den Fenstern".to_owned(),
            Reason::NoWindow(day @ (Weekday::Sat | Weekday::Sun)) => {
                format!("{} zählt nicht", german::weekday_name(day))
            }
            Reason::NoWindow(day) => format!("{}: kein Fenster", german::weekday_name(day)),
            Reason::Holiday(name) => format!("Feiertag: {name}"),
            Reason::Closed => "geschlossen".to_owned(),
            Reason::HalfDay(at) => format!("halber Tag, ab {at} geschlossen"),
            Reason::Paused => "wartete".to_owned(),
        }
    }
}

/// A piece of time that is all of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval {
    /// Where it begins.
    pub from: DateTime<Utc>,
    /// Where it ends, exclusive.
    pub to: DateTime<Utc>,
    /// Why it counts or does not.
    pub reason: Reason,
    /// Said to the item while it lasted; the clock runs on under it.
    pub silence: Option<SilenceKind>,
    /// Seconds that were counted since the beginning, up to its end.
    pub sum: i64,
}

impl Interval {
    /// Seconds that it counts.
    pub fn seconds(&self) -> i64 {
        if self.reason.counts() { self.length() } else { 0 }
    }

    /// Seconds from its beginning to its end.
    pub fn length(&self) -> i64 {
        self.to.timestamp() - self.from.timestamp()
    }
}

/// What decides whether time counts.
#[derive(Clone, Copy, Debug)]
pub struct Ground<'a> {
    /// Hours inside the window, or on the wall.
    pub clock: Clock,
    /// The calendar under the type's window.
    pub calendar: &'a Calendar,
    /// Its open time, over every instant that will be asked about.
    pub timeline: &'a Timeline,
    /// When the item waited; in order, without overlap.
    pub pauses: &'a [Span],
    /// When the item was muted or acknowledged, in any order.
    pub silences: &'a [(SilenceKind, DateTime<Utc>, DateTime<Utc>)],
}

impl Ground<'_> {
    /// The pieces between two instants, without a gap; their sum begins at `sum`.
    pub fn pieces(&self, from: DateTime<Utc>, to: DateTime<Utc>, mut sum: i64) -> Vec<Interval> {
        let zone = self.calendar.zone;
        let mut pieces = Vec::new();
        for day in local_day(from, zone).iter_days() {
            let start = midnight(day, zone);
            if start >= to {
                break;
            }
            let (start, end) = (start.max(from), end_of_day(day, zone).min(to));
            if end <= start {
                continue;
            }
            for (from, to, reason) in without(self.of_day(day, start, end), self.pauses) {
                for (from, to, silence) in self.under_silences(from, to) {
                    let mut piece = Interval { from, to, reason, silence, sum };
                    sum += piece.seconds();
                    piece.sum = sum;
                    pieces.push(piece);
                }
            }
        }
        pieces
    }

    /// A day, or a part of it, by windows alone.
    fn of_day(
        &self,
        day: NaiveDate,
        start: DateTime<Utc>,
        end: DateTime<Utc>,
    ) -> Vec<(DateTime<Utc>, DateTime<Utc>, Reason)> {
        if self.clock == Clock::Wall {
            return vec![(start, end, Reason::WallClock)];
        }
        let gaps = Gaps::of(self.calendar, day);
        let mut found = Vec::new();
        let mut at = start;
        for (opens, closes) in self.timeline.windows_between(start, end) {
            found.extend(gaps.named(at, opens));
            found.push((opens, closes, Reason::Window));
            at = closes;
        }
        found.extend(gaps.named(at, end));
        found
    }

    fn under_silences(
        &self,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> Vec<(DateTime<Utc>, DateTime<Utc>, Option<SilenceKind>)> {
        let mut edges: Vec<DateTime<Utc>> =
            self.silences.iter().flat_map(|(_, since, until)| [*since, *until]).collect();
        edges.retain(|edge| from < *edge && *edge < to);
        edges.extend([from, to]);
        edges.sort_unstable();
        edges.dedup();
        let kind = |at| {
            let holding = self.silences.iter().filter(|(_, since, until)| *since <= at && at < *until);
            holding.map(|(kind, _, _)| *kind).max()
        };
        let mut parts: Vec<(DateTime<Utc>, DateTime<Utc>, Option<SilenceKind>)> = Vec::new();
        for pair in edges.windows(2) {
            match parts.last_mut() {
                // one of two that hold begins or ends: what is shown stays the same
                Some((_, end, last)) if *last == kind(pair[0]) => *end = pair[1],
                _ => parts.push((pair[0], pair[1], kind(pair[0]))),
            }
        }
        parts
    }
}

/// Why the time between the windows of one day does not count.
struct Gaps {
    /// The whole day is closed for this reason.
    whole: Option<Reason>,
    /// Where the first window opens and the last one closes.
    open: Span,
    /// A day that closes early: when, and until when it would have been open.
    half: Option<(TimeOfDay, DateTime<Utc>)>,
}

impl Gaps {
    fn of(calendar: &Calendar, day: NaiveDate) -> Gaps {
        let seen = calendar.day(day);
        let instant = |time| at_local(day, time, calendar.zone);
        let usual = &calendar.windows[day.weekday().num_days_from_monday() as usize];
        let whole = match seen.kind {
            DayKind::NoWindow => Some(Reason::NoWindow(day.weekday())),
            DayKind::Holiday(name) => Some(Reason::Holiday(name)),
            DayKind::Closed => Some(Reason::Closed),
            DayKind::Half(at) if seen.windows.is_empty() => Some(Reason::HalfDay(at)),
            DayKind::Open | DayKind::Half(_) => None,
        };
        let half = match seen.kind {
            DayKind::Half(at) => usual.last().map(|last| (at, instant(last.to()))),
            _ => None,
        };
        let opens = seen.windows.first().map_or(TimeOfDay::END, Window::from);
        let closes = seen.windows.last().map_or(TimeOfDay::MIDNIGHT, Window::to);
        Gaps { whole, open: (instant(opens), instant(closes)), half }
    }

    /// A gap between windows, cut where its reason changes.
    fn named(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<(DateTime<Utc>, DateTime<Utc>, Reason)> {
        let mut found = Vec::new();
        let mut push = |from: DateTime<Utc>, to: DateTime<Utc>, reason| {
            if from < to {
                found.push((from, to, reason));
            }
        };
        let (opens, closes) = self.open;
        match (self.whole, self.half) {
            (Some(reason), _) => push(from, to, reason),
            (None, Some((at, usual_end))) if from >= closes => {
                let end = usual_end.clamp(from, to);
                push(from, end, Reason::HalfDay(at));
                push(end, to, Reason::Night);
            }
            // in the night that repeats an hour a window can be open twice
            (None, _) if from > opens && to < closes => push(from, to, Reason::Break),
            (None, _) => push(from, to, Reason::Night),
        }
        found
    }
}

/// What the item waited is taken out of what would count, and of what would not.
fn without(
    parts: Vec<(DateTime<Utc>, DateTime<Utc>, Reason)>,
    pauses: &[Span],
) -> Vec<(DateTime<Utc>, DateTime<Utc>, Reason)> {
    let mut cut = Vec::new();
    for (from, to, reason) in parts {
        let mut at = from;
        for &(start, end) in pauses.iter().filter(|(start, end)| *start < to && *end > from) {
            let (start, end) = (start.max(at), end.min(to));
            if at < start {
                cut.push((at, start, reason));
            }
            if start < end {
                cut.push((start, end, Reason::Paused));
            }
            at = at.max(end);
        }
        if at < to {
            cut.push((at, to, reason));
        }
    }
    cut
}

/// Neighbours of one kind made one, as they are told: a night is one, a weekend two days; what counts stays a day each.
pub fn merged(pieces: &[Interval]) -> Vec<Interval> {
    let mut merged: Vec<Interval> = Vec::new();
    for piece in pieces {
        match merged.last_mut() {
            Some(last) if !piece.reason.counts() && (last.reason, last.silence) == (piece.reason, piece.silence) => {
                last.to = piece.to;
            }
            _ => merged.push(*piece),
        }
    }
    merged
}

/// `08:00–18:00`; `18:00–Mo 08:00` where it ends on another day; a midnight is the 24:00 of the day that ends.
pub fn times(from: DateTime<Utc>, to: DateTime<Utc>, zone: Tz) -> String {
    let (start, end) = (from.with_timezone(&zone), to.with_timezone(&zone));
    let clock = |at: &DateTime<Tz>| at.format("%H:%M").to_string();
    let is_midnight = to == midnight(end.date_naive(), zone) && to > from;
    let (last, until) = match end.date_naive().pred_opt() {
        Some(eve) if is_midnight => (eve, "24:00".to_owned()),
        _ => (end.date_naive(), clock(&end)),
    };
    let day = if last == start.date_naive() { String::new() } else { format!("{} ", german::weekday(last.weekday())) };
    format!("{}–{day}{until}", clock(&start))
}
