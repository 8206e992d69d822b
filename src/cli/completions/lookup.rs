//! What configuration and database know, as far as they answer at once: whoever waits has pressed a key.
//!
//! Nothing here fails. A private cluster that does not run is not started, no program is run for a password, and a database
//! that takes longer than a fraction of a second has not answered.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::sync::mpsc;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;
use wvl::config::{SecretSource, Source, home_of_user};
use wvl::db;
use wvl::db::cluster::Status;
use wvl::db::settings::{DatabaseSettings, Places};
use wvl::error::Result;
use wvl::outbox::MAIL;
use wvl::register::Register;
use wvl::settings::Settings;

use crate::cli::Environment;

/// How long somebody waits who has pressed a key.
const PATIENCE: Duration = Duration::from_millis(400);

/// The server gives up earlier, so that nothing is left behind.
const STATEMENT: &str = "SET LOCAL statement_timeout = '300ms'; SET LOCAL lock_timeout = '50ms'";

/// More are not read by anybody.
const MOST: i64 = 60;

/// Where to look.
pub struct Lookup {
    config: Option<PathBuf>,
    environment: Environment,
}

impl Lookup {
    /// With the configuration that these words name.
    pub fn new(words: &[OsString], environment: &Environment) -> Lookup {
        Lookup { config: named_configuration(words), environment: environment.clone() }
    }

    fn settings(&self) -> Option<Settings> {
        let variable = self.environment.config.as_deref();
        let source = Source::find(self.config.as_deref(), variable, home_of_user().as_deref()).ok()?;
        // with mistakes in it too: what could be read counts
        Some(Settings::inspect(&source, &[]).settings)
    }

    /// The escalation types with their labels.
    pub fn types(&self) -> Vec<(String, String)> {
        let types = self.settings().map(|settings| settings.escalation.types).unwrap_or_default();
        types.into_iter().map(|rules| (rules.key, rules.label)).collect()
    }

    /// The mail, and the channels' names.
    pub fn channels(&self) -> Vec<String> {
        let mut names = vec![MAIL.to_owned()];
        if let Some(settings) = self.settings() {
            names.extend(settings.mail.channels.names().map(str::to_owned));
        }
        names
    }

    /// The calendars' names.
    pub fn calendars(&self) -> Vec<String> {
        self.settings().map(|settings| settings.calendars.into_keys().collect()).unwrap_or_default()
    }

    /// The names of the import profiles.
    pub fn profiles(&self) -> Vec<String> {
        let profiles = self.settings().map(|settings| settings.import.profiles).unwrap_or_default();
        profiles.into_iter().map(|profile| profile.name).collect()
    }

    /// The reports with their titles.
    pub fn reports(&self) -> Vec<(String, String)> {
        let settings = self.settings();
        let folder = settings.as_ref().and_then(|settings| settings.report.folder.as_deref());
        let channels = settings.as_ref().map(|settings| settings.mail.channels.clone()).unwrap_or_default();
        let found = wvl::report::own::folder::all(folder, &channels).found.into_iter();
        found.filter_map(|found| Some((found.name, found.read.ok()?.head.title))).collect()
    }

    /// The keys of the configuration, and its sections.
    pub fn keys(&self) -> Vec<String> {
        let variable = self.environment.config.as_deref();
        let Ok(source) = Source::find(self.config.as_deref(), variable, home_of_user().as_deref()) else {
            return Vec::new();
        };
        let mut keys = Vec::new();
        for entry in Settings::inspect(&source, &[]).entries {
            if let Some((section, _)) = entry.key.rsplit_once('.') {
                keys.push(section.to_owned());
            }
            keys.push(entry.key);
        }
        keys.sort();
        keys.dedup();
        keys
    }

    /// Numbers of a register that begin so, each with what it is called.
    pub fn numbers(&self, describe: fn() -> Register, beginning: &str, open: bool) -> Vec<(String, String)> {
        let beginning = beginning.to_owned();
        self.ask(move |connection| {
            let found = describe().numbers(connection, &beginning, open, MOST)?;
            Ok(found.into_iter().map(|numbered| (numbered.number, numbered.name)).collect())
        })
    }

    /// `TYPE:REFERENCE` of what is overdue and begins so, each with its title.
    pub fn items(&self, beginning: &str) -> Vec<(String, String)> {
        #[derive(QueryableByName)]
        struct Item {
            #[diesel(sql_type = Text)]
            item: String,
            #[diesel(sql_type = Text)]
            title: String,
        }
        let beginning = beginning.to_owned();
        self.ask(move |connection| {
            // whoever begins with a number means its item, of whatever type
            let text = "SELECT item, coalesce(title, '') AS title \
                        FROM v_overdue, LATERAL (VALUES (type || ':' || reference, true), (reference, $1 <> '')) \
                            AS named (item, is_offered) \
                        WHERE is_offered AND starts_with(item, $1) LIMIT 60";
            let items: Vec<Item> = diesel::sql_query(text).bind::<Text, _>(beginning).load(connection)?;
            Ok(items.into_iter().map(|item| (item.item, item.title)).collect())
        })
    }

    /// The database's answer; empty where it is not there or takes too long.
    fn ask<T>(&self, question: impl FnOnce(&mut PgConnection) -> Result<Vec<T>> + Send + 'static) -> Vec<T>
    where
        T: Send + 'static,
    {
        let Some(settings) = self.settings().map(|settings| settings.database) else { return Vec::new() };
        let places = self.environment.places();
        let (sender, receiver) = mpsc::channel();
        // a server that does not answer keeps a thread waiting, which ends with the process
        std::thread::spawn(move || {
            if let Some(answer) = answered(settings, &places, question) {
                drop(sender.send(answer));
            }
        });
        receiver.recv_timeout(PATIENCE).unwrap_or_default()
    }
}

fn answered<T>(
    settings: DatabaseSettings,
    places: &Places,
    question: impl FnOnce(&mut PgConnection) -> Result<Vec<T>>,
) -> Option<Vec<T>> {
    if matches!(settings.password, Some(SecretSource::Command { .. })) {
        return None;
    }
    let settings = if settings.is_private() { running(settings, places)? } else { settings };
    let mut connection = db::connect(&settings, places).ok()?;
    let answer = db::read_only(&mut connection, |connection| {
        connection.batch_execute(STATEMENT)?;
        question(connection)
    });
    answer.ok()
}

/// The private cluster by its address: connecting to that starts nothing.
fn running(settings: DatabaseSettings, places: &Places) -> Option<DatabaseSettings> {
    let cluster = db::Cluster::new(&settings, places).ok()?;
    matches!(cluster.status().ok()?, Status::Running { .. } | Status::Foreign { answers: true })
        .then(|| DatabaseSettings { url: Some(cluster.url()), ..settings })
}

/// The value of `-c` or `--config`, however it is written.
fn named_configuration(words: &[OsString]) -> Option<PathBuf> {
    let mut is_next = false;
    let mut named = None;
    for word in words {
        let text = word.to_str().unwrap_or_default();
        if is_next {
            named = Some(PathBuf::from(word));
        } else if let Some(file) = text.strip_prefix("--config=") {
            named = Some(file.into());
        } else if let Some(file) = text.strip_prefix("-c").filter(|file| !file.is_empty() && !text.starts_with("--")) {
            named = Some(file.into());
        }
        is_next = word == OsStr::new("-c") || word == OsStr::new("--config");
    }
    named
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_configuration_is_the_one_that_is_named() {
        let named = |line: &str| named_configuration(&line.split(' ').map(OsString::from).collect::<Vec<_>>());
        for line in ["wvl -c a.toml today", "wvl today --config a.toml", "wvl --config=a.toml", "wvl -ca.toml today"] {
            assert_eq!(named(line), Some("a.toml".into()), "{line}");
        }
        assert_eq!(named("wvl today -O csv"), None);
    }
}
