//! One typed value of a table, and how each format writes it.

use chrono::{DateTime, NaiveDate, SecondsFormat, Timelike};
use chrono_tz::Tz;
use rust_decimal::Decimal;
use serde_json::Value;

/// A typed value; what it looks like is the format's business.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Unknown or not applicable.
    Empty,
    /// Text, as it is stored.
    Text(String),
    /// A count or a number that names something.
    Int(i64),
    /// A quantity; JSON number.
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
        }
    }

    /// For programs: ISO dates, decimal point, nothing shortened.
    pub fn for_programs(&self) -> String {
        match self {
            Cell::Number(number) => number.to_string(),
            // cents are always written, and more places are kept
            Cell::Money(amount) => format!("{:.*}", amount.scale().max(2) as usize, amount),
            Cell::Day(day) => day.format("%Y-%m-%d").to_string(),
            Cell::Instant(at) => at.to_rfc3339_opts(SecondsFormat::Secs, false),
            Cell::Flag(flag) => flag.to_string(),
            Cell::Empty | Cell::Text(_) | Cell::Int(_) | Cell::List(_) => self.for_people(),
        }
    }

    /// As JSON: instants RFC 3339 with offset, money as string (a float would lose cents).
    pub fn json(&self) -> Value {
        match self {
            Cell::Empty => Value::Null,
            Cell::Int(number) => Value::from(*number),
            Cell::Number(number) => number.to_string().parse::<serde_json::Number>().map_or(Value::Null, Value::Number),
            Cell::Flag(flag) => Value::Bool(*flag),
            Cell::List(texts) => Value::from(texts.clone()),
            Cell::Text(_) | Cell::Money(_) | Cell::Day(_) | Cell::Instant(_) => Value::String(self.for_programs()),
        }
    }
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
        assert_eq!(Cell::Money(Decimal::new(123_456, 2)).for_programs(), "1234.56");
        assert_eq!(Cell::Money(Decimal::new(123_456, 2)).json(), Value::from("1234.56"));
    }

    #[test]
    fn a_quantity_keeps_its_own_places() {
        assert_eq!(Cell::Number(Decimal::new(1_500, 3)).for_people(), "1,5");
        assert_eq!(Cell::Number(Decimal::new(15, 1)).json().to_string(), "1.5");
    }
}
