//! The columns of a result: their names, their types, and how a value of each becomes a cell.
//!
//! Values travel as text, in the forms that [`crate::db`] fixes for every transaction: any type of the server has one,
//! also those that an extension brings. The type only decides what the text is read as.

use chrono::{DateTime, NaiveDate};
use chrono_tz::Tz;
use serde_json::Value;

use crate::output::{Cell, EXACT_DIGITS};
use crate::register::When;
use rust_decimal::Decimal;

/// What the text of a value is read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    Text,
    Int,
    Number,
    /// A floating number: as many digits as it has, and perhaps an exponent.
    Float,
    Flag,
    Day,
    Instant,
    /// A text that is JSON.
    Json,
    /// An array; it travels as JSON.
    List,
}

impl Reading {
    /// By the type's name in pg_catalog (of a domain that of its base) and its category.
    pub(super) fn of(name: &str, category: &str) -> Reading {
        match (category, name) {
            ("A", _) => Reading::List,
            (_, "int2" | "int4" | "int8" | "oid") => Reading::Int,
            (_, "numeric") => Reading::Number,
            (_, "float4" | "float8") => Reading::Float,
            (_, "bool") => Reading::Flag,
            (_, "date") => Reading::Day,
            (_, "timestamptz") => Reading::Instant,
            (_, "json" | "jsonb") => Reading::Json,
            _ => Reading::Text,
        }
    }

    /// A cell such as a column of this kind could hold.
    pub(super) fn example(self, when: When) -> Cell {
        let at = when.now.with_timezone(&when.zone);
        match self {
            Reading::Text => Cell::Text("Beispiel".to_owned()),
            Reading::Int => Cell::Int(42),
            Reading::Number | Reading::Float => Cell::Number(Decimal::new(123_456, 2)),
            Reading::Flag => Cell::Flag(true),
            Reading::Day => Cell::Day(at.date_naive()),
            Reading::Instant => Cell::Instant(at),
            Reading::Json => Cell::Json(Value::Null),
            Reading::List => Cell::List(vec!["Beispiel".to_owned()]),
        }
    }

    /// The expression that yields the text.
    pub(super) fn select(self, column: &str) -> String {
        match self {
            Reading::List => format!("to_json(q.{column})::text"),
            _ => format!("q.{column}::text"),
        }
    }

    /// The cell of a value. A text that is not what its type says (`infinity`, `NaN`, a year BC) stays text, and so does one
    /// with more digits than a number of ours has: nothing is rounded.
    pub(super) fn cell(self, text: Option<String>, zone: Tz) -> Cell {
        let Some(text) = text else { return Cell::Empty };
        let read = match self {
            Reading::Text => None,
            Reading::Int => text.parse().ok().map(Cell::Int),
            Reading::Number => Decimal::from_str_exact(&text).ok().map(Cell::Number),
            Reading::Float => float(&text),
            Reading::Flag => text.parse().ok().map(Cell::Flag),
            Reading::Day => text.parse::<NaiveDate>().ok().map(Cell::Day),
            Reading::Instant => DateTime::parse_from_str(&text, "%Y-%m-%d %H:%M:%S%.f%#z")
                .ok()
                .map(|at| Cell::Instant(at.with_timezone(&zone))),
            Reading::Json => text.parse().ok().map(Cell::Json).filter(|_| keeps_its_digits(&text)),
            Reading::List => text.parse().ok().map(list).filter(|_| keeps_its_digits(&text)),
        };
        read.unwrap_or(Cell::Text(text))
    }
}

/// `0.1` and `1e+300`, and no `NaN`.
fn float(text: &str) -> Option<Cell> {
    Decimal::from_str_exact(text)
        .ok()
        .map(Cell::Number)
        .or_else(|| serde_json::Number::from_f64(text.parse().ok()?).map(|number| Cell::Json(Value::Number(number))))
}

/// Whether every number of a JSON text is one that a JSON value of ours holds as it stands there.
fn keeps_its_digits(json: &str) -> bool {
    let plain = json.replace("\\\\", "").replace("\\\"", "");
    // every second part stands between quotes
    let outside = plain.split('"').step_by(2);
    let mut numbers = outside.flat_map(|part| part.split([',', ':', '[', ']', '{', '}', ' ', '\n', '\t', '\r']));
    numbers.all(|number| {
        let digits: String = number.chars().take_while(|letter| !matches!(letter, 'e' | 'E')).collect();
        let digits: String = digits.chars().filter(char::is_ascii_digit).collect();
        digits.trim_start_matches('0').len() <= EXACT_DIGITS
            || number.parse::<i64>().is_ok()
            || number.parse::<u64>().is_ok()
    })
}

/// An array of texts is a list; any other one is the JSON that it is.
fn list(value: Value) -> Cell {
    match value.as_array().map(|items| items.iter().map(|item| item.as_str().map(str::to_owned)).collect()) {
        Some(Some(texts)) => Cell::List(texts),
        _ => Cell::Json(value),
    }
}

/// The names as keys of a JSON object: of two equal ones the second gets a number.
pub(super) fn unique(names: Vec<String>) -> Vec<String> {
    let mut unique: Vec<String> = Vec::with_capacity(names.len());
    for name in &names {
        let mut key = name.clone();
        let mut number = 2;
        while unique.contains(&key) || (number > 2 && names.contains(&key)) {
            key = format!("{name}_{number}");
            number += 1;
        }
        unique.push(key);
    }
    unique
}

#[cfg(test)]
mod tests {
    use super::*;

    const BERLIN: Tz = chrono_tz::Europe::Berlin;

    fn shown(name: &str, category: &str, text: &str) -> String {
        Reading::of(name, category).cell(Some(text.to_owned()), BERLIN).json().to_string()
    }

    #[test]
    fn a_value_is_what_its_type_says() {
        assert_eq!(shown("int8", "N", "9223372036854775807"), "9223372036854775807");
        assert_eq!(shown("numeric", "N", "1.50"), "1.5");
        assert_eq!(shown("numeric", "N", "NaN"), "\"NaN\"");
        assert_eq!(shown("float8", "N", "0.1"), "0.1");
        assert_eq!(shown("float8", "N", "1e+300"), "1e+300");
        assert_eq!(shown("float8", "N", "-Infinity"), "\"-Infinity\"");
        assert_eq!(shown("bool", "B", "true"), "true");
        assert_eq!(shown("date", "D", "2026-11-23"), "\"2026-11-23\"");
        assert_eq!(shown("date", "D", "infinity"), "\"infinity\"");
        assert_eq!(shown("timestamptz", "D", "2026-11-23 08:00:00.5+01"), "\"2026-11-23T08:00:00.500+01:00\"");
        assert_eq!(shown("timestamptz", "D", "2026-07-23 08:00:00+05:30"), "\"2026-07-23T04:30:00+02:00\"");
        assert_eq!(shown("jsonb", "U", "{\"a\": [1]}"), "{\"a\":[1]}");
        assert_eq!(shown("_text", "A", "[\"a\", \"b\"]"), "[\"a\",\"b\"]");
        assert_eq!(shown("_int4", "A", "[1, null]"), "[1,null]");
        assert_eq!(shown("uuid", "U", "x"), "\"x\"");
        assert_eq!(Reading::Int.cell(None, BERLIN), Cell::Empty);
    }

    #[test]
    fn no_digit_is_lost() {
        let csv = |name: &str, category: &str, text: &str| {
            Reading::of(name, category).cell(Some(text.to_owned()), BERLIN).for_programs()
        };
        let long = "0.1234567890123456789012345678901234567";
        for number in [long, "99999999999999999999999999999999999", "0.000000000000000000000000000001", "1.500"] {
            assert_eq!(csv("numeric", "N", number), number);
        }
        assert_eq!(
            shown("numeric", "N", "99999999999999999999999999999999999"),
            "\"99999999999999999999999999999999999\""
        );
        assert_eq!(shown("numeric", "N", "12345678901234567.89"), "\"12345678901234567.89\"");
        assert_eq!(shown("numeric", "N", "12345678901234567890"), "12345678901234567890");
        for json in ["{\"a\": 12345678901234567.89}", "[0.12345678901234567, 1]", "{\"\\\"\": 1.2345678901234567}"] {
            assert_eq!(csv("jsonb", "U", json), json);
        }
        for json in [
            "{\"a 1234567890123456789.5\":1}",
            "[18446744073709551615,1.5e+300]",
            "{\"a\":\"\\\"1.23456789012345678\"}",
        ] {
            assert_eq!(shown("jsonb", "U", json), json);
        }
    }

    #[test]
    fn no_column_hides_another() {
        let unique = |names: &[&str]| unique(names.iter().map(|name| (*name).to_owned()).collect());
        assert_eq!(unique(&["id", "name", "id", "id"]), ["id", "name", "id_2", "id_3"]);
        assert_eq!(unique(&["id", "id", "id_2"]), ["id", "id_3", "id_2"]);
    }
}
