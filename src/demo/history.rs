//! The weeks before the demo, as the engine itself would have lived through them.
//!
//! Cron's runs are repeated at their earlier instants, into the same Maildir. So the demo's own run finds chains at every
//! stage, and `explain` tells of mails that really lie there.

use chrono::{DateTime, NaiveTime, Utc};
use diesel::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use crate::calendar::{Calendar, working_day_add, zone};
use crate::db;
use crate::error::Result;
use crate::escalation::{self, Options};
use crate::outbox::message_id::SigningKeys;
use crate::settings::Settings;
use crate::template::Templates;

/// How many working days are lived through: enough for the slowest type (100 hours) to come to its last stage.
const WORKING_DAYS: i32 = 15;

/// When cron ran: at the usual collections, and when the windows of the helpdesk open and are about to close.
const HOURS: [u32; 4] = [8, 9, 13, 16];

#[derive(QueryableByName)]
struct Answer {
    #[diesel(sql_type = Bool)]
    yes: bool,
}

/// Whether any step was ever taken: then the history has been written.
pub fn is_written(connection: &mut PgConnection) -> Result<bool> {
    let question = "SELECT EXISTS (SELECT FROM wvl.escalation_steps) AS yes";
    db::read_only(connection, |connection| Ok(diesel::sql_query(question).get_result::<Answer>(connection)?.yes))
}

/// The instants of the earlier runs, ascending; the last is a working day before the demo's instant `at`, at the same time
/// of day. So a whole working day is the demo's own, and each stage of each type is reached somewhere within it.
pub fn instants(at: DateTime<Utc>, calendar: &Calendar) -> Vec<DateTime<Utc>> {
    let local = at.with_timezone(&calendar.zone);
    let (today, time) = (local.date_naive(), local.time());
    let hours = || HOURS.into_iter().filter_map(|hour| NaiveTime::from_hms_opt(hour, 0, 0));
    (-WORKING_DAYS..0)
        .filter_map(|n| Some((n, working_day_add(calendar, today, n)?)))
        .flat_map(|(n, day)| hours().filter(move |hour| n < -1 || *hour <= time).map(move |hour| day.and_time(hour)))
        .map(|local| zone::from_local(local, calendar.zone))
        .collect()
}

/// Runs the engine at each of the instants and leaves the mails queued. What a run complains about is said by the demo's own.
pub fn replay(
    connection: &mut PgConnection,
    settings: &Settings,
    templates: &Templates,
    keys: &SigningKeys,
    instants: &[DateTime<Utc>],
    mut after_each: impl FnMut(),
) -> Result<()> {
    for now in instants {
        escalation::run(connection, settings, templates, keys, *now, Options::default())?;
        after_each();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::{TimeOfDay, Window};

    #[test]
    fn the_runs_end_a_working_day_before_the_demo() {
        let window = Window::new(TimeOfDay::MIDNIGHT, TimeOfDay::END).unwrap();
        let mut calendar = Calendar::daily(chrono_tz::Europe::Berlin, window);
        calendar.windows[5].clear();
        calendar.windows[6].clear();
        // the demo plays on a Monday: Friday is the working day before
        for (at, last, count) in [
            ("2026-11-23T09:00:00+01:00", "2026-11-20T09:00:00+01:00", 58),
            ("2026-11-23T14:30:00+01:00", "2026-11-20T13:00:00+01:00", 59),
            ("2026-11-23T16:59:00+01:00", "2026-11-20T16:00:00+01:00", 60),
        ] {
            let instants = instants(at.parse().unwrap(), &calendar);
            let last: DateTime<Utc> = last.parse().unwrap();
            assert_eq!((instants.last(), instants.len()), (Some(&last), count));
            assert_eq!(instants[0].to_rfc3339(), "2026-11-02T07:00:00+00:00");
        }
    }
}
