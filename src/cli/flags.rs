//! Values of the registers' flags: dates, people and words, as the command line writes them.
//!
//! A flag that can be emptied takes `keine` or `none`.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::PgConnection;
use rust_decimal::Decimal;
use wvl::calendar::dates::{self, Lean, Moment};
use wvl::calendar::{PromiseDay, german};
use wvl::error::{Error, Result};
use wvl::party::{department, employee, team};

/// What empties a column.
const NOTHING: [&str; 6] = ["keine", "keiner", "keinen", "kein", "none", "-"];

/// An empty flag changes nothing; `keine` empties the column; else `read` says what the text means.
pub fn clearable<T>(flag: Option<&String>, read: impl FnOnce(&str) -> Result<T>) -> Result<Option<Option<T>>> {
    match flag {
        None => Ok(None),
        Some(text) if NOTHING.contains(&text.trim().to_lowercase().as_str()) => Ok(Some(None)),
        Some(text) => read(text).map(|value| Some(Some(value))),
    }
}

/// A text that can be emptied.
pub fn text(flag: Option<&String>) -> Option<Option<String>> {
    clearable(flag, |text| Ok(text.to_owned())).unwrap_or_default()
}

/// A date that something is promised for: a day is its 24:00.
pub fn promise(flag: &str, text: &str, moment: &Moment<'_>) -> Result<DateTime<Utc>> {
    dates::parse_end(text, moment, Lean::Forward).map_err(|error| at_flag(flag, error))
}

/// A date at which something begins or comes back: a day is its 00:00.
pub fn event(flag: &str, text: &str, moment: &Moment<'_>) -> Result<DateTime<Utc>> {
    dates::parse_instant(text, moment, Lean::Forward).map_err(|error| at_flag(flag, error))
}

/// A date on which something has happened; a flag without a value says now.
pub fn past_event(flag: &str, text: &str, moment: &Moment<'_>) -> Result<DateTime<Utc>> {
    if text.is_empty() {
        return Ok(moment.now);
    }
    dates::parse_instant(text, moment, Lean::Back).map_err(|error| at_flag(flag, error))
}

/// A day.
pub fn day(flag: &str, text: &str, moment: &Moment<'_>) -> Result<NaiveDate> {
    dates::parse_day(text, moment, Lean::Forward).map_err(|error| at_flag(flag, error))
}

/// The last day of a range that begins on `first`: a bare day and month is the next one from there.
pub fn last_day(flag: &str, text: &str, first: NaiveDate, moment: &Moment<'_>) -> Result<NaiveDate> {
    let range = dates::parse_range(&format!("{first}..{text}"), moment, Lean::Forward);
    Ok(PromiseDay::of(range.map_err(|error| at_flag(flag, error))?.end, moment.zone).day())
}

/// An employee by number, or nobody.
pub fn employee(connection: &mut PgConnection, flag: Option<&String>) -> Result<Option<Option<i64>>> {
    clearable(flag, |number| employee::id_by_number(connection, number))
}

/// A team by name, or none.
pub fn team(connection: &mut PgConnection, flag: Option<&String>) -> Result<Option<Option<i64>>> {
    clearable(flag, |name| team::id_by_name(connection, name))
}

/// A department by name, or none.
pub fn department(connection: &mut PgConnection, flag: Option<&String>) -> Result<Option<Option<i64>>> {
    clearable(flag, |name| department::id_by_name(connection, name))
}

/// The same error, naming the flag.
fn at_flag(flag: &str, error: Error) -> Error {
    let named = Error::new(error.kind(), format!("{flag}: {error}"));
    error.hints().iter().fold(named, |named, hint| named.hint(hint.as_str()))
}

/// `yes` or `no`, in both languages.
pub fn yes_or_no(text: &str) -> Result<bool, String> {
    match text.trim().to_lowercase().as_str() {
        "yes" | "ja" | "true" => Ok(true),
        "no" | "nein" | "false" => Ok(false),
        _ => Err("use yes (ja) or no (nein)".to_owned()),
    }
}

/// An amount as it is written here or there: `1.234,50`, `1234,50`, `1234.50`. With both marks the last one is the
/// decimal mark; a single one is, too.
pub fn amount(text: &str) -> Result<Decimal, String> {
    let text = text.trim();
    let plain = match (text.rfind(','), text.rfind('.')) {
        (Some(comma), point) if point.is_none_or(|point| point < comma) => text.replace('.', "").replace(',', "."),
        _ => text.replace(',', ""),
    };
    plain.parse().map_err(|_| "write an amount as 1234,50 or 1234.50".to_owned())
}

/// Weekdays as `1111100`, Monday first: `mo-do`, `mo,mi,fr`.
pub fn weekdays(text: &str) -> Result<String> {
    let position = |name: &str| {
        german::WEEKDAYS.iter().position(|weekday| weekday.to_lowercase() == name.trim().to_lowercase()).ok_or_else(
            || Error::usage(format!("“{}” is no weekday", name.trim())).hint("--working-days mo-do or mo,mi,fr"),
        )
    };
    let mut works = [false; 7];
    for part in text.split(',') {
        let (first, last) = part.split_once(['-', '–']).unwrap_or((part, part));
        let (first, last) = (position(first)?, position(last)?);
        if last < first {
            return Err(Error::usage(format!("“{}” ends before it begins", part.trim())));
        }
        works[first..=last].fill(true);
    }
    Ok(works.iter().map(|works| if *works { '1' } else { '0' }).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn working_days() {
        assert_eq!(weekdays("mo-do").unwrap(), "1111000");
        assert_eq!(weekdays("Mo, mi,FR").unwrap(), "1010100");
        for wrong in ["", "xx", "fr-mo", "mo-"] {
            assert!(weekdays(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn amounts_in_both_spellings() {
        for text in ["1.234,50", "1234,50", "1234.50", "1,234.50"] {
            assert_eq!(amount(text).unwrap(), Decimal::new(123_450, 2), "{text}");
        }
        assert!(amount("zwölf").is_err());
    }

    #[test]
    fn nothing_is_a_value_too() {
        assert_eq!(text(None), None);
        assert_eq!(text(Some(&"Keine".to_owned())), Some(None));
        assert_eq!(text(Some(&"0711".to_owned())), Some(Some("0711".to_owned())));
    }
}
