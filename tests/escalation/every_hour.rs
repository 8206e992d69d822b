//! A house that never sleeps: runs by the hour, stages an hour apart. What must come of an item is plain arithmetic, and what
//! did come of it is read from the mails and the tables alone.

use std::path::Path;

use mail_parser::MessageParser;

use crate::env::{TestDatabase, TestEnvironment};

/// Offers and tasks around the clock, mailed in any run. Of tasks the stages 2 and 3 are one.
pub fn sections(bundle: bool) -> String {
    let always = "active = true\nfrom = \"00:00\"\nto = \"24:00\"\nsaturday = true\nsunday = true\nat_once = true\n";
    format!(
        "\
         [escalation.offer-follow-up]\n{always}bundle = {bundle}\nrepeat_hours = 2\n\
         stage1.hours = 1\nstage2.hours = 2\nstage3.hours = 3\n\
         [escalation.task]\n{always}bundle = false\nrepeat_hours = 2\n\
         stage1.hours = 1\nstage2.hours = 2\nstage3.hours = 2\n"
    )
}

/// The instant of a round, as a run and as Postgres take it: hours after a Monday's midnight in Berlin.
pub fn hour(round: i64) -> String {
    let midnight = super::house::at("2026-11-23 00:00");
    (midnight + chrono::TimeDelta::hours(round)).format("%Y-%m-%dT%H:%M:00Z").to_string()
}

/// An offer of Arno's (ADM, below Vera) that is due at this hour.
pub fn offer(number: &str, due: i64) -> String {
    let due = hour(due);
    format!(
        "INSERT INTO documents (kind, number, title, partner_id, document_date, follow_up_at)
         VALUES ('offer', '{number}', 'Neuer Server', 1, '2026-11-02', '{due}');"
    )
}

/// A task of Hans's (below Theo) that is due at this hour.
pub fn task(number: &str, due: i64) -> String {
    let due = hour(due);
    format!("INSERT INTO tasks (number, title, handler_id, due_at) VALUES ('{number}', 'Anrufen', 6, '{due}');")
}

/// Something said to somebody.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Told {
    /// The item's number.
    pub item: String,
    /// The step that the mail names; of merged stages the highest.
    pub step: i32,
    /// The name in front of the @.
    pub to: String,
}

/// What a step of an item tells to whom; offers begin with A, tasks with T.
pub fn told(item: &str, step: i32) -> Vec<Told> {
    let to: &[&str] = match (item.starts_with('A'), step) {
        (true, 1) => &["arno"],
        (true, 2) => &["arno", "vera"],
        (true, _) => &["arno", "carla", "vera"],
        (false, 1) => &["hans"],
        (false, _) => &["carla", "hans", "theo"],
    };
    to.iter().map(|to| Told { item: item.to_owned(), step, to: (*to).to_owned() }).collect()
}

/// Every step taken, `A-001 1 @3` with the hour of its run, sorted; one that was taken twice stands here twice.
pub fn steps(database: &TestDatabase) -> Vec<String> {
    let midnight = hour(0);
    let text = database.text(&format!(
        "SELECT string_agg(step, E'\\n' ORDER BY step COLLATE \"C\") FROM (
            SELECT format('%s %s @%s', reference, step, (extract(epoch FROM at - '{midnight}') / 3600)::integer) AS step
            FROM escalation_steps
        ) steps"
    ));
    text.lines().map(str::to_owned).collect()
}

/// A mail as it arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// Its Message-ID.
    pub id: String,
    /// What it tells, item by item.
    pub told: Vec<Told>,
    /// All of it.
    pub bytes: Vec<u8>,
}

impl Mail {
    /// Reads a mail.
    pub fn read(bytes: Vec<u8>) -> Mail {
        let message = MessageParser::default().parse(&bytes).unwrap();
        let id = message.message_id().unwrap().to_owned();
        let to = message.to().unwrap().first().unwrap().address().unwrap().split('@').next().unwrap().to_owned();
        let single = message.header("X-Wvl-Item").and_then(|value| value.as_text());
        let mut item = single.map(|item| item.rsplit(':').next().unwrap().to_owned());
        let mut told = Vec::new();
        for line in message.body_text(0).unwrap().lines() {
            let first = line.split(' ').next().unwrap();
            if single.is_none() && (first.starts_with("A-") || first.starts_with("T-")) {
                item = Some(first.to_owned());
            } else if first == "Eskalationsstufe:" {
                let label = line.trim_start_matches(first).trim();
                let step = match label.strip_suffix(". Wiederholung") {
                    Some(repeat) => 100 + repeat.rsplit(' ').next().unwrap().parse::<i32>().unwrap(),
                    None => label.parse().unwrap(),
                };
                told.push(Told { item: item.clone().unwrap(), step, to: to.clone() });
            }
        }
        assert!(!told.is_empty(), "{}", String::from_utf8_lossy(&bytes));
        Mail { id, told, bytes }
    }
}

/// Takes the mails out of the Maildir, as a reader does: one that is delivered again does not replace its first copy.
pub fn collect(environment: &TestEnvironment) -> Vec<Mail> {
    let Ok(entries) = std::fs::read_dir(environment.maildir().join("new")) else { return Vec::new() };
    let take = |path: &Path| {
        let bytes = std::fs::read(path).unwrap();
        std::fs::remove_file(path).unwrap();
        Mail::read(bytes)
    };
    entries.map(|entry| take(&entry.unwrap().path())).collect()
}
