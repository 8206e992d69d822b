//! The one parser of dates on the command line (CLI.md "Dates accepted").
//!
//! A text means days or an instant ([`meaning`]); the caller says which of the two he asks for. Nothing is guessed:
//! what the grammar does not know is an error with three examples.

mod iso;
mod meaning;

use std::ops::Range;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;

use self::meaning::{Meaning, meaning};
use super::{Calendar, local_day};
use crate::error::{Error, Result};

pub(crate) use iso::iso_meaning;

/// Which way a bare day and month, a weekday or a week looks from today.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lean {
    /// The next one, today included.
    Forward,
    /// The latest one not after today; for questions about the past.
    Back,
}

/// Whether an instant begins or ends something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Edge {
    /// A day is its 00:00.
    Start,
    /// A day is included: its 24:00.
    End,
}

/// What dates are relative to.
#[derive(Clone, Copy, Debug)]
pub struct Moment<'a> {
    /// The program's now.
    pub now: DateTime<Utc>,
    /// The zone in which days are meant.
    pub zone: Tz,
    /// The calendar that knows working days (`+3at`); without one these are an error.
    pub calendar: Option<&'a Calendar>,
}

impl<'a> Moment<'a> {
    /// A moment that knows no working days.
    pub fn new(now: DateTime<Utc>, zone: Tz) -> Moment<'a> {
        Moment { now, zone, calendar: None }
    }

    /// The same, with working days.
    #[must_use]
    pub fn working(self, calendar: &'a Calendar) -> Moment<'a> {
        Moment { calendar: Some(calendar), ..self }
    }

    /// The local day of now.
    pub fn today(&self) -> NaiveDate {
        local_day(self.now, self.zone)
    }
}

/// Reads an instant. Days, also a range of them, are the first 00:00. Anything else is a usage error.
pub fn parse_instant(text: &str, moment: &Moment<'_>, lean: Lean) -> Result<DateTime<Utc>> {
    Ok(read(text, moment, lean, INSTANTS)?.at(moment.zone, Edge::Start))
}

/// Reads an instant that ends something: days are included, so they are the last 24:00. Anything else is a usage
/// error.
pub fn parse_end(text: &str, moment: &Moment<'_>, lean: Lean) -> Result<DateTime<Utc>> {
    Ok(read(text, moment, lean, INSTANTS)?.at(moment.zone, Edge::End))
}

/// Reads a day; of a range the first one, of an instant its local day. Anything else is a usage error.
pub fn parse_day(text: &str, moment: &Moment<'_>, lean: Lean) -> Result<NaiveDate> {
    Ok(read(text, moment, lean, DAYS)?.first_day(moment.zone))
}

/// Reads a range: a day, a week, month or quarter, or `A..B` with both days included; half-open, as instants.
///
/// Anything else is a usage error, an instant alone too.
pub fn parse_range(text: &str, moment: &Moment<'_>, lean: Lean) -> Result<Range<DateTime<Utc>>> {
    match read(text, moment, lean, RANGES)? {
        Meaning::Instant(_) => Err(not_a("range of days", text, RANGES)),
        meaning => Ok(meaning.at(moment.zone, Edge::Start)..meaning.at(moment.zone, Edge::End)),
    }
}

/// Examples for those whose text could not be read.
const INSTANTS: &str = "2026-11-30, \"30.11.2026 14:00\", +3d";
const DAYS: &str = "2026-11-30, 30.11.2026, +3d";
const RANGES: &str = "2026-11, 2026-q4, 1.11.2026..heute";

fn read(text: &str, moment: &Moment<'_>, lean: Lean, examples: &str) -> Result<Meaning> {
    let lower = text.trim().to_lowercase();
    match range(&lower, moment, lean)? {
        Some(meaning) => Ok(meaning),
        None => meaning(&lower, moment, lean, moment.today())?.ok_or_else(|| not_a("date", text, examples)),
    }
}

/// `A..B`. A bare day and month or weekday at the end is the next one from the beginning on.
fn range(text: &str, moment: &Moment<'_>, lean: Lean) -> Result<Option<Meaning>> {
    // "1.11...30.11." has its two dots where both sides can be read
    for (at, _) in text.match_indices('.').filter(|(at, _)| text[*at..].starts_with("..")) {
        let (first, last) = (text[..at].trim(), text[at + 2..].trim());
        let Some(start) = meaning(first, moment, lean, moment.today())? else { continue };
        let Some(end) = meaning(last, moment, Lean::Forward, start.first_day(moment.zone))? else { continue };
        let joined = match (start, end) {
            (Meaning::Days(first, _), Meaning::Days(_, last)) => (first <= last).then_some(Meaning::Days(first, last)),
            _ => {
                let (from, to) = (start.at(moment.zone, Edge::Start), end.at(moment.zone, Edge::End));
                (from <= to).then_some(Meaning::Span(from, to))
            }
        };
        return match joined {
            Some(meaning) => Ok(Some(meaning)),
            None => Err(Error::usage(format!("the range \"{text}\" ends before it begins"))
                .hint(format!("valid are for example {RANGES}"))),
        };
    }
    Ok(None)
}

fn not_a(what: &str, text: &str, examples: &str) -> Error {
    Error::usage(format!("\"{text}\" is not a {what}")).hint(format!("valid are for example {examples}"))
}

#[cfg(test)]
mod tests;
