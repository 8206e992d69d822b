//! The engine as the histories use it: real runs with the configuration of a scenario, good templates and bad ones.

use chrono::{DateTime, Utc};
use diesel::PgConnection;
use wvl::config::Source;
use wvl::escalation::{self, Options};
use wvl::outbox::message_id::SigningKeys;
use wvl::settings::Settings;
use wvl::template::Templates;

use crate::escalation::model::minutes::{Minute, to_utc};
use crate::escalation::model::run::Mode;

/// What stands before every subject: it cannot be rendered for an item called "kaputt", however it is listed.
const BREAKS: &str =
    "{% if item.title is containing(pat=\"kaputt\") %}{{ item.title | money(currency=\"EUR\") }}{% endif %}";

fn breaks_bundle() -> String {
    let each = |list: &str| format!("{{% for item in group.{list} %}}{BREAKS}{{% endfor %}}");
    let groups = format!("{{% for group in section.groups %}}{}{}{{% endfor %}}", each("full"), each("lines"));
    format!("{{% for section in sections %}}{groups}{{% endfor %}}")
}

/// What every run needs.
pub struct Desk {
    good: Templates,
    bad: Templates,
    keys: SigningKeys,
}

impl Desk {
    pub fn new() -> Desk {
        let folder = tempfile::tempdir().unwrap();
        let sources = concat!(env!("CARGO_MANIFEST_DIR"), "/templates");
        for (mail, breaks) in [("escalation-single", BREAKS.to_owned()), ("escalation-bundle", breaks_bundle())] {
            let name = format!("mail/{mail}/subject.txt");
            let path = folder.path().join(&name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            let source = std::fs::read_to_string(format!("{sources}/{name}")).unwrap();
            std::fs::write(path, format!("{breaks}{source}")).unwrap();
        }
        let bad = Templates::load(Some(folder.path())).unwrap();
        assert_eq!(bad.overridden().len(), 2, "{:?}", bad.overridden());
        Desk { good: Templates::embedded().unwrap(), bad, keys: SigningKeys::new(&["a key of these tests"]).unwrap() }
    }

    /// A run.
    pub fn run(&self, connection: &mut PgConnection, settings: &Settings, now: Minute, is_bad: bool) {
        let templates = if is_bad { &self.bad } else { &self.good };
        let now: DateTime<Utc> = to_utc(now);
        let report = escalation::run(connection, settings, templates, &self.keys, now, Options::default());
        let report = report.unwrap_or_else(|error| panic!("{}", error.full_message()));
        report.expect("nobody else runs here");
    }

    /// `escalate baseline`.
    pub fn baseline(&self, connection: &mut PgConnection, settings: &Settings, now: Minute) {
        let recorded = escalation::baseline::record(connection, settings, to_utc(now), None, false);
        let recorded = recorded.unwrap_or_else(|error| panic!("{}", error.full_message()));
        recorded.expect("nobody else runs here");
    }
}

/// These sections in this mode.
pub fn settings(sections: &str, mode: Mode) -> Settings {
    let mode = match mode {
        Mode::Off => "mode = \"off\"",
        Mode::Redirect => "mode = \"redirect\"\nredirect_to = \"probe@firma.example\"",
        Mode::Live => "mode = \"live\"",
    };
    let text = format!(
        "[company]\nname = \"Firma\"\nzone = \"Europe/Berlin\"\n\
         [mail]\n{mode}\nfrom = \"wvl@firma.example\"\ntransport = \"maildir\"\n{sections}"
    );
    match Settings::load(&Source::from_text("wvl.toml", &text), &[]) {
        Ok((settings, _)) => settings,
        Err(error) => panic!("{} {:?}\n{text}", error.full_message(), error.hints()),
    }
}
