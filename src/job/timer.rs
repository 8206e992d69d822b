//! A schedule as systemd writes it: `OnCalendar=Mon..Fri *-*-* 07..18:00/10:00 Europe/Berlin`. Pure.

use chrono_tz::Tz;

use super::Schedule;
use super::schedule::Field;

/// In cron's order.
const WEEKDAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

/// The expressions for `OnCalendar=`, any of which makes it run. Two where a day of the month or one of the week is enough.
pub fn on_calendar(schedule: &Schedule, zone: Tz) -> Vec<String> {
    let months = listed(&schedule.months, 1, 12);
    let time = format!("{}:{}:00", listed(&schedule.hours, 0, 23), listed(&schedule.minutes, 0, 59));
    let days = listed(&schedule.days, 1, 31);
    let weekdays = weekdays(&schedule.weekdays);
    let line = |weekdays: &str, days: &str| format!("{weekdays}*-{months}-{days} {time} {}", zone.name());
    match schedule.days.is_star || schedule.weekdays.is_star {
        true => vec![line(&weekdays, &days)],
        false => vec![line("", &days), line(&weekdays, "*")],
    }
}

fn weekdays(field: &Field) -> String {
    // systemd's week begins on Monday
    let mut days: Vec<u8> = field.values.iter().map(|day| (day + 6) % 7).collect();
    days.sort_unstable();
    if days.len() == 7 {
        return String::new();
    }
    let name = |day: u8| WEEKDAYS[usize::from((day + 1) % 7)].to_owned();
    format!("{} ", ranges(&days, name))
}

/// `*`, `00/10`, `07..18`, or the values themselves.
fn listed(field: &Field, first: u8, last: u8) -> String {
    let values = &field.values;
    if values.len() == usize::from(last - first) + 1 {
        return "*".to_owned();
    }
    let name = |value: u8| format!("{value:02}");
    if let [one, other, ..] = values[..]
        && other - one > 1
        && values.iter().copied().eq((one..=last).step_by(usize::from(other - one)))
    {
        return format!("{}/{}", name(one), other - one);
    }
    ranges(values, name)
}

fn ranges(values: &[u8], name: impl Fn(u8) -> String) -> String {
    let runs = values.chunk_by(|one, next| one + 1 == *next);
    let runs = runs.flat_map(|run| match *run {
        [first, _, .., last] => vec![format!("{}..{}", name(first), name(last))],
        _ => run.iter().map(|value| name(*value)).collect(),
    });
    runs.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cron_and_systemd_mean_the_same() {
        let said = |text: &str| on_calendar(&text.parse().unwrap(), chrono_tz::Europe::Berlin);
        for (cron, systemd) in [
            ("*/10 * * * *", "*-*-* *:00/10:00 Europe/Berlin"),
            ("30 4 * * *", "*-*-* 04:30:00 Europe/Berlin"),
            ("*/15 7-18 * * mon-fri", "Mon..Fri *-*-* 07..18:00/15:00 Europe/Berlin"),
            // 0 and 5 are no steps of a whole hour
            ("0,5 8,13 1 */3 *", "*-01/3-01 08,13:00,05:00 Europe/Berlin"),
            ("0 6 * * 0,6", "Sat,Sun *-*-* 06:00:00 Europe/Berlin"),
            ("0 6 * * 5-7", "Fri..Sun *-*-* 06:00:00 Europe/Berlin"),
            ("* * * * *", "*-*-* *:*:00 Europe/Berlin"),
        ] {
            assert_eq!(said(cron), [systemd], "{cron}");
        }
        assert_eq!(said("0 6 1,15 * 5"), ["*-*-01,15 06:00:00 Europe/Berlin", "Fri *-*-* 06:00:00 Europe/Berlin"]);
    }
}
