//! Units and timers, judged by systemd itself where it is installed.

use std::process::Command;

use chrono::{DateTime, Utc};
use wvl::job::Schedule;
use wvl::job::timer::on_calendar;

use super::office;

/// Of ten; systemd calls less than five OK.
const MOST_EXPOSED: f64 = 3.5;

/// What systemd-analyze says.
fn analyze(arguments: &[&str]) -> (bool, String) {
    let output = Command::new("systemd-analyze").args(arguments).env("LC_ALL", "C").env("TZ", "UTC").output();
    let output = output.expect("systemd-analyze: `.ci/setup test` installs it");
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&said).into_owned())
}

#[test]
fn systemd_takes_the_units_and_calls_them_hardened() {
    let environment =
        office("[job.escalate-run]\nschedule = \"0 7-18 1 * mon-fri\"\n[job.db-dump]\nfolder = \"backup\"\n");
    // a private cluster, which is the harder case
    let text = std::fs::read_to_string(environment.config()).unwrap();
    let url = format!("url = {:?}", environment.database.url);
    environment.write("wvl.toml", text.replace(&url, "state_dir = \"state\""));
    std::fs::create_dir(environment.path().join("units")).unwrap();
    let run = environment.wvl(&["cron", "print", "--systemd", "--into", "units"]);
    assert_eq!((run.code, run.stdout.as_str()), (0, ""), "{}", run.stderr);
    assert!(run.stderr.contains("/state is not there yet"), "{}", run.stderr);
    let folder = environment.path().join("units");
    let mut units: Vec<String> =
        std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path().display().to_string()).collect();
    units.sort();
    assert_eq!(units.len(), 11, "{units:?}");
    let mut arguments = vec!["verify", "--man=no"];
    arguments.extend(units.iter().map(String::as_str));
    let (is_right, said) = analyze(&arguments);
    assert!(is_right && said.trim().is_empty(), "{said}");
    for unit in units.iter().filter(|unit| unit.ends_with(".service")) {
        let (_, said) = analyze(&["security", "--offline=true", "--no-pager", unit]);
        let level = said.lines().last().and_then(|line| line.rsplit_once(": ")).map(|(_, level)| level);
        let level: f64 = level.and_then(|level| level.split(' ').next()).unwrap().parse().unwrap();
        assert!(level <= MOST_EXPOSED, "{unit} {level}");
    }
}

#[test]
fn a_timer_and_a_crontab_run_at_the_same_time() {
    let zone = chrono_tz::Europe::Berlin;
    for text in
        ["*/10 * * * *", "30 4 * * *", "*/15 7-18 * * mon-fri", "0,5 8,13 1 */3 *", "0 6 * * 5-7", "59 23 31 12 *"]
    {
        let schedule: Schedule = text.parse().unwrap();
        for base in ["2026-11-22 12:00:00", "2026-03-28 23:30:00", "2026-10-24 22:30:00", "2026-12-31 22:59:00"] {
            let [expression] = &on_calendar(&schedule, zone)[..] else { panic!("{text}") };
            let (is_right, said) = analyze(&["calendar", expression, "--base-time", base]);
            assert!(is_right, "{said}");
            let next = said.lines().find_map(|line| line.trim().strip_prefix("Next elapse: ")).unwrap();
            let next = next.split(' ').skip(1).take(2).collect::<Vec<_>>().join(" ");
            let base: DateTime<Utc> = format!("{}Z", base.replace(' ', "T")).parse().unwrap();
            let ours = schedule.next_after(base, zone).unwrap().format("%Y-%m-%d %H:%M:%S").to_string();
            assert_eq!(ours, next, "{text} after {base}");
        }
    }
}
