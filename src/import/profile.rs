//! How the files of one program are meant: which heading is which column, what its words are in ours, how it writes days
//! and numbers, and what holds for all its rows without standing in any.

use super::decimals::Mark;
use super::text::Charset;
use crate::error::{Error, Result};

/// How much of what is open may vanish with one file, in per cent, unless somebody permits more: beyond that the file is
/// rather cut off than right.
pub const USUAL_VANISH: u8 = 10;

/// A profile (`[import.profile.NAME]`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    /// Its name.
    pub name: String,
    /// The noun of the register that its files belong to.
    pub register: String,
    /// Headings and the register's columns they stand for; an empty one leaves the heading out.
    pub columns: Vec<(String, String)>,
    /// For a column, words of the file and what is read instead.
    pub values: Vec<(String, Vec<(String, String)>)>,
    /// Columns that the files do not have, with the value of all rows.
    pub fixed: Vec<(String, String)>,
    /// How days are written; else as everywhere.
    pub dates: Option<Dates>,
    /// The mark before the decimals; else it is found out.
    pub decimal: Option<Mark>,
    /// What stands between two cells; else it is found out.
    pub delimiter: Option<u8>,
    /// The encoding; else it is found out.
    pub encoding: Option<Charset>,
    /// Columns that nobody names are left out with a remark instead of refused.
    pub ignore_others: bool,
    /// What the file no longer has is closed.
    pub complete: bool,
    /// How much may vanish with one file, in per cent.
    pub max_vanish: u8,
    /// Good rows are written although others are bad.
    pub partial: bool,
}

/// How a program writes a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dates {
    /// `30.11.2026`
    Dotted,
    /// `30.11.26`
    ShortDotted,
    /// `30112026`
    Digits,
    /// `20261130`
    YearFirstDigits,
    /// `30/11/2026`
    Slashes,
    /// `11/30/2026`
    American,
    /// `2026-11-30`
    Iso,
}

/// The styles by their names in the configuration.
pub const DATES: [(&str, Dates); 7] = [
    ("DD.MM.YYYY", Dates::Dotted),
    ("DD.MM.YY", Dates::ShortDotted),
    ("DDMMYYYY", Dates::Digits),
    ("YYYYMMDD", Dates::YearFirstDigits),
    ("DD/MM/YYYY", Dates::Slashes),
    ("MM/DD/YYYY", Dates::American),
    ("YYYY-MM-DD", Dates::Iso),
];

/// Years of two digits from here on belong to the last century.
const LAST_CENTURY: u16 = 80;

impl Dates {
    fn name(self) -> &'static str {
        DATES.iter().find(|(_, dates)| *dates == self).map_or("", |(name, _)| name)
    }

    /// The day in the form `2026-11-30`; a time behind it stays. Whether there is such a day is not asked here.
    pub(super) fn to_iso(self, text: &str) -> Result<String, String> {
        let wrong = || format!("{text:?} is no date of the form {}", self.name());
        let end = text.find([' ', 'T']).unwrap_or(text.len());
        let (date, time) = text.split_at(end);
        let parts: Vec<&str> = match self {
            Dates::Dotted | Dates::ShortDotted => date.split('.').collect(),
            Dates::Slashes | Dates::American => date.split('/').collect(),
            Dates::Iso => date.split('-').collect(),
            Dates::Digits | Dates::YearFirstDigits if date.len() == 8 && date.is_ascii() => {
                let (first, second) = if self == Dates::Digits { (2, 4) } else { (4, 6) };
                vec![&date[..first], &date[first..second], &date[second..]]
            }
            Dates::Digits | Dates::YearFirstDigits => return Err(wrong()),
        };
        let [first, second, third] = parts.as_slice() else { return Err(wrong()) };
        let (year, month, day) = match self {
            Dates::YearFirstDigits | Dates::Iso => (first, second, third),
            Dates::American => (third, first, second),
            _ => (third, second, first),
        };
        let number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse::<u16>().ok());
        let year_digits = if self == Dates::ShortDotted { 2 } else { 4 };
        let (Some(Some(mut year_number)), Some(Some(month)), Some(Some(day))) =
            (number(year), number(month), number(day))
        else {
            return Err(wrong());
        };
        if year.len() != year_digits || month > 99 || day > 99 {
            return Err(wrong());
        }
        if self == Dates::ShortDotted {
            year_number += if year_number < LAST_CENTURY { 2000 } else { 1900 };
        }
        Ok(format!("{year_number:04}-{month:02}-{day:02}{time}"))
    }
}

impl Profile {
    /// What the profile reads instead of a cell of this column.
    pub(super) fn words_of(&self, key: &str) -> &[(String, String)] {
        self.values.iter().find(|(column, _)| column == key).map_or(&[], |(_, words)| words)
    }
}

/// How much may vanish, as it is typed: `30` or `30%`.
pub fn percent(text: &str) -> Result<u8, String> {
    let number = text.trim().trim_end_matches('%').trim_end();
    number
        .parse()
        .ok()
        .filter(|percent| *percent <= 100)
        .ok_or_else(|| format!("{text:?} is no share; write 0% to 100%, such as 30%"))
}

/// The profile of this name; the error names those there are.
pub fn profile_named<'p>(profiles: &'p [Profile], name: &str) -> Result<&'p Profile> {
    profiles.iter().find(|profile| profile.name == name).ok_or_else(|| {
        let near = crate::config::nearest(name, profiles.iter().map(|profile| profile.name.as_str()));
        let error = Error::usage(format!("there is no profile {name:?} in the configuration"));
        match near {
            Some(near) => error.hint(format!("did you mean {near:?}?")),
            None => error.hint("a section [import.profile.NAME] makes one; “wvl config generate” shows two"),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_in_every_style() {
        for (dates, text) in [
            (Dates::Dotted, "3.11.2026"),
            (Dates::ShortDotted, "03.11.26"),
            (Dates::Digits, "03112026"),
            (Dates::YearFirstDigits, "20261103"),
            (Dates::Slashes, "03/11/2026"),
            (Dates::American, "11/03/2026"),
            (Dates::Iso, "2026-11-03"),
        ] {
            assert_eq!(dates.to_iso(text).unwrap(), "2026-11-03", "{text}");
            assert_eq!(dates.to_iso(&format!("{text} 14:30")).unwrap(), "2026-11-03 14:30");
            assert!(dates.to_iso("3. November").is_err() && dates.to_iso("ä0261103").is_err());
        }
        assert_eq!(Dates::ShortDotted.to_iso("1.1.85").unwrap(), "1985-01-01");
        let said = Dates::Dotted.to_iso("03.11.26").unwrap_err();
        assert_eq!(said, "\"03.11.26\" is no date of the form DD.MM.YYYY");
    }

    #[test]
    fn shares() {
        assert_eq!((percent("30%"), percent(" 30 %"), percent("0")), (Ok(30), Ok(30), Ok(0)));
        assert!(percent("101%").is_err() && percent("x").is_err() && percent("-1").is_err());
    }
}
