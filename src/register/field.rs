//! A column of a register: where it comes from and what kind of value it is.

use std::borrow::Cow;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use serde_json::Value;

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

    /// The expression for the select list.
    pub(super) fn select(&self) -> String {
        match self.kind {
            // through a JSON number a sum would lose cents
            Kind::Money | Kind::Number => format!("({})::text", self.sql),
            _ => self.sql.to_string(),
        }
    }

    /// The cell for a value as Postgres writes it into JSON.
    pub(super) fn cell(&self, value: Value, zone: Tz, wording: Wording) -> Cell {
        match (self.kind, value) {
            (_, Value::Null) => Cell::Empty,
            (_, Value::Bool(flag)) => Cell::Flag(flag),
            (Kind::List, Value::Array(texts)) => {
                Cell::List(texts.iter().filter_map(Value::as_str).map(str::to_owned).collect())
            }
            (_, Value::Number(number)) => number.as_i64().map_or_else(|| Cell::Text(number.to_string()), Cell::Int),
            (kind, Value::String(text)) => from_text(kind, &text, zone, wording).unwrap_or(Cell::Text(text)),
            (_, other) => Cell::Text(other.to_string()),
        }
    }
}

/// `None` where the text is not what the kind says; then it is printed as it is.
fn from_text(kind: Kind, text: &str, zone: Tz, wording: Wording) -> Option<Cell> {
    let instant = || DateTime::parse_from_rfc3339(text).ok().map(|at| at.with_timezone(&Utc));
    Some(match kind {
        Kind::Money => Cell::Money(text.parse().ok()?),
        Kind::Number => Cell::Number(text.parse().ok()?),
        Kind::Day => Cell::Day(text.parse::<NaiveDate>().ok()?),
        Kind::Instant => Cell::Instant(instant()?.with_timezone(&zone)),
        Kind::Promise => match PromiseDay::of(instant()?, zone) {
            PromiseDay::Day(day) => Cell::Day(day),
            PromiseDay::Instant(at) => Cell::Instant(at),
        },
        Kind::Word(words) if wording == Wording::Office => Cell::Text(words.for_people(text).to_owned()),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const BERLIN: Tz = chrono_tz::Europe::Berlin;

    #[test]
    fn a_promise_for_a_day_is_a_day_and_an_event_at_midnight_is_an_instant() {
        let value = Value::from("2026-11-23T23:00:00+00:00");
        let promise = Field::promise("due_at", "Fällig", "d.due_at").cell(value.clone(), BERLIN, Wording::Stored);
        assert_eq!(promise.for_programs(), "2026-11-23");
        let event =
            Field::instant("follow_up_at", "Wiedervorlage", "d.follow_up_at").cell(value, BERLIN, Wording::Stored);
        assert_eq!(event.for_programs(), "2026-11-24T00:00:00+01:00");
    }

    #[test]
    fn money_passes_through_as_text() {
        let field = Field::money("net_amount", "Netto", "d.net_amount");
        assert_eq!(field.select(), "(d.net_amount)::text");
        let cell = field.cell(Value::from("1234567890123.45"), BERLIN, Wording::Stored);
        assert_eq!(cell.for_programs(), "1234567890123.45");
    }
}
