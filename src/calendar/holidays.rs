//! The legal holidays of the 16 German states, with the years in which their laws changed.
//!
//! Sources are the states' holiday acts (Feiertagsgesetze); a test compares 2020 to 2035 with a table made by an
//! independent program, `tests/data/holidays-de.py`. What a company closes besides is no holiday: see
//! [`super::Calendar::closed`].

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, NaiveDate};

use State::{BB, BE, BW, BY, HB, HE, HH, MV, NI, NW, RP, SH, SL, SN, ST, TH};

/// A German state, named by its ISO 3166-2 code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the codes are the standard's; `name` spells them out")]
pub enum State {
    BB,
    BE,
    BW,
    BY,
    HB,
    HE,
    HH,
    MV,
    NI,
    NW,
    RP,
    SH,
    SL,
    SN,
    ST,
    TH,
}

impl State {
    /// All 16, in the order of their codes.
    pub const ALL: [State; 16] = [BB, BE, BW, BY, HB, HE, HH, MV, NI, NW, RP, SH, SL, SN, ST, TH];

    /// `DE-BW`.
    pub fn code(self) -> &'static str {
        match self {
            BB => "DE-BB",
            BE => "DE-BE",
            BW => "DE-BW",
            BY => "DE-BY",
            HB => "DE-HB",
            HE => "DE-HE",
            HH => "DE-HH",
            MV => "DE-MV",
            NI => "DE-NI",
            NW => "DE-NW",
            RP => "DE-RP",
            SH => "DE-SH",
            SL => "DE-SL",
            SN => "DE-SN",
            ST => "DE-ST",
            TH => "DE-TH",
        }
    }

    /// `Baden-Württemberg`.
    pub fn name(self) -> &'static str {
        match self {
            BB => "Brandenburg",
            BE => "Berlin",
            BW => "Baden-Württemberg",
            BY => "Bayern",
            HB => "Bremen",
            HE => "Hessen",
            HH => "Hamburg",
            MV => "Mecklenburg-Vorpommern",
            NI => "Niedersachsen",
            NW => "Nordrhein-Westfalen",
            RP => "Rheinland-Pfalz",
            SH => "Schleswig-Holstein",
            SL => "Saarland",
            SN => "Sachsen",
            ST => "Sachsen-Anhalt",
            TH => "Thüringen",
        }
    }
}

impl FromStr for State {
    type Err = String;

    /// Reads `DE-BW`; the error lists all codes.
    fn from_str(text: &str) -> Result<State, String> {
        State::ALL.into_iter().find(|state| state.code() == text).ok_or_else(|| {
            let codes = State::ALL.map(State::code).join(", ");
            format!("\"{text}\" is not a German state; the codes are {codes}")
        })
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// Holidays that hold in parts of a state only, so that each company says whether they are its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Regional {
    /// Mariä Himmelfahrt in the municipalities of Bavaria with a Catholic majority.
    Assumption,
    /// The peace festival of the city of Augsburg, 8 August.
    Augsburg,
    /// Fronleichnam in parts of Saxony and Thuringia.
    CorpusChristi,
}

impl Regional {
    /// All of them.
    pub const ALL: [Regional; 3] = [Regional::Assumption, Regional::Augsburg, Regional::CorpusChristi];

    /// As it is written in the configuration.
    pub fn code(self) -> &'static str {
        match self {
            Regional::Assumption => "assumption",
            Regional::Augsburg => "augsburg",
            Regional::CorpusChristi => "corpus-christi",
        }
    }

    /// The states in parts of which it holds; elsewhere it has no effect.
    pub fn states(self) -> &'static [State] {
        match self {
            Regional::Assumption | Regional::Augsburg => &[BY],
            Regional::CorpusChristi => &[SN, TH],
        }
    }
}

impl FromStr for Regional {
    type Err = String;

    fn from_str(text: &str) -> Result<Regional, String> {
        Regional::ALL.into_iter().find(|regional| regional.code() == text).ok_or_else(|| {
            let codes = Regional::ALL.map(Regional::code).join(", ");
            format!("\"{text}\" is not a regional holiday; there are {codes}")
        })
    }
}

/// A holiday of one year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Holiday {
    /// The day.
    pub date: NaiveDate,
    /// Its German name.
    pub name: &'static str,
}

/// Whose holidays count. Without a state there are none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct HolidayRules {
    /// The state.
    pub state: Option<State>,
    /// The regional holidays that hold here too.
    pub regional: BTreeSet<Regional>,
}

impl HolidayRules {
    /// The rules of a whole state.
    pub fn of(state: State) -> HolidayRules {
        HolidayRules { state: Some(state), regional: BTreeSet::new() }
    }

    /// The German name of the holiday on this date, if it is one.
    pub fn name_on(&self, date: NaiveDate) -> Option<&'static str> {
        let state = self.state?;
        let (year, month, day) = (date.year(), date.month(), date.day());
        let easter = easter_sunday(year)?;
        if let Some((_, name)) = MOVABLE
            .iter()
            .find(|(kind, _)| (date - easter).num_days() == kind.days_after_easter() && self.has_movable(state, *kind))
        {
            return Some(name);
        }
        match (month, day) {
            (1, 1) => Some("Neujahr"),
            (1, 6) if matches!(state, BW | BY | ST) => Some("Heilige Drei Könige"),
            (3, 8) if state == BE && year >= 2019 || state == MV && year >= 2023 => Some("Frauentag"),
            (5, 1) => Some("Erster Mai"),
            (5, 8) if state == BE && year == 2020 => Some(
                "75. Jahrestag der Befreiung vom Nationalsozialismus und der Beendigung des Zweiten Weltkriegs in Europa",
            ),
            (5, 8) if state == BE && year == 2025 => Some(
                "80. Jahrestag der Befreiung vom Nationalsozialismus und der Beendigung des Zweiten Weltkriegs in Europa",
            ),
            (6, 17) if state == BE && year == 2028 => Some("75. Jahrestag des Aufstandes vom 17. Juni 1953"),
            (8, 8) if self.has_regional(state, Regional::Augsburg) => Some("Augsburger Hohes Friedensfest"),
            (8, 15) if state == SL || self.has_regional(state, Regional::Assumption) => Some("Mariä Himmelfahrt"),
            (9, 20) if state == TH && year >= 2019 => Some("Weltkindertag"),
            (10, 3) if year >= 1990 => Some("Tag der Deutschen Einheit"),
            (10, 31) if has_reformation_day(state, year) => Some("Reformationstag"),
            (11, 1) if matches!(state, BW | BY | NW | RP | SL) => Some("Allerheiligen"),
            // the Wednesday before 23 November; given up for the care insurance in 1995, except in Saxony
            (11, 16..=22) if date.weekday() == chrono::Weekday::Wed && (state == SN || year < 1995) => {
                Some("Buß- und Bettag")
            }
            (12, 25) => Some("Erster Weihnachtstag"),
            (12, 26) => Some("Zweiter Weihnachtstag"),
            _ => None,
        }
    }

    /// All holidays of a year, in order; a day that is two holidays is listed once.
    pub fn in_year(&self, year: i32) -> Vec<Holiday> {
        NaiveDate::from_ymd_opt(year, 1, 1)
            .into_iter()
            .flat_map(|first| first.iter_days())
            .take_while(|date| date.year() == year)
            .filter_map(|date| self.name_on(date).map(|name| Holiday { date, name }))
            .collect()
    }

    fn has_movable(&self, state: State, movable: Movable) -> bool {
        match movable {
            Movable::EasterSunday | Movable::WhitSunday => state == BB,
            Movable::CorpusChristi => {
                matches!(state, BW | BY | HE | NW | RP | SL) || self.has_regional(state, Regional::CorpusChristi)
            }
            Movable::GoodFriday | Movable::EasterMonday | Movable::Ascension | Movable::WhitMonday => true,
        }
    }

    fn has_regional(&self, state: State, regional: Regional) -> bool {
        self.regional.contains(&regional) && regional.states().contains(&state)
    }
}

/// In the new states from the beginning; in 2017, 500 years after, everywhere; in the north since 2018.
fn has_reformation_day(state: State, year: i32) -> bool {
    match state {
        BB | MV | SN | ST | TH => true,
        HB | HH | NI | SH => year >= 2017,
        BE | BW | BY | HE | NW | RP | SL => year == 2017,
    }
}

/// A holiday that moves with Easter.
#[derive(Clone, Copy)]
enum Movable {
    GoodFriday,
    EasterSunday,
    EasterMonday,
    Ascension,
    WhitSunday,
    WhitMonday,
    CorpusChristi,
}

impl Movable {
    fn days_after_easter(self) -> i64 {
        match self {
            Movable::GoodFriday => -2,
            Movable::EasterSunday => 0,
            Movable::EasterMonday => 1,
            Movable::Ascension => 39,
            Movable::WhitSunday => 49,
            Movable::WhitMonday => 50,
            Movable::CorpusChristi => 60,
        }
    }
}

const MOVABLE: [(Movable, &str); 7] = [
    (Movable::GoodFriday, "Karfreitag"),
    (Movable::EasterSunday, "Ostersonntag"),
    (Movable::EasterMonday, "Ostermontag"),
    (Movable::Ascension, "Christi Himmelfahrt"),
    (Movable::WhitSunday, "Pfingstsonntag"),
    (Movable::WhitMonday, "Pfingstmontag"),
    (Movable::CorpusChristi, "Fronleichnam"),
];

/// Easter Sunday of a year in the Gregorian calendar, by Gauss's rule with its corrections (Lichtenberg 1997).
pub fn easter_sunday(year: i32) -> Option<NaiveDate> {
    let century = year.div_euclid(100);
    let moon_shift = 15 + (3 * century + 3) / 4 - (8 * century + 13) / 25;
    let sun_shift = 2 - (3 * century + 3) / 4;
    let golden = year.rem_euclid(19);
    let moon_seed = (19 * golden + moon_shift).rem_euclid(30);
    let correction = (moon_seed + golden / 11) / 29;
    let full_moon = 21 + moon_seed - correction;
    let first_sunday = 7 - (year + year.div_euclid(4) + sun_shift).rem_euclid(7);
    let to_sunday = 7 - (full_moon - first_sunday).rem_euclid(7);
    // days of March, beyond 31 of April
    NaiveDate::from_ymd_opt(year, 3, 1)?
        .checked_add_signed(chrono::TimeDelta::days(i64::from(full_moon + to_sunday - 1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn easter_in_ordinary_and_in_corrected_years() {
        // 1954 and 1981 are the exceptions of Gauss's rule, 2038 the latest possible, 2285 the earliest
        for known in ["1954-04-18", "1981-04-19", "2026-04-05", "2027-03-28", "2038-04-25", "2285-03-22"] {
            let known = date(known);
            assert_eq!(easter_sunday(known.year()), Some(known));
        }
    }

    /// Every line of the committed table, and nothing besides.
    #[test]
    fn sixteen_states_equal_the_committed_table() {
        let table = include_str!("../../tests/data/holidays-de.csv");
        let mut expected: Vec<(String, NaiveDate, String)> = Vec::new();
        for line in table.lines().filter(|line| !line.starts_with('#')).skip(1) {
            let mut fields = line.splitn(3, ',');
            let mut field = || fields.next().unwrap().to_owned();
            expected.push((field(), date(&field()), field()));
        }
        let own = State::ALL.into_iter().flat_map(|state| {
            let rules = HolidayRules::of(state);
            (2020..=2035)
                .flat_map(move |year| rules.in_year(year))
                .map(move |holiday| (state.code().to_owned(), holiday.date, holiday.name.to_owned()))
        });
        let own: Vec<_> = own.collect();
        assert!(expected.len() > 16 * 16 * 9, "the table is cut off");
        assert_eq!(own, expected);
    }

    #[test]
    fn regional_holidays_count_where_they_are_selected_and_belong() {
        let with = |state, regional| HolidayRules { state: Some(state), regional: BTreeSet::from([regional]) };
        let assumption = date("2026-08-15");
        assert_eq!(HolidayRules::of(BY).name_on(assumption), None);
        assert_eq!(with(BY, Regional::Assumption).name_on(assumption), Some("Mariä Himmelfahrt"));
        assert_eq!(with(BE, Regional::Assumption).name_on(assumption), None);
        assert_eq!(with(BY, Regional::Augsburg).name_on(date("2026-08-08")), Some("Augsburger Hohes Friedensfest"));
        assert_eq!(with(TH, Regional::CorpusChristi).name_on(date("2026-06-04")), Some("Fronleichnam"));
        assert_eq!(HolidayRules::of(TH).name_on(date("2026-06-04")), None);
    }

    #[test]
    fn single_years_before_the_table() {
        assert_eq!(HolidayRules::of(HE).name_on(date("2017-10-31")), Some("Reformationstag"));
        assert_eq!(HolidayRules::of(HE).name_on(date("2018-10-31")), None);
        assert_eq!(HolidayRules::of(TH).name_on(date("2018-09-20")), None);
        assert_eq!(HolidayRules::default().name_on(date("2026-12-25")), None);
    }

    #[test]
    fn codes_are_read_as_they_are_written() {
        for state in State::ALL {
            assert_eq!(state.code().parse(), Ok(state));
        }
        assert!("BW".parse::<State>().unwrap_err().contains("DE-BW"));
        assert!("easter".parse::<Regional>().unwrap_err().contains("corpus-christi"));
    }
}
