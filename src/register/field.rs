//! A column of a register: where it comes from and what kind of value it is.

use std::borrow::Cow;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;

use super::{Wording, Words};
use crate::calendar::PromiseDay;
use crate::output::Cell;

/// What kind of value a column holds.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// Text.
    Text,
    /// A whole number.
    Int,
    /// A quantity.
    Number,
    /// An amount of money.
    Money,
    /// A day.
    Day,
    /// An instant.
    Instant,
    /// A promise: midnight is printed as the day before.
    Promise,
    /// Yes or no.
    Flag,
    /// A text array.
    List,
    /// A word of a fixed list, stored in English.
    Word(&'static Words),
    /// A JSON value whose kind is known only where it is read: an instant is a promise, all else is text, and perhaps a
    /// word of one of these lists.
    Recorded(&'static [&'static Words]),
}

/// A column of a register.
#[derive(Clone, Debug)]
pub struct Field {
    /// Its snake_case English key: part of the contract with other programs.
    pub key: &'static str,
    /// Its German heading.
    pub heading: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// The expression over the alias `d` that yields it.
    pub sql: Cow<'static, str>,
    /// Whether a list shows it; `show` shows all.
    pub listed: bool,
    /// Whether a list does without it on a narrow terminal.
    pub is_optional: bool,
}

impl Field {
    /// A column of this kind, shown in lists.
    pub fn new(key: &'static str, heading: &'static str, kind: Kind, sql: impl Into<Cow<'static, str>>) -> Field {
        Field { key, heading, kind, sql: sql.into(), listed: true, is_optional: false }
    }

    /// A text.
    pub fn text(key: &'static str, heading: &'static str, sql: impl Into<Cow<'static, str>>) -> Field {
        Field::new(key, heading, Kind::Text, sql)
    }

    /// An instant; for promised dates there is [`Field::promise`].
    pub fn instant(key: &'static str, heading: &'static str, sql: &'static str) -> Field {
        Field::new(key, heading, Kind::Instant, sql)
    }

    /// A promised date: 00:00 is printed as the day before.
    pub fn promise(key: &'static str, heading: &'static str, sql: &'static str) -> Field {
        Field::new(key, heading, Kind::Promise, sql)
    }

    /// An amount of money; its currency is a column beside it.
    pub fn money(key: &'static str, heading: &'static str, sql: &'static str) -> Field {
        Field::new(key, heading, Kind::Money, sql)
    }

    /// A word of a fixed list.
    pub fn word(key: &'static str, heading: &'static str, words: &'static Words, sql: &'static str) -> Field {
        Field::new(key, heading, Kind::Word(words), sql)
    }

    /// The same column, only for `show` and `--columns`.
    #[must_use]
    pub fn detail(mut self) -> Field {
        self.listed = false;
        self
    }

    /// The same column, left out of a list where the terminal is too narrow.
    #[must_use]
    pub fn optional(mut self) -> Field {
        self.is_optional = true;
        self
    }

    /// The expression for the select list, in a type whose bytes [`Field::cell`] reads: what is not text travels as Postgres
    /// keeps it, which costs neither side a conversion.
    pub(super) fn select(&self) -> String {
        let sql = &self.sql;
        match self.kind {
            Kind::Int => format!("({sql})::int8"),
            Kind::Day => format!("({sql})::date"),
            Kind::Instant | Kind::Promise => format!("({sql})::timestamptz"),
            Kind::Flag => format!("({sql})::bool"),
            Kind::List => format!("to_json({sql})::text"),
            Kind::Recorded(_) => format!("({sql}) #>> '{{}}'"),
            Kind::Text | Kind::Number | Kind::Money | Kind::Word(_) => format!("({sql})::text"),
        }
    }

    /// The cell for what Postgres sent. What is not of its kind is printed as it is.
    pub(super) fn cell(&self, value: Option<&[u8]>, zone: Tz, wording: Wording) -> Cell {
        let Some(bytes) = value else { return Cell::Empty };
        let read = match self.kind {
            Kind::Int => bytes.try_into().ok().map(i64::from_be_bytes).map(Cell::Int),
            Kind::Day => day(bytes),
            Kind::Instant => instant(bytes).map(|at| Cell::Instant(at.with_timezone(&zone))),
            Kind::Promise => instant(bytes).map(|at| promise(at, zone)),
            Kind::Flag => Some(Cell::Flag(bytes == [1])),
            _ => None,
        };
        let is_of_a_calendar = matches!(self.kind, Kind::Day | Kind::Instant | Kind::Promise);
        if is_of_a_calendar && read.is_none() {
            // as Postgres writes a day that no calendar has
            let is_before = bytes.first().is_some_and(|first| *first >= 0x80);
            return Cell::Text((if is_before { "-infinity" } else { "infinity" }).to_owned());
        }
        read.unwrap_or_else(|| self.cell_of_text(&String::from_utf8_lossy(bytes), zone, wording))
    }

    fn cell_of_text(&self, text: &str, zone: Tz, wording: Wording) -> Cell {
        let read = match self.kind {
            Kind::Money => text.parse().ok().map(Cell::Money),
            Kind::Number => text.parse().ok().map(Cell::Number),
            Kind::List => serde_json::from_str(text).ok().map(Cell::List),
            Kind::Recorded(lists) => match DateTime::parse_from_rfc3339(text) {
                Ok(at) => Some(promise(at.with_timezone(&Utc), zone)),
                Err(_) => {
                    let said = lists.iter().map(|words| words.said(text, wording)).find(|said| said != text);
                    // a quantity or an amount is read by people in their own style; programs get what is stored
                    let number = || text.parse().ok().filter(|_| wording != Wording::Stored && text.contains('.'));
                    said.map(|said| Cell::Text(said.into_owned())).or_else(|| number().map(Cell::Number))
                }
            },
            Kind::Word(words) => Some(Cell::Text(words.said(text, wording).into_owned())),
            _ => None,
        };
        read.unwrap_or_else(|| Cell::Text(text.to_owned()))
    }
}

fn promise(at: DateTime<Utc>, zone: Tz) -> Cell {
    match PromiseDay::of(at, zone) {
        PromiseDay::Day(day) => Cell::Day(day),
        PromiseDay::Instant(at) => Cell::Instant(at),
    }
}

/// Postgres counts days from 2000-01-01.
fn day(bytes: &[u8]) -> Option<Cell> {
    let days = i32::from_be_bytes(bytes.try_into().ok()?);
    let first = NaiveDate::from_ymd_opt(2000, 1, 1)?;
    first.checked_add_signed(TimeDelta::try_days(i64::from(days))?).map(Cell::Day)
}

/// Postgres counts microseconds from 2000-01-01 00:00 UTC.
fn instant(bytes: &[u8]) -> Option<DateTime<Utc>> {
    /// Microseconds from 1970 to 2000.
    const THIRTY_YEARS: i64 = 946_684_800_000_000;
    let microseconds = i64::from_be_bytes(bytes.try_into().ok()?);
    DateTime::from_timestamp_micros(microseconds.checked_add(THIRTY_YEARS)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BERLIN: Tz = chrono_tz::Europe::Berlin;

    #[test]
    fn a_promise_for_a_day_is_a_day_and_an_event_at_midnight_is_an_instant() {
        let at: DateTime<Utc> = "2026-11-23T23:00:00Z".parse().unwrap();
        let bytes = (at.timestamp_micros() - 946_684_800_000_000).to_be_bytes();
        let value = Some(&bytes[..]);
        let promise = Field::promise("due_at", "Fällig", "d.due_at").cell(value, BERLIN, Wording::Stored);
        assert_eq!(promise.for_programs(), "2026-11-23");
        let event =
            Field::instant("follow_up_at", "Wiedervorlage", "d.follow_up_at").cell(value, BERLIN, Wording::Stored);
        assert_eq!(event.for_programs(), "2026-11-24T00:00:00+01:00");
    }

    #[test]
    fn money_passes_through_as_text() {
        let field = Field::money("net_amount", "Netto", "d.net_amount");
        assert_eq!(field.select(), "(d.net_amount)::text");
        let cell = field.cell(Some(b"1234567890123.45"), BERLIN, Wording::Stored);
        assert_eq!(cell.for_programs(), "1234567890123.45");
    }

    #[test]
    fn what_no_calendar_has_is_said_as_it_is() {
        let field = Field::instant("at", "Zeit", "d.at");
        let at = |value: i64| field.cell(Some(&value.to_be_bytes()), BERLIN, Wording::Stored);
        assert_eq!(at(i64::MAX), Cell::Text("infinity".into()));
        assert_eq!(at(i64::MIN), Cell::Text("-infinity".into()));
        assert_eq!(at(0).for_programs(), "2000-01-01T01:00:00+01:00");
        let day = Field::new("day", "Tag", Kind::Day, "d.day");
        assert_eq!(day.cell(Some(&i32::MAX.to_be_bytes()), BERLIN, Wording::Stored), Cell::Text("infinity".into()));
        assert_eq!(day.cell(Some(&(-1i32).to_be_bytes()), BERLIN, Wording::Stored).for_programs(), "1999-12-31");
    }

    #[test]
    fn a_recorded_value_is_a_promise_where_it_is_an_instant() {
        let field = Field::new("new_value", "nachher", Kind::Recorded(&[]), "x");
        let cell = |text: &str| field.cell(Some(text.as_bytes()), BERLIN, Wording::Stored).for_programs();
        assert_eq!(cell("2026-11-23T23:00:00+00:00"), "2026-11-23");
        assert_eq!(cell("high"), "high");
    }
}
