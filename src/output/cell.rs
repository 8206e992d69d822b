//! One typed value of a table, and how each format writes it.

use std::borrow::Cow;
use std::fmt::Write;

use chrono::{DateTime, NaiveDate, SecondsFormat, Timelike};
use chrono_tz::Tz;
use rust_decimal::Decimal;
use serde_json::Value;

use crate::template::Language;

/// A typed value; what it looks like is the format's business.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Unknown or not applicable.
    Empty,
    /// Text, as it is stored.
    Text(String),
    /// A count or a number that names something.
    Int(i64),
    /// A quantity; JSON number, but a string where most readers of JSON would lose digits of it.
    Number(Decimal),
    /// An amount of money, its currency stands in a column beside it; JSON string.
    Money(Decimal),
    /// A calendar day.
    Day(NaiveDate),
    /// An instant in the configured zone.
    Instant(DateTime<Tz>),
    /// Yes or no.
    Flag(bool),
    /// Several texts in one cell; JSON array.
    List(Vec<String>),
    /// A value that has no form of its own; JSON as it is.
    Json(Value),
}

impl Cell {
    /// Text, or empty.
    pub fn text(value: Option<impl Into<String>>) -> Cell {
        value.map_or(Cell::Empty, |value| Cell::Text(value.into()))
    }

    /// A day, or empty.
    pub fn day(value: Option<NaiveDate>) -> Cell {
        value.map_or(Cell::Empty, Cell::Day)
    }

    /// An instant of the database in the configured zone, or empty.
    pub fn instant(value: Option<DateTime<chrono::Utc>>, zone: Tz) -> Cell {
        value.map_or(Cell::Empty, |value| Cell::Instant(value.with_timezone(&zone)))
    }

    /// Money, or empty.
    pub fn money(value: Option<Decimal>) -> Cell {
        value.map_or(Cell::Empty, Cell::Money)
    }

    /// Whether it is written flush right.
    pub fn is_numeric(&self) -> bool {
        matches!(self, Cell::Int(_) | Cell::Number(_) | Cell::Money(_))
    }

    /// For people who asked for this language. Control characters are still in it.
    pub fn in_language(&self, language: Language) -> String {
        match (language, self) {
            (Language::German, _) => self.for_people(),
            (_, Cell::Number(number)) => english_number(*number, None),
            (_, Cell::Money(amount)) => english_number(*amount, Some(2)),
            (_, Cell::Instant(at)) if at.num_seconds_from_midnight() != 0 => at.format("%Y-%m-%d %H:%M").to_string(),
            (_, Cell::Instant(at)) => at.format("%Y-%m-%d").to_string(),
            (_, Cell::Flag(flag)) => (if *flag { "yes" } else { "no" }).to_owned(),
            (_, Cell::Day(_)) => self.for_programs(),
            _ => self.for_people(),
        }
    }

    /// For people: German dates and numbers. Control characters are still in it.
    pub fn for_people(&self) -> String {
        match self {
            Cell::Empty => String::new(),
            Cell::Text(text) => text.clone(),
            Cell::Int(number) => number.to_string(),
            Cell::Number(number) => german_number(*number, None),
            Cell::Money(amount) => german_number(*amount, Some(2)),
            Cell::Day(day) => day.format("%d.%m.%Y").to_string(),
            Cell::Instant(at) if at.num_seconds_from_midnight() == 0 => at.format("%d.%m.%Y").to_string(),
            Cell::Instant(at) => at.format("%d.%m.%Y %H:%M").to_string(),
            Cell::Flag(flag) => (if *flag { "ja" } else { "nein" }).to_owned(),
            Cell::List(texts) => texts.join("; "),
            Cell::Json(value) => value.to_string(),
        }
    }

    /// For programs: ISO dates, decimal point, nothing shortened.
    pub fn for_programs(&self) -> String {
        let mut text = String::new();
        self.push_for_programs(&mut text);
        text
    }

    /// The same at the end of `out`: an export writes millions of them.
    pub(super) fn push_for_programs(&self, out: &mut String) {
        match self {
            Cell::Empty => {}
            Cell::Text(text) => out.push_str(text),
            Cell::Int(number) => push(out, format_args!("{number}")),
            Cell::Number(number) => push(out, format_args!("{number}")),
            // cents are always written, and more places are kept
            Cell::Money(amount) => push(out, format_args!("{:.*}", amount.scale().max(2) as usize, amount)),
            Cell::Day(day) => push(out, format_args!("{}", day.format("%Y-%m-%d"))),
            Cell::Instant(at) => out.push_str(&at.to_rfc3339_opts(SecondsFormat::AutoSi, false)),
            Cell::Flag(flag) => out.push_str(if *flag { "true" } else { "false" }),
            Cell::List(texts) => out.push_str(&texts.join("; ")),
            Cell::Json(value) => push(out, format_args!("{value}")),
        }
    }

    /// For a German spreadsheet that reads text: decimal comma, no thousands, days and instants as it recognises them, and
    /// no text that it would take for a formula. Numbers are not guarded: -1,50 is one.
    pub(super) fn push_for_spreadsheet(&self, out: &mut String) {
        match self {
            Cell::Text(text) => out.push_str(&guarded(text)),
            Cell::List(texts) => out.push_str(&guarded(&texts.join("; "))),
            Cell::Json(value) => out.push_str(&guarded(&value.to_string())),
            Cell::Number(number) => push_with_comma(out, format_args!("{}", number.normalize())),
            Cell::Money(amount) => push_with_comma(out, format_args!("{:.*}", amount.scale().max(2) as usize, amount)),
            // with its time also at midnight: a column is days or instants
            Cell::Instant(at) => push(out, format_args!("{}", at.format("%d.%m.%Y %H:%M"))),
            Cell::Empty | Cell::Int(_) | Cell::Day(_) | Cell::Flag(_) => out.push_str(&self.for_people()),
        }
    }

    /// As JSON: instants RFC 3339 with offset, money as string (a float would lose cents).
    pub fn json(&self) -> Value {
        match self {
            Cell::Empty => Value::Null,
            Cell::Int(number) => Value::from(*number),
            Cell::Number(number) => json_number(*number),
            Cell::Flag(flag) => Value::Bool(*flag),
            Cell::List(texts) => Value::from(texts.clone()),
            Cell::Json(value) => value.clone(),
            Cell::Text(_) | Cell::Money(_) | Cell::Day(_) | Cell::Instant(_) => Value::String(self.for_programs()),
        }
    }
}

/// Numbers with so many digits are the same as a double, which is what most readers of JSON and every spreadsheet make of
/// them (IEEE 754 binary64).
pub const EXACT_DIGITS: usize = 15;

/// A number as it is, or its digits as a string. A whole number is exact as long as it has 64 bits.
fn json_number(number: Decimal) -> Value {
    let text = number.to_string();
    let digits = number.normalize().mantissa().unsigned_abs().to_string();
    match text.parse::<serde_json::Number>() {
        Ok(exact) if digits.trim_end_matches('0').len() <= EXACT_DIGITS || exact.is_i64() || exact.is_u64() => {
            Value::Number(exact)
        }
        _ => Value::String(text),
    }
}

/// A text that no spreadsheet takes for a formula: what begins with `= + - @`, a tab or a carriage return, blanks before
/// it not counted, gets a `'` in front. So does what would look guarded without being it; [`unguarded`] takes exactly one
/// away again.
pub fn guarded(text: &str) -> Cow<'_, str> {
    if begins_like_a_formula(text) { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}

/// The text that [`guarded`] was given.
pub fn unguarded(text: &str) -> &str {
    text.strip_prefix('\'').filter(|rest| begins_like_a_formula(rest)).unwrap_or(text)
}

fn begins_like_a_formula(text: &str) -> bool {
    let is_skipped = |letter: char| letter == '\'' || (letter.is_whitespace() && !matches!(letter, '\t' | '\r'));
    text.trim_start_matches(is_skipped).starts_with(['=', '+', '-', '@', '\t', '\r'])
}

fn push(out: &mut String, text: std::fmt::Arguments<'_>) {
    // a String takes everything
    out.write_fmt(text).unwrap_or_default();
}

fn push_with_comma(out: &mut String, number: std::fmt::Arguments<'_>) {
    let begin = out.len();
    push(out, number);
    if let Some(at) = out[begin..].find('.') {
        out.replace_range(begin + at..=begin + at, ",");
    }
}

/// A number as the English write it: `1,234.50`.
fn english_number(number: Decimal, places: Option<u32>) -> String {
    let swapped = |letter| match letter {
        '.' => ',',
        ',' => '.',
        other => other,
    };
    german_number(number, places).chars().map(swapped).collect()
}

/// A number as Germans write it: `1.234,50`. Without `places` it keeps its own.
pub fn german_number(number: Decimal, places: Option<u32>) -> String {
    let plain = match places {
        Some(places) => format!("{:.*}", places as usize, number.round_dp(places)),
        None => number.normalize().to_string(),
    };
    let (sign, digits) = plain.strip_prefix('-').map_or(("", plain.as_str()), |digits| ("-", digits));
    let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(whole, fraction)| (whole, Some(fraction)));
    let mut grouped = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index) % 3 == 0 {
            grouped.push('.');
        }
        grouped.push(digit);
    }
    match fraction {
        Some(fraction) => format!("{sign}{grouped},{fraction}"),
        None => format!("{sign}{grouped}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_written_as_in_a_german_office() {
        assert_eq!(Cell::Money(Decimal::new(123_456_750, 2)).for_people(), "1.234.567,50");
        assert_eq!(Cell::Money(Decimal::new(-5, 1)).for_people(), "-0,50");
        assert_eq!(Cell::Money(Decimal::new(123_456_750, 2)).in_language(Language::English), "1,234,567.50");
        assert_eq!(Cell::Money(Decimal::new(123_456, 2)).for_programs(), "1234.56");
        assert_eq!(Cell::Money(Decimal::new(123_456, 2)).json(), Value::from("1234.56"));
    }

    #[test]
    fn formulas_are_guarded_once_and_numbers_never() {
        for formula in ["=1+1", "+49 7321 1", " -x", "@SUM(A1)", "\t=1", "\r1", "\u{a0}=1", "'=1", "''+1", "' -"] {
            let written = guarded(formula);
            assert_eq!(written, format!("'{formula}"));
            assert_eq!(unguarded(&written), formula);
        }
        for plain in ["", "3-12", "01234", "'n Abend", "a=b", "x +1", "'"] {
            assert_eq!((&*guarded(plain), unguarded(plain)), (plain, plain));
        }
        let written = |cell: Cell| {
            let mut text = String::new();
            cell.push_for_spreadsheet(&mut text);
            text
        };
        assert_eq!(written(Cell::Money(Decimal::new(-123_456, 2))), "-1234,56");
        assert_eq!(written(Cell::Money(Decimal::new(12_345_678, 3))), "12345,678");
        assert_eq!(written(Cell::Number(Decimal::new(1_500, 3))), "1,5");
        assert_eq!(written(Cell::Int(-3)), "-3");
        assert_eq!(written(Cell::List(vec!["-a".into(), "b".into()])), "'-a; b");
    }

    #[test]
    fn a_quantity_keeps_its_own_places() {
        assert_eq!(Cell::Number(Decimal::new(1_500, 3)).for_people(), "1,5");
        assert_eq!(Cell::Number(Decimal::new(15, 1)).json().to_string(), "1.5");
        assert_eq!(Cell::Number(Decimal::new(123_456_789_012_345_678, 3)).json(), Value::from("123456789012345.678"));
        assert_eq!(Cell::Number(Decimal::new(1_500_000_000_000_000_000, 3)).json().to_string(), "1500000000000000.0");
    }
}
