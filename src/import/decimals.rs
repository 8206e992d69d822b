//! How a file writes its numbers: which mark stands before their decimals, and what that makes of them.

use rust_decimal::Decimal;

use super::register::Cell;
use super::report::shown;

/// The mark before the decimals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// 1.234,56
    Comma,
    /// 1,234.56
    Dot,
}

/// What a number as it is written says about the mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Says {
    /// It has this mark.
    Mark(Mark),
    /// `1.234` or `1,234`: a thousand or a fraction, by whichever mark the file uses.
    Either(u8),
    /// No mark at all.
    Nothing,
}

/// The file's decimal mark, as far as it is known.
///
/// It is settled by the first number that can be read in one way only; before that one a delimiter suggests it
/// (`;` German, `,` English). A number that needs the answer before there is one is an error, and so is one that
/// contradicts it: `1.234,56` and `1,234.56` do not stand in one file.
#[derive(Clone, Debug)]
pub(super) struct Decimals {
    mark: Option<Mark>,
    /// The number that settled it.
    seen: Option<String>,
    /// A number was read by the suggestion, which can no longer be taken back.
    used: bool,
    /// A profile says the mark.
    is_said: bool,
}

impl Decimals {
    pub fn new(delimiter: u8) -> Decimals {
        let mark = match delimiter {
            b';' => Some(Mark::Comma),
            b',' => Some(Mark::Dot),
            _ => None,
        };
        Decimals { mark, seen: None, used: false, is_said: false }
    }

    /// A single number, of which nothing suggests the mark.
    pub fn unknown() -> Decimals {
        Decimals { mark: None, seen: None, used: false, is_said: false }
    }

    /// A profile says the mark.
    pub fn said(mark: Mark) -> Decimals {
        Decimals { mark: Some(mark), seen: None, used: true, is_said: true }
    }

    /// Looks at numbers of the file's beginning before the first is read.
    pub fn look_at(&mut self, number: &str) {
        if self.seen.is_none()
            && !self.is_said
            && let Some((digits, _)) = split_sign(number)
            && let Ok(Says::Mark(mark)) = says(digits)
        {
            self.mark = Some(mark);
            self.seen = Some(number.to_owned());
        }
    }

    /// The number in the form of SQL: `-1234.56`.
    pub fn read(&mut self, text: &str) -> Result<String, String> {
        let no_number = || format!("{} is no number", shown(text));
        let (digits, negative) = split_sign(text).ok_or_else(no_number)?;
        let mark = match says(digits).map_err(|()| no_number())? {
            Says::Nothing => Mark::Dot,
            Says::Mark(mark) => {
                match (self.mark, &self.seen) {
                    (Some(other), _) if self.is_said && other != mark => {
                        return Err(format!("{} has another decimal mark than the profile says", shown(text)));
                    }
                    _ if self.is_said => {}
                    (Some(other), Some(seen)) if other != mark => {
                        return Err(format!("{} has another decimal mark than {seen} before it", shown(text)));
                    }
                    (Some(other), None) if other != mark && self.used => {
                        return Err(format!("{} has another decimal mark than the numbers before it", shown(text)));
                    }
                    (_, None) => {
                        self.mark = Some(mark);
                        self.seen = Some(text.to_owned());
                    }
                    _ => {}
                }
                mark
            }
            Says::Either(_) => match self.mark {
                Some(mark) => {
                    self.used = true;
                    mark
                }
                None => {
                    let sign = if negative { "-" } else { "" };
                    let whole = digits.replace(['.', ','], "");
                    return Err(format!(
                        "{} can be a thousand or a fraction; write {sign}{whole} or {sign}{digits}0",
                        shown(text)
                    ));
                }
            },
        };
        let (decimal, thousands) = match mark {
            Mark::Comma => (',', '.'),
            Mark::Dot => ('.', ','),
        };
        let mut number = String::with_capacity(digits.len() + 1);
        if negative {
            number.push('-');
        }
        for letter in digits.chars() {
            match letter {
                '0'..='9' => number.push(letter),
                letter if letter == decimal => number.push('.'),
                letter if letter == thousands => {}
                // thousands set apart by a space
                _ => {}
            }
        }
        Ok(number)
    }
}

/// A number that stands alone, as in a flag: `1.234,50`, `1234.50`. One that can be a thousand or a fraction (`1.234`) is
/// an error that says how to write it.
pub fn amount(text: &str) -> Result<Decimal, String> {
    let number = Decimals::unknown().read(text)?;
    number.parse().map_err(|_| format!("{} is too large or too exact", shown(text)))
}

/// Takes a sign (before or behind) and a currency off; `None` if nothing is left.
fn split_sign(text: &str) -> Option<(&str, bool)> {
    let text = text.trim().trim_end_matches('€').trim_end_matches("EUR").trim_end_matches('%').trim();
    let (digits, negative) = if let Some(rest) = text.strip_prefix(['-', '−']) {
        (rest, true)
    } else if let Some(rest) = text.strip_suffix(['-', '−']) {
        (rest, true)
    } else {
        (text.strip_prefix('+').unwrap_or(text), false)
    };
    let digits = digits.trim();
    (!digits.is_empty()).then_some((digits, negative))
}

/// Which mark the digits show; an error if they are no number in any style.
fn says(digits: &str) -> Result<Says, ()> {
    // what a decimal of ours holds without rounding
    const MOST_DIGITS: usize = 28;
    let mut marks: Vec<(usize, u8)> = Vec::new();
    let mut plain = String::with_capacity(digits.len());
    let letters: Vec<char> = digits.chars().collect();
    for (index, letter) in letters.iter().enumerate() {
        match letter {
            '0'..='9' => plain.push(*letter),
            ',' | '.' => {
                marks.push((plain.len(), *letter as u8));
                plain.push(*letter);
            }
            // a thousands' space stands between digits, with three of them behind it
            ' ' | '\u{a0}' | '\u{202f}' => {
                let before = index > 0 && letters[index - 1].is_ascii_digit();
                let behind =
                    letters.get(index + 1..index + 4).is_some_and(|three| three.iter().all(char::is_ascii_digit));
                let ends = letters.get(index + 4).is_none_or(|letter| !letter.is_ascii_digit());
                if !(before && behind && ends && marks.is_empty()) {
                    return Err(());
                }
            }
            _ => return Err(()),
        }
    }
    let count = plain.len() - marks.len();
    if count == 0 || count > MOST_DIGITS || !plain.ends_with(|last: char| last.is_ascii_digit()) {
        return Err(());
    }
    let as_mark = |byte: u8| if byte == b',' { Mark::Comma } else { Mark::Dot };
    let other = |mark: Mark| if mark == Mark::Comma { Mark::Dot } else { Mark::Comma };
    match marks.as_slice() {
        [] => Ok(Says::Nothing),
        [(at, byte)] => {
            let behind = plain.len() - at - 1;
            let whole = &plain[..*at];
            // 0,125 has no thousands, and neither has 1234,567
            let can_be_thousands = behind == 3 && (1..=3).contains(&whole.len()) && !whole.starts_with('0');
            Ok(if can_be_thousands { Says::Either(*byte) } else { Says::Mark(as_mark(*byte)) })
        }
        [.., (last_at, last)] => {
            let (first_at, first) = marks[0];
            let grouped = (1..=3).contains(&first_at) && !plain.starts_with('0');
            let between = marks.windows(2).all(|pair| pair[1].0 - pair[0].0 == 4);
            let before_last = marks[..marks.len() - 1].iter().all(|(_, byte)| *byte == first);
            if !grouped || !between || !before_last {
                return Err(());
            }
            if *last == first {
                // 1.234.567: thousands only
                return if plain.len() - last_at == 4 { Ok(Says::Mark(other(as_mark(first)))) } else { Err(()) };
            }
            Ok(Says::Mark(as_mark(*last)))
        }
    }
}

/// Whether numbers of such cells tell the decimal mark.
pub(super) fn has_decimals(cell: Cell) -> bool {
    matches!(cell, Cell::Decimal)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(delimiter: u8, numbers: &[&str]) -> Vec<Result<String, String>> {
        let mut decimals = Decimals::new(delimiter);
        numbers.iter().map(|number| decimals.read(number)).collect()
    }

    #[test]
    fn german_and_english_numbers() {
        let german = ["1.234,56", "12,5", "1.234", "-5", "5-", "1.234.567", "0,125", "12,50 €", "1 234,5", "19 %"];
        let read_german: Vec<_> = read(b';', &german).into_iter().map(Result::unwrap).collect();
        assert_eq!(read_german, ["1234.56", "12.5", "1234", "-5", "-5", "1234567", "0.125", "12.50", "1234.5", "19"]);
        let english = ["1,234.56", "12.5", "1,234", "0.125", "1,234,567"];
        let read_english: Vec<_> = read(b',', &english).into_iter().map(Result::unwrap).collect();
        assert_eq!(read_english, ["1234.56", "12.5", "1234", "0.125", "1234567"]);
        assert_eq!(read(b';', &["12.50", "1.234"])[1], Ok("1.234".to_owned()), "the first number settles it");
    }

    #[test]
    fn two_styles_in_one_file_are_an_error() {
        let found = read(b';', &["1.234,56", "1,234.56"]);
        assert_eq!(found[1], Err("\"1,234.56\" has another decimal mark than 1.234,56 before it".to_owned()));
        let found = read(b'\t', &["1.234", "7,5", "1.234"]);
        assert!(found[0].as_ref().unwrap_err().contains("thousand or a fraction"));
        assert_eq!(found[2], Ok("1234".to_owned()));
        assert!(read(b';', &["1.234", "12.5"])[1].is_err(), "1.234 has been read as a thousand");
    }

    #[test]
    fn an_amount_alone_says_how_to_write_what_can_be_read_in_two_ways() {
        for text in ["1.234,50", "1234,50", "1234.50", "1,234.50", " 1234,5 € "] {
            assert_eq!(amount(text).unwrap(), Decimal::new(123_450, 2), "{text}");
        }
        assert_eq!(amount("0,125").unwrap(), Decimal::new(125, 3));
        assert_eq!(amount("-1.234").unwrap_err(), "\"-1.234\" can be a thousand or a fraction; write -1234 or -1.2340");
        assert_eq!(amount("1.2340").unwrap(), Decimal::new(1234, 3));
        assert!(amount("zwölf").is_err());
        assert!(amount(&"9".repeat(30)).is_err());
    }

    #[test]
    fn what_is_no_number() {
        let wrong = [
            "NaN",
            "infinity",
            "1e5",
            "0x10",
            "12,34,56",
            "1.23.456",
            "1,2.3",
            ",",
            "-",
            "5,",
            "1 23",
            "٣",
            "1.2345.678",
        ];
        for number in wrong {
            assert!(read(b';', &[number])[0].is_err(), "{number}");
        }
        assert!(read(b';', &[&"9".repeat(40)])[0].is_err());
    }
}
