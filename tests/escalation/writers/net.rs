//! The net below: a search over everything must find nothing that the searches for what is new left behind.

use wvl::escalation::Options;

use super::Desk;
use crate::env::TestDatabase;
use crate::escalation::model::events::instant;
use crate::escalation::model::minutes::Minute;

/// Tries a run that looks at everything.
pub fn catches_nothing(desk: &Desk, now: Minute) {
    desk.database.execute("UPDATE escalation_searches SET definition = 'another ' || definition");
    let dry_run = Options { dry_run: true, ..Options::default() };
    let steps = desk.run(now, dry_run);
    desk.database.execute("UPDATE escalation_searches SET definition = substr(definition, 9)");
    assert_eq!(steps, 0, "a search over everything finds more");
}

/// All searches but the very first looked only at what was new.
pub fn was_used_once(database: &TestDatabase, first: Minute) {
    let swept = format!("SELECT count(*) FROM escalation_searches WHERE swept_at = {}", instant(first));
    assert_eq!((database.number(&swept), database.number("SELECT count(*) FROM escalation_searches")), (3, 3));
}

/// Every step has been told of, and to nobody twice.
pub fn was_not_doubled(database: &TestDatabase) {
    let untold = "SELECT count(*) FROM escalation_steps s
        WHERE NOT EXISTS (SELECT FROM escalation_step_messages m WHERE m.step_id = s.id)";
    assert_eq!(database.number(untold), 0, "steps without a mail");
    let twice = "SELECT count(*) FROM (
            SELECT FROM escalation_step_messages m JOIN outbox_recipients r ON r.message_id = m.message_id
            GROUP BY m.step_id, r.address HAVING count(*) > 1
        ) twice";
    assert_eq!(database.number(twice), 0, "steps told twice");
    let idle = "SELECT count(*) FROM outbox_messages o
        WHERE NOT EXISTS (SELECT FROM escalation_step_messages m WHERE m.message_id = o.id)";
    assert_eq!(database.number(idle), 0, "mails about nothing");
}
