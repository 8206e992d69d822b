//! All settings of one installation: every section read by the slice that owns it, every mistake told at once.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use crate::calendar::Calendar;
use crate::calendar::dates::Moment;
use crate::config::{self, Complaint, Entry, Problem, Reader, Section, Source, nearest};
use crate::db::settings::DatabaseSettings;
use crate::error::Result;
use crate::escalation::rules::DEFAULT_CALENDAR;
use crate::escalation::settings::EscalationSettings;
use crate::import::Register;
use crate::import::settings::ImportSettings;
use crate::job::settings::JobSettings;
use crate::outbox::settings::MailSettings;
use crate::report::settings::ReportSettings;
use crate::{agenda, contract, db, escalation, import, job, outbox, party, report, sales, ticket};

mod calendars;
mod hash;
mod sample;

pub use sample::{SIGNING_KEYS, sample, without_signing_keys};

/// The zone of a company that names none.
const DEFAULT_ZONE: Tz = chrono_tz::Europe::Berlin;

/// What the configuration says, checked.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The file it came from; none: everything stands at its default.
    pub file: Option<PathBuf>,
    /// Whose installation it is.
    pub company: CompanySettings,
    /// The zone of all dates and windows (`company.zone`).
    pub zone: Tz,
    /// The calendars by name; `default` is always among them.
    pub calendars: BTreeMap<String, Calendar>,
    /// `[database]`.
    pub database: DatabaseSettings,
    /// `[mail]`.
    pub mail: MailSettings,
    /// `[escalation]`.
    pub escalation: EscalationSettings,
    /// `[import]`.
    pub import: ImportSettings,
    /// `[job]`.
    pub job: JobSettings,
    /// `[report]`.
    pub report: ReportSettings,
    /// SHA-256 over what counts: two configurations that mean the same have the same (settings/hash.rs).
    pub hash: String,
}

/// The registers that have a file, by their nouns on the command line. What refers to others stands behind them, so that
/// a folder of files can be imported in this order.
pub static REGISTERS: [(&str, &Register); 16] = [
    ("company", &party::import::COMPANIES),
    ("site", &party::import::SITES),
    ("employee", &party::import::EMPLOYEES),
    ("department", &party::import::DEPARTMENTS),
    ("team", &party::import::TEAMS),
    ("absence", &party::import::ABSENCES),
    ("customer", &party::import::CUSTOMERS),
    ("contact-person", &party::import::CONTACT_PERSONS),
    ("product", &sales::import::PRODUCTS),
    ("target", &sales::target::TARGETS),
    ("contract", &contract::import::CONTRACTS),
    ("document", &sales::import::DOCUMENTS),
    ("purchase-order", &sales::import::PURCHASE_ORDERS),
    ("ticket", &ticket::import::TICKETS),
    ("task", &agenda::import::TASKS),
    ("notice", &agenda::import::NOTICES),
];

/// `[company]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompanySettings {
    /// The company's name, as it stands in mails; empty where nobody named it.
    pub name: String,
    /// Where the links of items begin that are no whole URL themselves: `https://erp.firma.de`, without a slash at the
    /// end.
    pub link_base: Option<String>,
}

impl CompanySettings {
    /// The link of an item, which may be relative to [`link_base`](CompanySettings::link_base), as a whole one.
    pub fn whole_link(&self, link: &str) -> String {
        match &self.link_base {
            Some(base) if !link.contains("://") => format!("{base}/{}", link.trim_start_matches('/')),
            _ => link.to_owned(),
        }
    }
}

/// A configuration that was looked at: what is wrong with it, and every value with its origin.
#[derive(Debug)]
pub struct Inspection {
    /// The settings; where something is wrong, its default stands in for it.
    pub settings: Settings,
    /// Mistakes, in the order of the file.
    pub problems: Vec<Problem>,
    /// What is allowed and probably not meant.
    pub warnings: Vec<Problem>,
    /// Secrets that this user may not read: [`Settings::load`] leaves them to whoever needs them.
    pub closed: Vec<Problem>,
    /// Every value that counts.
    pub entries: Vec<Entry>,
    /// Every key that a reader knows, sections too.
    pub known: Vec<String>,
}

/// A value that a flag of the command line sets over the file.
#[derive(Clone, Debug)]
pub struct Override {
    /// The dotted key, `mail.eml_dir`.
    pub key: &'static str,
    /// Its value, a text.
    pub value: String,
    /// The flag as it was typed, `--eml-dir`.
    pub flag: &'static str,
}

impl Settings {
    /// Finds the configuration (see [`Source::find`]) and loads it. `variable` is WVL_CONFIG, read by main.
    pub fn find(flag: Option<&Path>, variable: Option<&Path>) -> Result<(Settings, Vec<Problem>)> {
        Settings::load(&Source::find(flag, variable, config::home_of_user().as_deref())?, &[])
    }

    /// Reads and checks everything. Returns the settings and the warnings.
    ///
    /// Errors: one of kind `Config` that lists every mistake, a line each.
    pub fn load(source: &Source, overrides: &[Override]) -> Result<(Settings, Vec<Problem>)> {
        let found = Settings::inspect(source, overrides);
        match config::all_as_error(&found.problems) {
            Some(error) => Err(error),
            None => Ok((found.settings, found.warnings)),
        }
    }

    /// Reads everything and tells what was found, right or wrong: for `config validate` and `config show`.
    pub fn inspect(source: &Source, overrides: &[Override]) -> Inspection {
        let mut reader = Reader::new(source);
        for set in overrides {
            reader.set(set.key, &set.value, set.flag);
        }
        let mut root = reader.root();
        let (company, zone) = read_company(&mut root.section("company"));
        let calendars = calendars::read(&mut root.section("calendar"), zone);
        let names: Vec<String> = calendars.keys().cloned().collect();
        let mut mail = outbox::settings::read(&mut root.section("mail"));
        mail.channels =
            outbox::channels::read(&mut root.section("channel"), mail.mode, &escalation::token::is_recipient);
        let mut settings = Settings {
            hash: String::new(),
            file: source.file().map(Path::to_path_buf),
            company,
            zone,
            database: db::settings::read(&mut root.section("database")),
            report: report::settings::read(&mut root.section("report"), &mail.channels),
            escalation: escalation::settings::read(&mut root.section("escalation"), &names, &mail.channels),
            mail,
            import: import::settings::read(&mut root.section("import"), &REGISTERS),
            job: job::settings::read(&mut root.section("job")),
            calendars,
        };
        let found = reader.finish();
        settings.hash = hash::of(&found.entries, &settings.import.files);
        Inspection {
            settings,
            problems: found.problems,
            warnings: found.warnings,
            closed: found.closed,
            entries: found.entries,
            known: found.known,
        }
    }

    /// The calendar of this name, else `default`: an item may name a calendar that was taken out of the configuration.
    pub fn calendar(&self, name: &str) -> Option<&Calendar> {
        self.calendars.get(name).or_else(|| self.calendars.get(DEFAULT_CALENDAR))
    }

    /// What dates on the command line are relative to: this company's zone and working days.
    pub fn moment(&self, now: DateTime<Utc>) -> Moment<'_> {
        Moment { calendar: self.calendars.get(DEFAULT_CALENDAR), ..Moment::new(now, self.zone) }
    }
}

fn read_company(section: &mut Section<'_>) -> (CompanySettings, Tz) {
    let company = CompanySettings {
        name: section.text("name", ""),
        link_base: section.optional_parsed("link_base", None, parse_link_base),
    };
    (company, section.parsed("zone", DEFAULT_ZONE, parse_zone))
}

fn parse_zone(name: &str) -> Result<Tz, Complaint> {
    name.parse().map_err(|_| Complaint {
        message: format!("there is no time zone \"{name}\""),
        suggestion: nearest(name, chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name()))
            .map(|near| format!("did you mean \"{near}\"?")),
    })
}

fn parse_link_base(text: &str) -> Result<String, Complaint> {
    let address = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let odd = |letter: char| letter.is_whitespace() || letter.is_control() || matches!(letter, '<' | '>' | '"');
    match address {
        Some(rest) if !rest.is_empty() && !rest.contains(odd) => Ok(text.trim_end_matches('/').to_owned()),
        _ => Err(format!("\"{text}\" is no address such as https://erp.firma.de").into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_file_everything_has_a_default() {
        let (settings, warnings) = Settings::load(&Source::defaults(), &[]).unwrap();
        assert_eq!(settings.zone, chrono_tz::Europe::Berlin);
        assert!(settings.calendars.contains_key("default"));
        assert!(settings.database.url.is_none());
        assert!(settings.escalation.types.iter().all(|rules| !rules.active));
        assert_eq!(warnings.iter().map(ToString::to_string).collect::<Vec<_>>(), Vec::<String>::new());
    }

    #[test]
    fn all_mistakes_are_one_error() {
        let text = "[company]\nzone = \"Europe/Berln\"\n[database]\nurl = \"postgres://db:70000/wvl\"\n";
        let error = Settings::load(&Source::from_text("wvl.toml", text), &[]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "wvl.toml:2:8: company.zone: there is no time zone \"Europe/Berln\"; did you mean \"Europe/Berlin\"?\n\
             wvl.toml:4:7: database.url: port 70000 is not between 1 and 65535"
        );
        assert_eq!(error.kind().exit_code(), 78);
    }

    #[test]
    fn a_flag_counts_more_than_the_file() {
        let set = Override { key: "mail.eml_dir", value: "/tmp/eml".into(), flag: "--eml-dir" };
        let found = Settings::inspect(&Source::from_text("wvl.toml", "[mail]\neml_dir = \"other\"\n"), &[set]);
        assert_eq!(found.settings.mail.eml_dir.as_deref(), Some(Path::new("/tmp/eml")));
        let entry = found.entries.iter().find(|entry| entry.key == "mail.eml_dir").unwrap();
        assert_eq!(entry.origin, config::Origin::Flag("--eml-dir".into()));
    }
}
