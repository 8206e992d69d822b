//! A small house with a job to do: ten employees, three partners, and runs at any instant without a process of their own.

use chrono::{DateTime, NaiveDateTime, Utc};
use wvl::calendar::zone;
use wvl::config::Source;
use wvl::escalation::{self, Options};
use wvl::outbox::message_id::SigningKeys;
use wvl::settings::Settings;
use wvl::template::Templates;

use crate::env::{TestDatabase, TestEnvironment};

/// Keys are personnel numbers less 100. Carla leads the company; Vera sales, with Arno (ADM) and Ines (IDM); Theo the
/// technicians: Hans, Tina (Monday to Wednesday), Urs (deputy Dora), Dora (deputy Emil), and Emil in the site that never
/// closes. The team Hotline is Theo's.
pub const PEOPLE: &str = "
    INSERT INTO sites (id, name, calendar) VALUES (2, 'Leitstand', 'always');
    INSERT INTO employees (id, number, first_name, last_name, email, site_id, working_days) VALUES
        (1, 101, 'Carla', 'Chef', 'carla@firma.example', 1, NULL),
        (2, 102, 'Vera', 'Vertrieb', 'vera@firma.example', 1, NULL),
        (3, 103, 'Arno', 'Außendienst', 'arno@firma.example', 1, NULL),
        (4, 104, 'Ines', 'Innendienst', 'ines@firma.example', 1, NULL),
        (5, 105, 'Theo', 'Technik', 'theo@firma.example', 1, NULL),
        (6, 106, 'Hans', 'Helfer', 'hans@firma.example', 1, NULL),
        (7, 107, 'Tina', 'Teilzeit', 'tina@firma.example', 1, '1110000'),
        (8, 108, 'Urs', 'Urlaub', 'urs@firma.example', 1, NULL),
        (9, 109, 'Dora', 'Deputy', 'dora@firma.example', 1, NULL),
        (10, 110, 'Emil', 'Ersatz', 'emil@firma.example', 2, NULL);
    INSERT INTO employee_assignments (employee_id, supervisor_id, deputy_id) VALUES
        (2, 1, NULL), (3, 2, NULL), (4, 2, NULL), (5, 1, NULL), (6, 5, NULL), (7, 5, NULL), (8, 5, 9), (9, 5, 10),
        (10, 5, NULL);
    INSERT INTO teams (id, name, lead_id) VALUES (1, 'Hotline', 5);
    INSERT INTO partners (id, kind, number, name, field_rep_id, inside_rep_id) VALUES
        (1, 'customer', 'K-1', 'Kundin AG', 3, 4),
        (2, 'prospect', 'I-2', 'Interessent GmbH', 3, 4),
        (3, 'supplier', 'L-3', 'Lieferant KG', NULL, NULL);";

/// What every run is configured with: the two calendars, who leads the company, and no caps.
pub const CONFIGURATION: &str = "
    [calendar.always]
    mon = [\"00:00-24:00\"]
    tue = [\"00:00-24:00\"]
    wed = [\"00:00-24:00\"]
    thu = [\"00:00-24:00\"]
    fri = [\"00:00-24:00\"]
    sat = [\"00:00-24:00\"]
    sun = [\"00:00-24:00\"]
    [escalation]
    company_heads = [101]
    max_mails_per_run = 0
    max_mails_per_recipient = 0
";

/// `2026-11-19 08:15` in Berlin, or an instant with its offset.
pub fn at(text: &str) -> DateTime<Utc> {
    match NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M") {
        Ok(local) => zone::from_local(local, chrono_tz::Europe::Berlin),
        Err(_) => text.parse().unwrap(),
    }
}

/// An open offer of the customer: due on its follow-up, `2026-11-19 00:00`.
pub fn offer(number: &str, follow_up: &str) -> String {
    format!(
        "INSERT INTO documents (kind, number, title, partner_id, document_date, follow_up_at)
         VALUES ('offer', '{number}', 'Neuer Server', 1, '2026-11-02', '{follow_up} Europe/Berlin');"
    )
}

/// A house to run the binary in; the configuration has these sections added.
pub fn environment(sections: &str) -> TestEnvironment {
    let environment = TestEnvironment::new();
    environment.database.execute(PEOPLE);
    environment.configure(&format!("{CONFIGURATION}{sections}"));
    environment
}

/// The plain text of every mail that arrived.
pub fn texts(environment: &TestEnvironment) -> Vec<String> {
    let text = |mail: &Vec<u8>| {
        let message = mail_parser::MessageParser::default().parse(mail).unwrap();
        message.body_text(0).unwrap().into_owned()
    };
    environment.mails().iter().map(text).collect()
}

/// The address of every mail that arrived, sorted.
pub fn addresses(environment: &TestEnvironment) -> Vec<String> {
    let to = |mail: &Vec<u8>| {
        let message = mail_parser::MessageParser::default().parse(mail).unwrap();
        message.to().unwrap().first().unwrap().address().unwrap().to_owned()
    };
    let mut addresses: Vec<String> = environment.mails().iter().map(to).collect();
    addresses.sort();
    addresses
}

/// The settings of a run in this mode of mail.
pub fn settings(mode: &str, sections: &str) -> Settings {
    let text = format!(
        "[company]\nname = \"Firma\"\nzone = \"Europe/Berlin\"\n\
         [calendar.default]\nstate = \"DE-BW\"\nclosed = [\"12-24\", \"12-31\"]\n\
         [mail]\nmode = \"{mode}\"\nfrom = \"wvl@firma.example\"\ntransport = \"maildir\"\n{CONFIGURATION}{sections}"
    );
    Settings::load(&Source::from_text("wvl.toml", &text), &[]).unwrap().0
}

/// A house to call the job in.
pub struct House {
    pub database: TestDatabase,
}

impl House {
    pub fn new() -> House {
        let house = House { database: TestDatabase::new() };
        house.database.execute(PEOPLE);
        house
    }

    /// A run: `A-1 1: 103, 110 for 108` for each step, merged ones as `2+3`, and then what should be put right.
    pub fn run(&self, sections: &str, now: DateTime<Utc>) -> Vec<String> {
        self.run_as("live", sections, now)
    }

    /// A run in this mode of mail.
    pub fn run_as(&self, mode: &str, sections: &str, now: DateTime<Utc>) -> Vec<String> {
        let settings = settings(mode, sections);

        let keys = SigningKeys::new(&["a key of these tests"]).unwrap();
        let templates = Templates::embedded().unwrap();
        let mut connection = self.database.connect();
        let report = escalation::run(&mut connection, &settings, &templates, &keys, now, Options::default());
        let report = report.unwrap().unwrap();
        let number = |id| report.people.persons[&id].number;
        let steps = report.steps.iter().map(|step| {
            let codes: Vec<String> = step.next.steps.iter().map(|step| step.code().to_string()).collect();
            let to = step.recipients.iter().map(|to| {
                let who = to.employee.map_or(to.address.clone(), |id| number(id).to_string());
                to.instead_of.map(|id| format!("{who} for {}", number(id))).unwrap_or(who)
            });
            format!("{} {}: {}", step.item.reference, codes.join("+"), to.collect::<Vec<_>>().join(", "))
        });
        steps.chain(report.troubles.iter().cloned()).collect()
    }

    /// Records a baseline.
    pub fn baseline(
        &self,
        sections: &str,
        now: DateTime<Utc>,
        dry_run: bool,
    ) -> Option<escalation::baseline::Baseline> {
        let settings = settings("live", sections);
        let mut connection = self.database.connect();
        escalation::baseline::record(&mut connection, &settings, now, None, dry_run).unwrap()
    }

    /// Takes away everything that escalates and all that was said about it.
    pub fn clear(&self) {
        self.database.execute(
            "DELETE FROM documents; DELETE FROM purchase_orders; DELETE FROM tickets; DELETE FROM contracts;
             DELETE FROM tasks; DELETE FROM notices; DELETE FROM contact_persons; DELETE FROM absences;
             DELETE FROM escalation_chains; DELETE FROM escalation_steps; DELETE FROM escalation_marks;
             DELETE FROM escalation_searches; DELETE FROM escalation_silences;
             DELETE FROM outbox_messages;
             UPDATE partners SET follow_up_at = NULL WHERE follow_up_at IS NOT NULL;
             UPDATE partners SET field_rep_id = 3 WHERE id = 2;
             UPDATE employees SET working_days = '1110000' WHERE id = 7;
             UPDATE employees SET birthday = NULL, birthday_consent = false WHERE birthday IS NOT NULL;",
        );
    }
}
