//! How values read in each language: hours, money, numbers, days, lines of text. Pure; the filters of the templates call
//! these.

use chrono::{Datelike, NaiveDate};
use rust_decimal::{Decimal, RoundingStrategy};

use super::Language;

const WEEKDAYS: [&str; 7] = ["Mo", "Di", "Mi", "Do", "Fr", "Sa", "So"];

/// A number: exactly `places` decimals, rounded half away from zero; "1.234,50" in German, "1,234.50" in English.
pub fn decimal(value: Decimal, places: u32, language: Language) -> String {
    let (thousands, point) = match language {
        Language::German => ('.', ','),
        Language::English => (',', '.'),
    };
    let rounded = value.round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero);
    let plain = format!("{:.*}", places as usize, rounded.abs());
    let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
    let mut grouped = String::new();
    if rounded.is_sign_negative() && !rounded.is_zero() {
        grouped.push('-');
    }
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            grouped.push(thousands);
        }
        grouped.push(digit);
    }
    if !fraction.is_empty() {
        grouped.push(point);
        grouped.push_str(fraction);
    }
    grouped
}

/// Seconds as the seed prints them: "32,22 Std."; in English "32.22 h".
pub fn hours(seconds: i64, language: Language) -> String {
    let hours = decimal(Decimal::from(seconds) / Decimal::from(3600), 2, language);
    match language {
        Language::German => format!("{hours} Std."),
        Language::English => format!("{hours} h"),
    }
}

/// An amount with its currency (ISO 4217). German writes the euro as a sign and others by their code: "1.234,50 €",
/// "1.234,50 CHF"; English writes every code: "1,234.50 EUR".
pub fn money(amount: Decimal, currency: &str, language: Language) -> String {
    let sign = if currency == "EUR" && language == Language::German { "€" } else { currency };
    format!("{} {sign}", decimal(amount, 2, language)).trim_end().to_owned()
}

/// A day with its weekday: "Mo, 23.11.2026", "Mon 23 Nov 2026".
pub fn day(day: NaiveDate, language: Language) -> String {
    match language {
        Language::German => {
            format!("{}, {}", WEEKDAYS[day.weekday().num_days_from_monday() as usize], day.format("%d.%m.%Y"))
        }
        // the names of `format` are English, whatever the host speaks
        Language::English => day.format("%a %-d %b %Y").to_string(),
    }
}

/// A value on one line that hides nothing: control characters and line ends become a blank, runs of blanks one blank,
/// and characters that turn or vanish (bidirectional marks, zero width) are shown as their code points.
pub fn one_line(value: &str) -> String {
    // nearly every value of every mail
    let is_fine = value.bytes().fold(true, |all, byte| all & (byte.wrapping_sub(b' ') <= b'~' - b' '));
    if is_fine && !value.as_bytes().windows(2).any(|pair| pair == b"  ") {
        return value.trim().to_owned();
    }
    let mut line = String::with_capacity(value.len());
    for character in value.chars() {
        match character {
            '\u{061c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}'
                if !character.is_whitespace() =>
            {
                line.extend(character.escape_unicode());
            }
            '\u{e0000}'..='\u{e007f}' => line.extend(character.escape_unicode()),
            // U+00A0 is kept: it is how a unit stays with its number
            _ if character.is_control() || (character.is_whitespace() && character != '\u{a0}') => {
                if !line.ends_with(' ') {
                    line.push(' ');
                }
            }
            _ => line.push(character),
        }
    }
    line.trim().to_owned()
}

/// At most `length` characters, the last one "…" where something was cut.
pub fn clip(text: &str, length: usize) -> String {
    if text.len() <= length || text.chars().count() <= length {
        return text.to_owned();
    }
    let kept: String = text.chars().take(length.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end_matches([' ', ',', '-', '–']))
}

/// Breaks a line at blanks so that none passes `width` characters; a word that is longer (an address) stays whole.
/// The first line starts `first` characters in, the others are indented by `rest` blanks.
pub fn wrap(text: &str, width: usize, first: usize, rest: usize) -> String {
    let mut wrapped = String::with_capacity(text.len() + 16);
    let mut column = first;
    let mut fresh = true;
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let length = word.chars().count();
        if !fresh && column + 1 + length > width {
            wrapped.push('\n');
            wrapped.extend(std::iter::repeat_n(' ', rest));
            column = rest;
            fresh = true;
        }
        if !fresh {
            wrapped.push(' ');
            column += 1;
        }
        wrapped.push_str(word);
        column += length;
        fresh = false;
    }
    wrapped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn hours_as_in_the_seed() {
        let table = [(115_980, "32,22 Std."), (36_780, "10,22 Std."), (0, "0,00 Std."), (3_600_000, "1.000,00 Std.")];
        for (seconds, text) in table {
            assert_eq!(hours(seconds, Language::German), text);
        }
        assert_eq!(hours(3_600_000, Language::English), "1,000.00 h");
    }

    #[test]
    fn money_in_euro_and_otherwise() {
        assert_eq!(money(number("1234.5"), "EUR", Language::German), "1.234,50 €");
        assert_eq!(money(number("1234567.895"), "EUR", Language::German), "1.234.567,90 €");
        assert_eq!(money(number("-12"), "CHF", Language::German), "-12,00 CHF");
        assert_eq!(money(number("-0.001"), "EUR", Language::German), "0,00 €");
        assert_eq!(money(number("3"), "", Language::German), "3,00");
        assert_eq!(money(number("-1234.5"), "EUR", Language::English), "-1,234.50 EUR");
        assert_eq!(money(number("3"), "", Language::English), "3.00");
    }

    #[test]
    fn numbers_are_grouped() {
        assert_eq!(decimal(number("999"), 0, Language::German), "999");
        assert_eq!(decimal(number("1000"), 0, Language::German), "1.000");
        assert_eq!(decimal(number("-1234567.1"), 3, Language::German), "-1.234.567,100");
        assert_eq!(decimal(number("-1234567.1"), 3, Language::English), "-1,234,567.100");
    }

    #[test]
    fn days_have_their_weekday() {
        let monday = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap();
        assert_eq!(day(monday, Language::German), "Mo, 23.11.2026");
        assert_eq!(day(monday, Language::English), "Mon 23 Nov 2026");
        assert_eq!(day(monday - chrono::Days::new(22), Language::English), "Sun 1 Nov 2026");
    }

    #[test]
    fn one_line_hides_nothing() {
        assert_eq!(one_line(" a\r\nBcc: x\t\tb\u{1b}[2J "), "a Bcc: x b [2J");
        assert_eq!(one_line(" two  blanks "), "two blanks");
        assert_eq!(one_line("Rechnung\u{202e}fdp.exe\u{200b}"), "Rechnung\\u{202e}fdp.exe\\u{200b}");
        assert_eq!(one_line("5\u{a0}kg Jürgen 李"), "5\u{a0}kg Jürgen 李");
    }

    #[test]
    fn clip_counts_characters() {
        assert_eq!(clip("Öl", 2), "Öl");
        assert_eq!(clip("Ölfilter – neu", 11), "Ölfilter…");
    }

    #[test]
    fn wrap_keeps_long_words() {
        assert_eq!(wrap("eins zwei drei", 9, 0, 2), "eins zwei\n  drei");
        assert_eq!(wrap("https://example.com/very/long ja", 10, 0, 0), "https://example.com/very/long\nja");
        assert_eq!(wrap("aa bb", 8, 4, 4), "aa\n    bb");
    }
}
