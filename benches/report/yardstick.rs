//! The bare statements that an evening mail needs, as an office would write them (bare.sql), each by the better of two plans:
//! the server's own, and one without hash and merge joins. Left to itself it reads the lines of all years.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{Datelike, Days, NaiveDate, Weekday};

use crate::Outcome;
use crate::cost::median;
use crate::installation::Installation;

/// Statements by name, each between a line `-- name` and a semicolon.
const BARE: &str = include_str!("bare.sql");
/// The two plans.
const PLANS: [&str; 2] =
    ["RESET enable_hashjoin; RESET enable_mergejoin;", "SET enable_hashjoin = off; SET enable_mergejoin = off;"];

/// Times of each statement under each plan.
#[derive(Default)]
pub struct Yardstick {
    times: BTreeMap<(String, usize), Vec<Duration>>,
}

impl Yardstick {
    /// Runs all statements for a day, once under each plan.
    pub fn measure(&mut self, installation: &Installation, day: NaiveDate) -> Outcome<()> {
        let mut script = format!(
            "SET jit = off; SET timezone = 'Europe/Berlin';
             SELECT set_config('wvl.as_of', '{day}T18:30:00+01:00', false), set_config('wvl.zone', 'Europe/Berlin', false) \\g /dev/null\n"
        );
        for (plan, choice) in PLANS.iter().enumerate() {
            script += &format!("{choice}\n");
            for (name, statement) in statements(day) {
                script += &format!("\\echo {plan} {name}\n\\timing on\n{statement} \\g /dev/null\n\\timing off\n");
            }
        }
        let file = installation.file("bare.sql");
        std::fs::write(&file, script)?;
        let output = installation.psql()?.arg("-f").arg(&file).output()?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into());
        }
        let mut asked = None;
        for line in String::from_utf8(output.stdout)?.lines() {
            match line.strip_prefix("Time: ").and_then(|rest| rest.split(' ').next()) {
                Some(milliseconds) => {
                    let time = Duration::from_secs_f64(milliseconds.replace(',', ".").parse::<f64>()? / 1000.0);
                    self.times.entry(asked.take().ok_or("psql tells a time of nothing")?).or_default().push(time);
                }
                None => {
                    let (plan, name) = line.split_once(' ').ok_or_else(|| format!("psql says {line:?}"))?;
                    asked = Some((name.to_owned(), plan.parse()?));
                }
            }
        }
        Ok(())
    }

    /// The better median of each statement.
    pub fn medians(&self) -> BTreeMap<&str, Duration> {
        let mut medians: BTreeMap<&str, Duration> = BTreeMap::new();
        for ((name, _), times) in &self.times {
            let time = median(times.clone());
            medians.entry(name).and_modify(|best| *best = time.min(*best)).or_insert(time);
        }
        medians
    }

    /// All of them together.
    pub fn sum(&self) -> Duration {
        self.medians().values().sum()
    }
}

/// The statements with the days of a mail in them.
fn statements(day: NaiveDate) -> Vec<(String, String)> {
    let back = |from: NaiveDate, days: u64| from.checked_sub_days(Days::new(days)).unwrap_or(from);
    let span = |last: NaiveDate| {
        let free = if last.weekday() == Weekday::Mon { 2 } else { 0 };
        (0..=free).map(move |days| back(last, days))
    };
    let month = (0..u64::from(day.day())).map(|days| back(day, days));
    let mut days: Vec<NaiveDate> = (0..=4).flat_map(|week| span(back(day, 7 * week))).chain(month).collect();
    days.sort_unstable();
    days.dedup();
    let list = |days: &[NaiveDate]| {
        let days: Vec<String> = days.iter().map(NaiveDate::to_string).collect();
        format!("'{{{}}}'::date[]", days.join(","))
    };
    let filled = BARE
        .replace("{days}", &list(&days))
        .replace("{span}", &list(&span(day).collect::<Vec<_>>()))
        .replace("{day}", &format!("'{day}'::date"));
    let parts = filled.split("-- ").skip(1).filter_map(|part| part.split_once('\n'));
    parts.map(|(name, sql)| (name.to_owned(), sql.trim().trim_end_matches(';').replace('\n', " "))).collect()
}
