//! `[import]`: the folder of the nightly files, which file is which, and the profiles of the programs that write them.

use std::path::PathBuf;

use super::cells::Cells;
use super::decimals::{Decimals, Mark};
use super::dialect::DELIMITERS;
use super::profile::{DATES, Profile, USUAL_VANISH};
use super::register::{Closing, Column, Register};
use super::text::Charset;
use crate::config::{Complaint, Section, nearest};

/// What the configuration says of imports.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportSettings {
    /// The folder that `wvl import run` looks into if nobody names one.
    pub folder: Option<PathBuf>,
    /// Patterns of file names (`*` and `?`) and the profile or register they belong to, in the order of the file.
    pub files: Vec<(String, String)>,
    /// The profiles.
    pub profiles: Vec<Profile>,
}

/// Reads the section. `registers` are all that have a file, by their nouns.
pub fn read(section: &mut Section<'_>, registers: &[(&str, &'static Register)]) -> ImportSettings {
    let folder = section.path("folder");
    let mut of_profiles = section.section("profile");
    let names = of_profiles.keys();
    let profiles: Vec<Profile> =
        names.into_iter().filter_map(|name| read_profile(&mut of_profiles.section(&name), name, registers)).collect();
    let mut of_files = section.section("files");
    let known: Vec<&str> =
        profiles.iter().map(|profile| profile.name.as_str()).chain(registers.iter().map(|(noun, _)| *noun)).collect();
    let files = of_files.keys().into_iter().filter_map(|pattern| {
        let meant = of_files.optional_parsed(&pattern, None, |text| match known.contains(&text) {
            true => Ok(text.to_owned()),
            false => Err(unknown(text, "profile or register", known.iter().copied())),
        })?;
        Some((pattern, meant))
    });
    ImportSettings { folder, files: files.collect(), profiles }
}

fn read_profile(section: &mut Section<'_>, name: String, registers: &[(&str, &'static Register)]) -> Option<Profile> {
    let nouns = || registers.iter().map(|(noun, _)| *noun);
    let noun = section.optional_parsed("register", None, |text| match nouns().any(|noun| noun == text) {
        true => Ok(text.to_owned()),
        false => Err(unknown(text, "register", nouns())),
    });
    if !section.has("register") {
        section.wrong("register", "a profile says which register its files belong to: register = \"document\"");
    }
    let register = registers.iter().find(|(known, _)| Some(*known) == noun.as_deref()).map(|(_, register)| *register);
    let delimiters: Vec<(String, Option<u8>)> =
        DELIMITERS.iter().map(|byte| (char::from(*byte).to_string(), Some(*byte))).collect();
    let delimiters: Vec<(&str, Option<u8>)> =
        delimiters.iter().map(|(text, byte)| (text.as_str(), *byte)).chain([("", None)]).collect();
    let dates: Vec<_> = DATES.iter().map(|(name, dates)| (*name, Some(*dates))).chain([("", None)]).collect();
    let mut profile = Profile {
        name,
        register: noun.unwrap_or_default(),
        delimiter: section.choice("delimiter", None, &delimiters),
        encoding: section.choice(
            "encoding",
            None,
            &[
                ("utf-8", Some(Charset::Utf8)),
                ("cp1252", Some(Charset::Cp1252)),
                ("utf-16", Some(Charset::Utf16)),
                ("", None),
            ],
        ),
        decimal: section.choice("decimal", None, &[(",", Some(Mark::Comma)), (".", Some(Mark::Dot)), ("", None)]),
        dates: section.choice("dates", None, &dates),
        ignore_others: section.boolean("ignore_others", false),
        complete: section.boolean("complete", false),
        max_vanish: u8::try_from(section.integer("max_vanish", i64::from(USUAL_VANISH), 0..=100)).unwrap_or_default(),
        partial: section.boolean("partial", false),
        ..Profile::default()
    };
    profile.columns = read_columns(&mut section.section("columns"), register);
    profile.fixed = read_fixed(&mut section.section("fixed"), register, &profile);
    profile.values = read_values(&mut section.section("values"), register, &profile);
    if let Some(register) = register
        && profile.complete
        && let Closing::Refused(reason) = register.closing
    {
        section.wrong("complete", format!("a {} cannot be closed by a file: {reason}", register.noun));
    }
    Some(profile)
}

/// `"Kd-Nr" = "number"`; an empty column leaves the heading out.
fn read_columns(section: &mut Section<'_>, register: Option<&'static Register>) -> Vec<(String, String)> {
    let headings = section.keys();
    let mut columns: Vec<(String, String)> = Vec::new();
    for heading in headings {
        let key = section.parsed(&heading, String::new(), |text| match column_named(register, text) {
            _ if text.is_empty() => Ok(String::new()),
            Ok(column) => Ok(column.map_or_else(|| text.to_owned(), |column| column.key.to_owned())),
            Err(complaint) => Err(complaint),
        });
        if !key.is_empty() && columns.iter().any(|(_, other)| *other == key) {
            section.wrong(&heading, format!("two headings are the column {key:?}"));
        }
        columns.push((heading, key));
    }
    columns
}

/// `kind = "offer"`: the value of all rows.
fn read_fixed(
    section: &mut Section<'_>,
    register: Option<&'static Register>,
    profile: &Profile,
) -> Vec<(String, String)> {
    let mut fixed = Vec::new();
    for key in section.keys() {
        let column = match column_named(register, &key) {
            Ok(column) => column,
            Err(complaint) => {
                section.wrong(&key, complaint);
                continue;
            }
        };
        let value = section.optional_parsed(&key, None, |text| readable(column, text, profile));
        if profile.columns.iter().any(|(_, mapped)| Some(mapped.as_str()) == column.map(|column| column.key)) {
            section.wrong(&key, "a heading of the file is this column already");
        }
        fixed.extend(value.map(|value| (column.map_or(key, |column| column.key.to_owned()), value)));
    }
    fixed
}

/// `status = { "in Bearbeitung" = "open" }`: words of the file and ours.
fn read_values(
    section: &mut Section<'_>,
    register: Option<&'static Register>,
    profile: &Profile,
) -> Vec<(String, Vec<(String, String)>)> {
    let mut values = Vec::new();
    for key in section.keys() {
        let column = match column_named(register, &key) {
            Ok(column) => column,
            Err(complaint) => {
                section.wrong(&key, complaint);
                continue;
            }
        };
        let mut words = section.section(&key);
        let read = words.keys().into_iter().map(|word| {
            let ours = words.parsed(&word, String::new(), |text| readable(column, text, profile));
            (word, ours)
        });
        let read = read.collect();
        values.push((column.map_or(key, |column| column.key.to_owned()), read));
    }
    values
}

/// The column of this name; without a register nobody knows, and the missing register has been told.
fn column_named(register: Option<&'static Register>, name: &str) -> Result<Option<&'static Column>, Complaint> {
    let Some(register) = register else { return Ok(None) };
    match register.column(name) {
        Some(column) => Ok(Some(column)),
        None => Err(unknown(name, &format!("column of a {}", register.noun), register.columns.iter().map(|c| c.key))),
    }
}

/// The value, if a cell of this column could hold it.
fn readable(column: Option<&Column>, text: &str, profile: &Profile) -> Result<String, Complaint> {
    if let Some(column) = column {
        let decimals = profile.decimal.map_or_else(Decimals::unknown, Decimals::said);
        let mut cells = Cells::new(chrono_tz::UTC, decimals);
        cells.dates = profile.dates;
        cells.write(column.cell, text, &mut Vec::new())?;
    }
    Ok(text.to_owned())
}

fn unknown<'n>(name: &str, what: &str, known: impl Iterator<Item = &'n str>) -> Complaint {
    Complaint {
        message: format!("there is no {what} {name:?}"),
        suggestion: nearest(name, known).map(|near| format!("did you mean {near:?}?")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::register::{Cell, NO_LONGER_ACTIVE, column};
    use super::*;
    use crate::config::{Reader, Source};
    use crate::register::Words;

    static STATUS: Words = Words(&[("open", &["offen"]), ("closed", &["erledigt"])]);
    static TICKETS: Register = Register {
        noun: "ticket",
        table: "wvl.tickets",
        key: &["number"],
        columns: &[
            column("number", &["Nr"], Cell::Text, "").key(),
            column("status", &["Status"], Cell::OneOf(&STATUS), ""),
            column("due", &["Fällig"], Cell::Promise, ""),
        ],
        closing: NO_LONGER_ACTIVE,
        ..Register::PLAIN
    };

    fn read_text(text: &str) -> (ImportSettings, Vec<String>) {
        let reader = Reader::new(&Source::from_text("wvl.toml", text));
        let settings = read(&mut reader.root().section("import"), &[("ticket", &TICKETS)]);
        (settings, reader.finish().problems.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn a_profile_and_its_files() {
        let (settings, problems) = read_text(
            "[import]\nfolder = \"in\"\n[import.files]\n\"tickets-*.csv\" = \"otrs\"\n[import.profile.otrs]\n\
             register = \"ticket\"\ndelimiter = \";\"\nencoding = \"cp1252\"\ndates = \"DD.MM.YY\"\ncomplete = true\n\
             [import.profile.otrs.columns]\n\"T-Nr.\" = \"number\"\n\"Queue\" = \"\"\n\
             [import.profile.otrs.fixed]\nstatus = \"offen\"\n[import.profile.otrs.values.due]\n\"nie\" = \"\"\n",
        );
        assert_eq!(problems, [""; 0]);
        assert_eq!(settings.files, [("tickets-*.csv".to_owned(), "otrs".to_owned())]);
        let profile = &settings.profiles[0];
        assert_eq!(profile.columns[0], ("T-Nr.".to_owned(), "number".to_owned()));
        assert_eq!((profile.delimiter, profile.max_vanish, profile.complete), (Some(b';'), 10, true));
        assert_eq!(profile.values, [("due".to_owned(), vec![("nie".to_owned(), String::new())])]);
    }

    #[test]
    fn every_mistake_has_its_place_and_a_suggestion() {
        let (_, problems) = read_text(
            "[import.files]\n\"*.csv\" = \"otsr\"\n[import.profile.otrs]\nregister = \"ticket\"\ndates = \"DD.MM\"\n\
             colums = 1\n[import.profile.otrs.columns]\n\"T-Nr.\" = \"numbr\"\n[import.profile.otrs.fixed]\n\
             status = \"zu\"\n[import.profile.otrs.values.du]\n\"nie\" = \"\"\n[import.profile.rest]\nregister = \"tickt\"\n",
        );
        let said = problems.join("\n");
        for part in [
            "wvl.toml:2:11: import.files.*.csv: there is no profile or register \"otsr\"; did you mean \"otrs\"?",
            "import.profile.otrs.dates: \"DD.MM\" is not one of",
            "import.profile.otrs.colums: there is no such key; did you mean \"columns\"?",
            "there is no column of a ticket \"numbr\"; did you mean \"number\"?",
            "import.profile.otrs.fixed.status: \"zu\" is none of offen, erledigt",
            "there is no column of a ticket \"du\"; did you mean \"due\"?",
            "import.profile.rest.register: there is no register \"tickt\"; did you mean \"ticket\"?",
        ] {
            assert!(said.contains(part), "{part}\nin\n{said}");
        }
        assert_eq!(problems.len(), 7, "{said}");
    }
}
