//! Two weeks of a small company, hour by hour under a clock of our own: cron does what `wvl cron print` says, and everything
//! goes wrong that goes wrong in two weeks. Nothing is lost, nothing is said twice that the database can know of, and
//! `wvl check` sees each trouble within an hour and none where there is none.
//!
//! The clock is libfaketime's, in the server and in every process, so that the database's own `now()` is that of the story.

mod machine;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::{DateTime, Datelike, TimeDelta, Timelike, Utc};

use crate::env::smtp::{SmtpServer, Step};
use crate::escalation::every_hour::{Mail, Told};
use crate::escalation::house;
use machine::Machine;

/// Offers and tasks by office hours; three stages and then silence, so that what must be said is a list.
const RULES: &str = "
    [job.escalate-run]
    schedule = \"0 * * * *\"
    [job.mail-flush]
    schedule = \"20 * * * *\"
    [job.import-run]
    schedule = \"\"
    [job.escalate-purge]
    schedule = \"\"
    [escalation]
    company_heads = [101]
    [escalation.offer-follow-up]
    active = true
    repeat_hours = 0
    stage1.hours = 4
    stage2.hours = 8
    stage3.hours = 12
    [escalation.task]
    active = true
    repeat_hours = 0
    stage1.hours = 4
    stage2.hours = 8
    stage3.hours = 12
";

/// When `check` looks, after the jobs of the hour.
const LOOK_AT: u32 = 40;

/// What can be wrong, from when until when; in between `check` has to say so.
struct Trouble {
    what: &'static str,
    from: &'static str,
    until: &'static str,
}

/// In the order of the story. Each begins and ends between two runs.
const TROUBLES: [Trouble; 7] = [
    Trouble { what: "the mail server is down for a day", from: "2026-11-24 07:50", until: "2026-11-25 07:50" },
    Trouble {
        what: "the machine of the jobs is off over the weekend",
        from: "2026-11-27 20:50",
        until: "2026-11-30 09:50",
    },
    Trouble { what: "the mail server is down over the dump", from: "2026-11-30 12:50", until: "2026-12-01 05:50" },
    Trouble { what: "the database is lost", from: "2026-12-01 11:50", until: "2026-12-01 12:50" },
    Trouble { what: "a restored database waits for its release", from: "2026-12-01 12:50", until: "2026-12-01 15:50" },
    Trouble { what: "the virtual machine moves", from: "2026-12-02 13:50", until: "2026-12-02 14:50" },
    Trouble { what: "the disk is full", from: "2026-12-03 12:50", until: "2026-12-03 15:50" },
];

fn of(what: &str) -> &'static Trouble {
    TROUBLES.iter().find(|trouble| trouble.what == what).unwrap()
}

/// The story so far.
struct Story {
    machine: Machine,
    mail_server: Arc<SmtpServer>,
    is_mail_down: Arc<AtomicBool>,
    is_cron_off: bool,
    /// What was said after the dump that was restored: the database cannot know of it, and says it again.
    forgotten: Vec<Told>,
    dump: Option<std::path::PathBuf>,
    /// What `check` said, where it should have said something else.
    wrong: Vec<String>,
}

#[test]
fn two_weeks_in_which_everything_goes_wrong() {
    let is_mail_down = Arc::new(AtomicBool::new(false));
    let down = Arc::clone(&is_mail_down);
    let mail_server = SmtpServer::start(&[], move |_| match down.load(Ordering::Relaxed) {
        true => Step::SayAndDrop("421 4.3.2 closed for maintenance".into()),
        false => Step::Usual,
    });
    let mail_server = Arc::new(mail_server);
    let start = house::at("2026-11-23 00:00");
    let machine = Machine::new(start, &configuration(mail_server.port));
    machine.execute(house::PEOPLE);
    let items = items();
    machine.execute(&items.iter().map(|item| item.sql.clone()).collect::<String>());

    let mut story = Story {
        machine,
        mail_server,
        is_mail_down,
        is_cron_off: false,
        forgotten: Vec::new(),
        dump: None,
        wrong: Vec::new(),
    };
    for hour in 0..14 * 24 {
        story.hour(start + TimeDelta::hours(hour));
    }
    assert!(story.wrong.is_empty(), "{}", story.wrong.join("\n"));

    let arrived: Vec<Mail> = story.mail_server.received().into_iter().map(|mail| Mail::read(mail.data)).collect();
    let mut ids: Vec<&str> = arrived.iter().map(|mail| mail.id.as_str()).collect();
    ids.sort_unstable();
    let count = ids.len();
    ids.dedup();
    assert_eq!(ids.len(), count, "a mail arrived twice");

    let mut expected: BTreeMap<Told, usize> = BTreeMap::new();
    for told in items.iter().flat_map(Item::told).chain(story.forgotten.clone()) {
        *expected.entry(told).or_default() += 1;
    }
    let mut said: BTreeMap<Told, usize> = BTreeMap::new();
    for told in arrived.iter().flat_map(|mail| mail.told.clone()) {
        *said.entry(told).or_default() += 1;
    }
    let differs = |told: &&Told| expected.get(*told) != said.get(*told);
    let mut all: Vec<&Told> = expected.keys().chain(said.keys()).collect();
    all.sort();
    all.dedup();
    let differing: Vec<String> = all
        .into_iter()
        .filter(differs)
        .map(|told| format!("{told:?}: expected {:?}, said {:?}", expected.get(told), said.get(told)))
        .collect();
    assert!(differing.is_empty(), "{}", differing.join("\n"));
    assert!(!story.forgotten.is_empty(), "the restore forgot nothing: the story has lost its point");
    println!(
        "{count} mails about {} steps, {} of them told again after the restore",
        expected.len(),
        story.forgotten.len()
    );
}

fn configuration(port: u16) -> String {
    format!(
        "[company]\nname = \"Systemhaus Neckar GmbH\"\nzone = \"Europe/Berlin\"\n\
         [calendar.default]\nstate = \"DE-BW\"\nclosed = [\"12-24\", \"12-31\"]\n\
         [calendar.always]\nmon = [\"00:00-24:00\"]\n\
         [mail]\nmode = \"live\"\nfrom = \"Wiedervorlage <wvl@firma.example>\"\ntransport = \"smtp\"\n\
         signing_keys_file = \"signing-keys\"\n\
         [mail.smtp]\nhost = \"127.0.0.1\"\nport = {port}\ntls = \"none\"\n{RULES}"
    )
}

struct Item {
    number: String,
    sql: String,
}

impl Item {
    /// Everything that must be said of it by the end.
    fn told(&self) -> Vec<Told> {
        let to = |step: i32| -> &[&str] {
            match (self.number.starts_with('A'), step) {
                (true, 1) => &["arno"],
                (true, 2) => &["arno", "vera"],
                (true, _) => &["arno", "carla", "vera"],
                (false, 1) => &["hans"],
                (false, 2) => &["hans", "theo"],
                (false, _) => &["carla", "hans", "theo"],
            }
        };
        let each = |step| to(step).iter().map(move |to| (step, (*to).to_owned()));
        (1..=3).flat_map(each).map(|(step, to)| Told { item: self.number.clone(), step, to }).collect()
    }
}

/// Two offers and a task for every working day up to the second Wednesday: what comes later would not be through at the end.
fn items() -> Vec<Item> {
    let first = house::at("2026-11-23 00:00").date_naive();
    let days = (1..=10).map(|day| first + TimeDelta::days(day)).filter(|day| day.weekday().num_days_from_monday() < 5);
    days.flat_map(|day| {
        let offers = (1..=2).map(move |number| {
            let number = format!("A-{}{number}", day.format("%m%d"));
            Item { sql: house::offer(&number, &format!("{day} 00:00")), number }
        });
        let number = format!("T-{}", day.format("%m%d"));
        // a task is a promise: due in the evening before
        let sql = format!(
            "INSERT INTO tasks (number, title, handler_id, due_at) VALUES ('{number}', 'Anrufen', 6, '{day} 00:00 Europe/Berlin');"
        );
        offers.chain([Item { sql, number }])
    })
    .collect()
}

impl Story {
    fn hour(&mut self, hour: DateTime<Utc>) {
        let local = hour.with_timezone(&chrono_tz::Europe::Berlin);
        // what happens happens ten minutes before the hour
        self.events(hour - TimeDelta::minutes(10));
        let is_night = !(6..=20).contains(&local.hour());
        if !self.is_cron_off && self.machine.is_up() {
            self.machine.cron(hour, hour + TimeDelta::minutes(i64::from(LOOK_AT)));
            if local.hour() == 1 {
                self.machine.set_clock(hour + TimeDelta::minutes(30));
                self.dump = Some(self.machine.dump());
            }
        }
        // a monitor looks at night too; every third hour will do here
        if !is_night || local.hour().is_multiple_of(3) {
            self.look(hour + TimeDelta::minutes(i64::from(LOOK_AT)));
        }
    }

    fn events(&mut self, now: DateTime<Utc>) {
        let begins = |what: &str| house::at(of(what).from) == now;
        let ends = |what: &str| house::at(of(what).until) == now;
        for down in ["the mail server is down for a day", "the mail server is down over the dump"] {
            if begins(down) || ends(down) {
                self.is_mail_down.store(begins(down), Ordering::Relaxed);
            }
        }
        let weekend = "the machine of the jobs is off over the weekend";
        if begins(weekend) || ends(weekend) {
            self.is_cron_off = begins(weekend);
        }
        if begins("the database is lost") {
            self.forgotten = self.machine.told_since_the_dump(self.dump.as_deref().unwrap());
            self.machine.lose_database();
        }
        if ends("the database is lost") {
            self.machine.set_clock(now);
            self.machine.restore(self.dump.as_deref().unwrap());
        }
        if ends("a restored database waits for its release") {
            self.machine.set_clock(now);
            self.machine.ok("mail release --discard --yes");
        }
        if begins("the virtual machine moves") {
            self.machine.stop();
        }
        if ends("the virtual machine moves") {
            self.machine.set_clock(now);
            // another place, another zone, and a clock that is three hours late until somebody notices
            self.machine.move_away(TimeDelta::hours(-3));
        }
        if begins("the disk is full") {
            self.machine.fill_disk();
        }
        if ends("the disk is full") {
            self.machine.free_disk();
        }
    }

    fn look(&mut self, now: DateTime<Utc>) {
        self.machine.set_clock(now);
        let (code, said) = self.machine.check();
        let hour = TimeDelta::hours(1);
        let now_wrong =
            TROUBLES.iter().find(|trouble| (house::at(trouble.from)..house::at(trouble.until)).contains(&now));
        // a cycle after its end a trouble may still be the last thing that was known
        let lately =
            TROUBLES.iter().any(|trouble| (house::at(trouble.until)..house::at(trouble.until) + hour).contains(&now));
        let local = now.with_timezone(&chrono_tz::Europe::Berlin).format("%a %d.%m. %H:%M");
        match (now_wrong, code) {
            (Some(trouble), 0) if now - house::at(trouble.from) > hour => {
                self.wrong.push(format!("{local}: {}, and check says {said}", trouble.what));
            }
            (None, 1..) if !lately => self.wrong.push(format!("{local}: nothing is wrong, and check says {said}")),
            _ => {}
        }
    }
}
