//! The floor of one run: its rows once more, by psql.

use std::time::Duration;

use chrono::NaiveDate;

use crate::Outcome;
use crate::place::Place;

/// What a run writes, in the order of the foreign keys: the table, and which of its rows are those of the run at `{at}`.
const WRITTEN: [(&str, &str); 5] = [
    ("escalation_chains", "last_at = '{at}'"),
    ("escalation_steps", "at = '{at}'"),
    (
        "outbox_messages",
        "id IN (SELECT message_id FROM wvl.escalation_step_messages JOIN wvl.escalation_steps s ON s.id = step_id WHERE s.at = '{at}')",
    ),
    (
        "outbox_recipients",
        "message_id IN (SELECT message_id FROM wvl.escalation_step_messages JOIN wvl.escalation_steps s ON s.id = step_id WHERE s.at = '{at}')",
    ),
    ("escalation_step_messages", "step_id IN (SELECT id FROM wvl.escalation_steps WHERE at = '{at}')"),
];

/// Empty tables of the same definition: columns, defaults, compression, checks, indexes, foreign keys.
pub fn prepare(place: &Place) -> Outcome<()> {
    let tables: Vec<&str> = WRITTEN.iter().map(|(table, _)| *table).collect();
    let create: String =
        tables.iter().map(|table| format!("CREATE TABLE floor.{table} (LIKE wvl.{table} INCLUDING ALL);")).collect();
    place.sql(&format!("DROP SCHEMA IF EXISTS floor CASCADE; CREATE SCHEMA floor; {create}"))?;
    place.sql(&format!(
        "SET search_path = pg_catalog;
         DO $$ DECLARE foreign_key record; BEGIN
             FOR foreign_key IN
                 SELECT relname, conname, pg_get_constraintdef(k.oid) AS definition
                 FROM pg_constraint k JOIN pg_class c ON c.oid = conrelid
                 WHERE contype = 'f' AND connamespace = 'wvl'::regnamespace AND relname IN ('{}')
             LOOP
                 EXECUTE format('ALTER TABLE floor.%I ADD CONSTRAINT %I %s', foreign_key.relname, foreign_key.conname,
                     replace(foreign_key.definition, 'REFERENCES wvl.', 'REFERENCES floor.'));
             END LOOP;
         END $$",
        tables.join("', '")
    ))
}

/// Wall time of one psql that selects the items of the run by the index on their due day, and writes its rows in one
/// transaction.
pub fn floor(place: &Place, due_day: NaiveDate, run_at: &str) -> Outcome<Duration> {
    let mut export =
        "SET client_min_messages = warning;\nTRUNCATE floor.escalation_chains, floor.escalation_steps, floor.outbox_messages CASCADE;\n".to_owned();
    let mut write = String::from("BEGIN;\n");
    for (table, condition) in WRITTEN {
        let (file, condition) = (place.scratch(table), condition.replace("{at}", run_at));
        let rows = format!("SELECT * FROM wvl.{table} WHERE {condition}");
        export.push_str(&format!("\\copy ({rows}) TO '{}' WITH (FORMAT binary)\n", file.display()));
        write.push_str(&format!("\\copy floor.{table} FROM '{}' WITH (FORMAT binary)\n", file.display()));
    }
    place.timed_psql(&export)?;
    place.checkpoint()?;
    place.timed_psql(&format!(
        "SET timezone = 'Europe/Berlin';
         \\copy (SELECT * FROM wvl.escalation_offer_follow_up WHERE due_at >= '{due_day}' AND due_at < date '{due_day}' + 1) TO '{}' WITH (FORMAT binary)
         {write}COMMIT;\n",
        place.scratch("items").display()
    ))
}
