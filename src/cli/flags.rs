//! Values of the registers' flags: dates, people and words, as the command line writes them.
//!
//! A flag that can be emptied takes `keine`, `none` or an empty text.

use std::ffi::OsStr;

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use clap::builder::{PossibleValue, TypedValueParser};
use clap::{Arg, Command};
use diesel::PgConnection;
use rust_decimal::Decimal;
use wvl::calendar::PromiseDay;
use wvl::calendar::dates::{self, Lean, Moment};
use wvl::error::{Error, Result};
use wvl::outbox::MAIL;
use wvl::outbox::channels::Channels;
use wvl::party::{company, customer, department, employee, team};
use wvl::register::Words;

/// What a flag without a value says that notes when something happened.
pub const NOW: &str = "jetzt";

/// Amounts and quantities stay below this, see the migration of sales.
const MOST: Decimal = Decimal::from_parts(2_764_472_320, 232_830, 0, false, 0);

/// What empties a column.
const NOTHING: [&str; 6] = ["keine", "keiner", "keinen", "kein", "none", "-"];

/// A flag that was not given changes nothing; `keine` empties the column; else `read` says what the text means.
pub fn clearable<T>(flag: Option<&String>, read: impl FnOnce(&str) -> Result<T>) -> Result<Option<Option<T>>> {
    match flag {
        None => Ok(None),
        Some(text) if is_nothing(text) => Ok(Some(None)),
        Some(text) => read(text).map(|value| Some(Some(value))),
    }
}

fn is_nothing(text: &str) -> bool {
    let text = text.trim().to_lowercase();
    text.is_empty() || NOTHING.contains(&text.as_str())
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
    if text == NOW {
        return Ok(moment.now);
    }
    dates::parse_instant(text, moment, Lean::Back).map_err(|error| at_flag(flag, error))
}

/// A day.
pub fn day(flag: &str, text: &str, moment: &Moment<'_>) -> Result<NaiveDate> {
    dates::parse_day(text, moment, Lean::Forward).map_err(|error| at_flag(flag, error))
}

/// The first day of something near: a bare day and month that has just gone by would be a year ahead.
pub fn first_day(flag: &str, text: &str, moment: &Moment<'_>) -> Result<NaiveDate> {
    let first = day(flag, text, moment)?;
    let names_its_year = text.contains(&first.year().to_string());
    let is_relative = text.trim_start().starts_with('+');
    if (first - moment.today()).num_days() > LONGEST_WITHOUT_YEAR && !names_its_year && !is_relative {
        return Err(Error::usage(format!("{flag} {text} would be {first}, far ahead")).hint("write the year"));
    }
    Ok(first)
}

/// A day on which something has happened.
pub fn past_day(flag: &str, text: &str, moment: &Moment<'_>) -> Result<NaiveDate> {
    dates::parse_day(text, moment, Lean::Back).map_err(|error| at_flag(flag, error))
}

/// A range whose end rolled over into the next year and is longer than this was a slip: 24.12. to 23.12.
const LONGEST_WITHOUT_YEAR: i64 = 183;

/// The last day of a range that begins on `first`: a bare day and month is the next one from there.
pub fn last_day(flag: &str, text: &str, first: NaiveDate, moment: &Moment<'_>) -> Result<NaiveDate> {
    let range = dates::parse_range(&format!("{first}..{text}"), moment, Lean::Forward);
    let last = PromiseDay::of(range.map_err(|error| at_flag(flag, error))?.end, moment.zone).day();
    let rolled_over = last.year() > first.year() && !text.contains(&last.year().to_string());
    if rolled_over && (last - first).num_days() > LONGEST_WITHOUT_YEAR {
        return Err(Error::usage(format!("{flag} {text} would be {last}, long after {first}")).hint("write the year"));
    }
    Ok(last)
}

/// A date of birth: it has a year, and lies behind us.
pub fn birthday(text: &str, moment: &Moment<'_>) -> Result<NaiveDate> {
    let day = dates::parse_day(text, moment, Lean::Back).map_err(|error| at_flag("--birthday", error))?;
    if day > moment.today() || day.year() < 1800 {
        return Err(Error::usage(format!("--birthday: nobody who can be reached was born on {day}"))
            .hint("write it as 1980-05-17 or 17.5.1980"));
    }
    Ok(day)
}

/// An employee by number, or nobody.
pub fn employee(connection: &mut PgConnection, flag: Option<&String>) -> Result<Option<Option<i64>>> {
    clearable(flag, |number| employee::id_by_number(connection, number))
}

/// A team by name, or none.
pub fn team(connection: &mut PgConnection, flag: Option<&String>) -> Result<Option<Option<i64>>> {
    clearable(flag, |name| team::id_by_name(connection, name))
}

/// A customer by number, for a new record; none if there is no flag.
pub fn customer(connection: &mut PgConnection, flag: Option<&String>) -> Result<Option<i64>> {
    clearable(flag, |number| customer::id_by_number(connection, number)).map(Option::flatten)
}

/// A department by name, or none.
pub fn department(connection: &mut PgConnection, flag: Option<&String>) -> Result<Option<Option<i64>>> {
    clearable(flag, |name| department::id_by_name(connection, name))
}

/// A company of the group by name; no flag changes nothing.
pub fn company(connection: &mut PgConnection, flag: Option<&str>) -> Result<Option<i64>> {
    flag.map(|name| company::id_by_name(connection, name)).transpose()
}

/// The same error, naming the flag.
fn at_flag(flag: &str, error: Error) -> Error {
    let named = Error::new(error.kind(), format!("{flag}: {error}"));
    error.hints().iter().fold(named, |named, hint| named.hint(hint.as_str()))
}

/// An amount as the tables take it: below 10^15.
pub fn amount(text: &str) -> Result<Decimal, String> {
    let amount = wvl::import::amount(text)?;
    if amount.abs() >= MOST { Err(format!("{text} is more than can be stored (less than 10^15)")) } else { Ok(amount) }
}

/// An amount that can be emptied.
pub fn clearable_amount(flag: &str, text: Option<&String>) -> Result<Option<Option<Decimal>>> {
    clearable(text, |text| amount(text).map_err(|message| Error::usage(format!("{flag}: {message}"))))
}

/// A currency by its three letters.
pub fn currency(text: &str) -> Result<String, String> {
    let code = text.trim().to_uppercase();
    let is_code = code.len() == 3 && code.chars().all(|letter| letter.is_ascii_uppercase());
    if is_code { Ok(code) } else { Err("a currency has three letters, as EUR".to_owned()) }
}

/// A country by its two letters.
pub fn country(text: &str) -> Result<String, String> {
    let code = text.trim().to_uppercase();
    let is_code = code.len() == 2 && code.chars().all(|letter| letter.is_ascii_uppercase());
    if is_code { Ok(code) } else { Err("a country has two letters, as DE".to_owned()) }
}

/// `yes` or `no`, in both languages.
pub fn yes_or_no(text: &str) -> Result<bool, String> {
    match text.trim().to_lowercase().as_str() {
        "yes" | "ja" | "true" => Ok(true),
        "no" | "nein" | "false" => Ok(false),
        _ => Err("use yes (ja) or no (nein)".to_owned()),
    }
}

/// A text on one line, without the blanks around it; it may be empty.
pub fn line(text: &str) -> Result<String, String> {
    if text.chars().any(char::is_control) {
        return Err("a text on one line, without control characters".to_owned());
    }
    Ok(text.trim().to_owned())
}

/// A text on one line that says something.
pub fn filled_line(text: &str) -> Result<String, String> {
    let line = line(text)?;
    if line.is_empty() { Err("must not be empty".to_owned()) } else { Ok(line) }
}

/// A text that may have several lines.
pub fn prose(text: &str) -> Result<String, String> {
    let text = text.replace("\r\n", "\n");
    if text.chars().any(|letter| letter.is_control() && !matches!(letter, '\n' | '\t')) {
        return Err("a text without control characters other than line breaks".to_owned());
    }
    Ok(text.trim().to_owned())
}

/// An address that mails can be sent to; what empties a column passes.
pub fn address(text: &str) -> Result<String, String> {
    let text = line(text)?;
    if !is_nothing(&text) {
        wvl::outbox::address::check(&text).map_err(|error| error.to_string())?;
    }
    Ok(text)
}

/// A personnel number.
pub fn personnel_number(text: &str) -> Result<i64, String> {
    let number = text.trim().parse::<i64>().ok().filter(|number| *number >= 0);
    number.ok_or_else(|| "a personnel number is a whole number, as 14".to_owned())
}

/// Weekdays as `1111100`, Monday first: `mo-do`, `mo,mi,fr`.
pub fn weekdays(text: &str) -> Result<String> {
    wvl::calendar::working_days(text).map_err(|message| Error::usage(format!("--working-days: {message}")))
}

/// How somebody wants to be reached, as it is stored: names of ways that there are.
pub fn channels(text: &str, channels: &Channels) -> Result<String> {
    let stored = wvl::outbox::channels::wish(text).map_err(|message| Error::usage(format!("--channels: {message}")))?;
    for name in stored.split(',') {
        channels.to_people(name).map_err(|complaint| {
            let names: Vec<&str> = [MAIL].into_iter().chain(channels.names()).collect();
            let hint = complaint.suggestion.unwrap_or_else(|| format!("there are {}", names.join(", ")));
            Error::usage(format!("--channels {text}: {}", complaint.message)).hint(hint)
        })?;
    }
    Ok(stored)
}

/// A word of a fixed list, in either language; a completion offers those that are stored.
#[derive(Clone, Copy, Debug)]
pub struct Word(pub &'static Words);

impl TypedValueParser for Word {
    type Value = &'static str;

    fn parse_ref(&self, command: &Command, argument: Option<&Arg>, value: &OsStr) -> Result<&'static str, clap::Error> {
        let words = self.0;
        let parse = move |text: &str| words.parse(text);
        TypedValueParser::parse_ref(&parse, command, argument, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let words = self.0.0.iter().map(|(stored, office)| {
            let value = PossibleValue::new(*stored);
            office.first().map_or(value.clone(), |office| value.help(*office))
        });
        Some(Box::new(words))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_trimmed_and_has_no_second_one() {
        assert_eq!(line("  Drucker "), Ok("Drucker".to_owned()));
        assert_eq!(prose(" erst\r\ndann\n"), Ok("erst\ndann".to_owned()));
        for text in ["a\nBcc: x", "a\tb", "\u{1b}[2J", "a\u{85}b"] {
            assert!(line(text).is_err(), "{text:?}");
        }
        assert!(prose("a\u{1b}[2J").is_err());
        assert!(filled_line("  ").is_err());
    }

    #[test]
    fn addresses_that_can_be_written_to_and_none() {
        assert_eq!(address(" a@firma.example "), Ok("a@firma.example".to_owned()));
        assert_eq!((address(""), address("keine")), (Ok(String::new()), Ok("keine".to_owned())));
        for text in ["anna", "anna@müller.example", "a@b, c@d"] {
            assert!(address(text).unwrap_err().contains("cannot be written to"), "{text}");
        }
    }

    #[test]
    fn amounts_fit_into_their_columns() {
        assert_eq!(MOST.to_string(), "1000000000000000");
        assert_eq!(amount("1.234,50").map(|amount| amount.to_string()), Ok("1234.50".to_owned()));
        assert!(amount("1000000000000000").is_err() && amount("-1000000000000000").is_err());
        assert_eq!((currency("eur"), country(" at ")), (Ok("EUR".to_owned()), Ok("AT".to_owned())));
        assert!(currency("Euro").is_err() && country("Österreich").is_err());
    }

    #[test]
    fn nothing_is_a_value_too() {
        assert_eq!(text(None), None);
        assert_eq!(text(Some(&"Keine".to_owned())), Some(None));
        assert_eq!(text(Some(&" ".to_owned())), Some(None));
        assert_eq!(text(Some(&"0711".to_owned())), Some(Some("0711".to_owned())));
    }
}
