//! What a report says of itself: the TOML in the comment with which its file begins. psql takes the whole file as it is.

use std::fmt;
use std::time::Duration;

use super::parameter::{self, Parameter};
use crate::config::{Complaint, Reader, Source, all_as_error};
use crate::error::{Error, Result};
use crate::escalation::token::Recipients;
use crate::outbox::channels::Channels;
use crate::report::settings::read_recipients_of_house;

/// How the head begins.
const BEGINNING: &str = "/* wvl";
const EXAMPLE: &str = "/* wvl\ntitle = \"Umsatz je Kunde\"\ncounts_by = \"Belegdatum\"\n*/\nSELECT …";
/// Names that mail editions of ours have.
const RESERVED: [&str; 6] =
    ["gf-daily", "gf-weekly", "gf-monthly", "department-daily", "department-weekly", "personal-daily"];

/// The head of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Its name on the command line, which is that of its file.
    pub name: String,
    /// What stands above it.
    pub title: String,
    /// What it is for, in one sentence.
    pub description: String,
    /// The date by which it counts, in words; stands below the title.
    pub counts_by: String,
    /// What can be asked of it, in the order of the file.
    pub parameters: Vec<Parameter>,
    /// The columns that hold money: written with their cents, as text in JSON.
    pub money: Vec<String>,
    /// Who gets it with `--send`.
    pub to: Recipients,
    /// How it is sent.
    pub formats: Vec<SentAs>,
    /// The template of its mail, a folder below `report/` of the house's templates; none: the usual one.
    pub template: Option<String>,
    /// Whether a mail leaves if there are no rows.
    pub send_if_empty: bool,
    /// Whether it tells figures of single persons.
    pub per_person: bool,
    /// Whether it may stand for one of the same name that comes with the program.
    pub overrides: bool,
    /// How long the database may work on it; none: as long as `report.timeout_seconds` says.
    pub timeout: Option<Duration>,
}

/// How a report is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SentAs {
    /// Rows in the mail itself.
    Mail,
    /// An attached workbook.
    Xlsx,
    /// An attached file for programs.
    Csv,
    /// An attached file for a German spreadsheet.
    CsvDe,
}

impl SentAs {
    const ALL: [(&'static str, SentAs); 4] =
        [("mail", SentAs::Mail), ("xlsx", SentAs::Xlsx), ("csv", SentAs::Csv), ("csv-de", SentAs::CsvDe)];

    /// How its file ends, and what it is.
    pub fn file(self) -> (&'static str, &'static str) {
        match self {
            SentAs::Mail | SentAs::Csv | SentAs::CsvDe => ("csv", "text/csv; charset=utf-8"),
            SentAs::Xlsx => ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        }
    }

    fn read(word: &str) -> Result<SentAs, Complaint> {
        let found = SentAs::ALL.iter().find(|(known, _)| *known == word).map(|(_, format)| *format);
        found.ok_or_else(|| {
            let known: Vec<&str> = SentAs::ALL.iter().map(|(known, _)| *known).collect();
            Complaint {
                message: format!("\"{word}\" is no way to send a report"),
                suggestion: Some(format!("ways are {}", known.join(", "))),
            }
        })
    }
}

impl fmt::Display for SentAs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = SentAs::ALL.iter().find(|(_, format)| format == self).map_or("mail", |(word, _)| *word);
        f.write_str(word)
    }
}

impl Head {
    /// Reads the head of this text; also answers with the byte behind it.
    pub fn read(name: &str, file: &str, text: &str, channels: &Channels) -> Result<(Head, usize)> {
        check_name(name).map_err(|message| Error::config(format!("{file}: {message}")))?;
        let (toml, end) = cut(text).map_err(|message| Error::config(format!("{file}: {message}")).hint(EXAMPLE))?;
        let reader = Reader::new(&Source::from_text(file, &toml));
        let mut root = reader.root();
        if let Some(own) = root.optional_text("name").filter(|own| own != name) {
            root.wrong("name", format!("the file is called {name}.sql, not {own}.sql"));
        }
        let mut needed = |key: &str, example: &str| {
            let text = root.optional_text(key).unwrap_or_default();
            if text.trim().is_empty() {
                root.wrong(key, Complaint { message: "is missing".to_owned(), suggestion: Some(example.to_owned()) });
            }
            text.trim().to_owned()
        };
        let title = needed("title", "title = \"Umsatz je Kunde\" stands above the rows");
        let counts_by = needed("counts_by", "counts_by = \"Belegdatum\" tells the reader which date counts");
        let seconds = root.optional_integer("timeout_seconds", None, 1..=3_600);
        let head = Head {
            name: name.to_owned(),
            title,
            description: root.text("description", ""),
            counts_by,
            money: root.parsed_list("money", Vec::new(), |column| Ok::<_, Complaint>(column.to_owned())),
            to: read_recipients_of_house(&mut root, channels),
            formats: root.parsed_list("formats", vec![SentAs::Mail], SentAs::read),
            template: root.optional_parsed("template", None, |text| {
                check_name(text).map(|()| text.to_owned()).map_err(Complaint::from)
            }),
            send_if_empty: root.boolean("send_if_empty", true),
            per_person: root.boolean("per_person", false),
            overrides: root.boolean("override", false),
            timeout: seconds.map(|seconds| Duration::from_secs(seconds.unsigned_abs())),
            parameters: parameter::read_all(&mut root.section("parameter")),
        };
        if !head.to.is_empty() && head.formats.is_empty() {
            root.wrong("formats", "whoever gets it gets nothing");
        }
        let found = reader.finish();
        match all_as_error(&found.problems) {
            Some(error) => Err(error),
            None => Ok((head, end)),
        }
    }
}

/// Names are typed, and stand in files and in the diary: `[a-z0-9-]`.
fn check_name(name: &str) -> Result<(), String> {
    const LONGEST: usize = 60;
    let is_sound = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
    if name.is_empty() || name.len() > LONGEST || !name.chars().all(is_sound) || name.starts_with('-') {
        return Err(format!(
            "\"{name}\" is no name of a report; it has small letters a to z, digits and hyphens, as in umsatz-je-kunde"
        ));
    }
    if RESERVED.contains(&name) {
        return Err(format!("{name} is the name of an evening mail"));
    }
    Ok(())
}

/// The TOML of the head at the place where it stands, so that mistakes have the lines of the file; and the byte behind it.
fn cut(text: &str) -> Result<(String, usize), String> {
    let before = text.len() - text.trim_start().len();
    let rest = text[before..].strip_prefix(BEGINNING).filter(|rest| rest.starts_with(char::is_whitespace));
    let Some(rest) = rest else {
        return Err(format!("a report begins with its head, a comment {BEGINNING} … */"));
    };
    let Some(length) = rest.find("*/") else { return Err("the head has no end: */ is missing".to_owned()) };
    let head = &rest[..length];
    if head.contains("/*") {
        // comments nest: Postgres would look for its end elsewhere
        return Err("the head holds another /*".to_owned());
    }
    let lines: String = text[..before].chars().filter(|letter| *letter == '\n').collect();
    let toml = format!("{lines}{}{head}", " ".repeat(BEGINNING.len())).replace("\r\n", "\n");
    Ok((toml, before + BEGINNING.len() + length + "*/".len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<(Head, usize)> {
        Head::read("umsatz", "umsatz.sql", text, &Channels::default())
    }

    #[test]
    fn a_head_is_toml_in_the_first_comment() {
        let text = "\n/* wvl\r\ntitle = \"Umsatz\"\r\ncounts_by = \"Belegdatum\"\nformats = [\"mail\", \"xlsx\"]\n\
                    to = \"company-head\"\n[parameter.from]\ntype = \"day\"\ndefault = \"monatsanfang\"\n*/ SELECT 1";
        let (head, end) = read(text).unwrap();
        assert_eq!(&text[end..], " SELECT 1");
        assert_eq!((head.title.as_str(), head.counts_by.as_str()), ("Umsatz", "Belegdatum"));
        assert_eq!(head.formats, [SentAs::Mail, SentAs::Xlsx]);
        assert_eq!(head.parameters[0].name, "from");
        assert!(head.send_if_empty && !head.per_person && head.timeout.is_none());
    }

    #[test]
    fn mistakes_have_their_line() {
        for (text, told) in [
            ("SELECT 1", "a report begins with its head"),
            ("/* wvl2\n*/", "a report begins with its head"),
            ("/* wvl\ntitle = \"x\"", "*/ is missing"),
            ("/* wvl\ntitle = \"/*\" */", "another /*"),
            ("/* wvl\ncounts_by = \"x\" */", "umsatz.sql: title: is missing"),
            (
                "/* wvl\ntitle = \"x\"\ncounts_by = \"x\"\ntitel = 1 */",
                "umsatz.sql:4:1: titel: there is no such key; did you mean \"title\"?",
            ),
            ("/* wvl\ntitle = x */", "umsatz.sql:2:9"),
            ("/* wvl\nname = \"y\"\ntitle = \"x\"\ncounts_by = \"x\" */", "the file is called umsatz.sql, not y.sql"),
            (
                "/* wvl\ntitle = \"x\"\ncounts_by = \"x\"\nformats = [\"pdf\"] */",
                "umsatz.sql:4:12: formats: \"pdf\" is no way",
            ),
            ("/* wvl\ntitle = \"x\"\ncounts_by = \"x\"\nto = \"adm\" */", "\"adm\" gets no report"),
            ("/* wvl\ntitle = \"x\"\ncounts_by = \"x\"\ntemplate = \"../x\" */", "is no name of a report"),
        ] {
            let error = read(text).expect_err(text);
            assert!(error.to_string().contains(told), "{text}: {error}");
        }
        for name in ["gf-daily", "Umsatz", "a b", "", "-x", "../x"] {
            assert!(Head::read(name, "x.sql", "/* wvl\n*/", &Channels::default()).is_err(), "{name}");
        }
    }
}
