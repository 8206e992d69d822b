//! Time as the model knows it: minutes since 1970 that are open or not, and are counted one by one.

/// Minutes since 1970, UTC.
pub type Minute = i64;

/// Local days since 1970.
pub type Day = i64;

/// Minutes of a day.
pub const DAY: i64 = 24 * 60;

/// Summer time of the years the tests play in, by hand: 30 March to 26 October 2025, 29 March to 25 October 2026, 01:00 UTC.
const SUMMERS: [(Minute, Minute); 2] = [(29_054_940, 29_357_340), (29_579_100, 29_881_500)];

/// Minutes that Berlin is ahead of UTC.
fn offset(at: Minute) -> i64 {
    if SUMMERS.iter().any(|(from, to)| (*from..*to).contains(&at)) { 120 } else { 60 }
}

/// The local day of an instant.
pub fn day_of(at: Minute) -> Day {
    (at + offset(at)).div_euclid(DAY)
}

/// The minute of the local day.
pub fn time_of(at: Minute) -> i64 {
    (at + offset(at)).rem_euclid(DAY)
}

/// The instant of a minute of a local day; 24:00 is the next day's 00:00. No test asks for 02:00–03:00 of a night of change.
pub fn at_local(day: Day, time: i64) -> Minute {
    let local = day * DAY + time;
    let at = [120, 60].map(|ahead| local - ahead).into_iter().find(|at| at + offset(*at) == local);
    at.unwrap_or_else(|| panic!("day {day} has no minute {time}"))
}

/// The day of a date, `2025-04-18`.
pub fn day(date: &str) -> Day {
    let date: chrono::NaiveDate = date.parse().unwrap();
    date.signed_duration_since(chrono::NaiveDate::default()).num_days()
}

/// The instant of `2025-04-18 08:00` in Berlin.
pub fn minute(local: &str) -> Minute {
    let (date, time) = local.split_once(' ').unwrap();
    let (hours, minutes) = time.split_once(':').unwrap();
    at_local(day(date), hours.parse::<i64>().unwrap() * 60 + minutes.parse::<i64>().unwrap())
}

/// As [`minute`] reads it.
pub fn written(at: Minute) -> String {
    let (day, time) = (day_of(at), time_of(at));
    format!("{} {:02}:{:02}", date(day), time / 60, time % 60)
}

/// The engine's kind of instant.
pub fn to_utc(at: Minute) -> chrono::DateTime<chrono::Utc> {
    chrono::DateTime::from_timestamp(at * 60, 0).unwrap()
}

/// `2025-04-18T06:00:00Z`.
pub fn utc(at: Minute) -> String {
    to_utc(at).format("%Y-%m-%dT%H:%M:00Z").to_string()
}

/// As [`day`] reads it.
pub fn date(day: Day) -> chrono::NaiveDate {
    chrono::NaiveDate::default() + chrono::TimeDelta::days(day)
}

/// Monday is 0.
pub fn weekday(day: Day) -> usize {
    (day + 3).rem_euclid(7) as usize
}

/// When an office is open: from and to by minute of the day, for each weekday from Monday.
#[derive(Clone, Debug)]
pub struct Office {
    /// Its name in the configuration.
    pub name: &'static str,
    pub week: [&'static [(i64, i64)]; 7],
    /// Closed on legal holidays and the days the house is closed; half days end at noon.
    pub has_holidays: bool,
}

/// Legal holidays of Baden-Württemberg, and what the configuration closes: `12-24`, `12-31`, and the Friday after Ascension.
const CLOSED: [&str; 29] = [
    "2025-01-01",
    "2025-01-06",
    "2025-04-18",
    "2025-04-21",
    "2025-05-01",
    "2025-05-29",
    "2025-06-09",
    "2025-06-19",
    "2025-10-03",
    "2025-11-01",
    "2025-12-25",
    "2025-12-26",
    "2026-01-01",
    "2026-01-06",
    "2026-04-03",
    "2026-04-06",
    "2026-05-01",
    "2026-05-14",
    "2026-05-25",
    "2026-06-04",
    "2026-10-03",
    "2026-11-01",
    "2026-12-25",
    "2026-12-26",
    "2025-05-30",
    "2025-12-24",
    "2025-12-31",
    "2026-12-24",
    "2026-12-31",
];

/// The one half day: Maundy Thursday, until noon.
const HALF: &str = "2025-04-17";

/// The window of a type, which stands before the office's own.
#[derive(Clone, Copy, Debug, Default)]
pub struct Window {
    /// Replaces the office's windows.
    pub from_to: Option<(i64, i64)>,
    pub saturday: bool,
    pub sunday: bool,
}

impl Office {
    /// The windows of a day; `window` is the type's, none where the office alone decides.
    fn windows(&self, window: Option<Window>, on: Day, closed: &[Day], half: Day) -> Vec<(i64, i64)> {
        if self.has_holidays && closed.contains(&on) {
            return Vec::new();
        }
        let weekday = weekday(on);
        let own = self.week[weekday].to_vec();
        let windows = match window {
            None => own,
            Some(window) if weekday == 5 && !window.saturday || weekday == 6 && !window.sunday => Vec::new(),
            Some(window) => window.from_to.map_or(own, |from_to| vec![from_to]),
        };
        let until = if self.has_holidays && on == half { 12 * 60 } else { DAY };
        windows.into_iter().map(|(from, to)| (from, to.min(until))).filter(|(from, to)| from < to).collect()
    }

    /// The section of the configuration.
    pub fn toml(&self) -> String {
        let mut text = format!("[calendar.{}]\n", self.name);
        if self.has_holidays {
            text += "state = \"DE-BW\"\nclosed = [\"12-24\", \"12-31\", \"2025-05-30\"]\n";
            text += &format!("half = {{ \"{HALF}\" = \"12:00\" }}\n");
        }
        for (weekday, windows) in ["mon", "tue", "wed", "thu", "fri", "sat", "sun"].iter().zip(self.week) {
            let windows: Vec<String> =
                windows.iter().map(|(from, to)| format!("\"{}-{}\"", clock(*from), clock(*to))).collect();
            text += &format!("{weekday} = [{}]\n", windows.join(", "));
        }
        text
    }
}

/// `08:00`.
pub fn clock(time: i64) -> String {
    format!("{:02}:{:02}", time / 60, time % 60)
}

/// Every minute of some months, open or not.
pub struct Minutes {
    first_day: Day,
    start: Minute,
    open: Vec<bool>,
    /// How many minutes are open before each one.
    before: Vec<i64>,
    /// For each day whether a window opens on it.
    opens: Vec<bool>,
}

impl Minutes {
    pub fn new(office: &Office, window: Option<Window>, days: std::ops::Range<Day>) -> Minutes {
        let closed = CLOSED.map(day);
        let start = at_local(days.start, 0);
        let (mut open, mut opens) = (Vec::new(), Vec::new());
        for on in days.clone() {
            let windows = office.windows(window, on, &closed, day(HALF));
            opens.push(!windows.is_empty());
            for at in at_local(on, 0)..at_local(on + 1, 0) {
                let time = time_of(at);
                open.push(windows.iter().any(|(from, to)| (*from..*to).contains(&time)));
            }
        }
        let mut before = vec![0];
        for is_open in &open {
            before.push(before[before.len() - 1] + i64::from(*is_open));
        }
        Minutes { first_day: days.start, start, open, before, opens }
    }

    fn index(&self, at: Minute) -> usize {
        usize::try_from(at - self.start).expect("before the model's time")
    }

    pub fn is_open(&self, at: Minute) -> bool {
        self.open[self.index(at)]
    }

    /// Open minutes in `[a, b)`.
    pub fn count(&self, a: Minute, b: Minute) -> i64 {
        if b <= a { 0 } else { self.before[self.index(b)] - self.before[self.index(a)] }
    }

    pub fn opens_on(&self, day: Day) -> bool {
        self.opens[usize::try_from(day - self.first_day).expect("before the model's time")]
    }

    /// The days after `from` up to `to` on which a window opens.
    pub fn open_days(&self, from: Day, to: Day) -> usize {
        (from + 1..=to).filter(|day| self.opens_on(*day)).count()
    }

    /// The first open minute from `at` on.
    pub fn next_open(&self, at: Minute) -> Minute {
        (at..).find(|at| self.is_open(*at)).expect("the model's time goes on")
    }
}
