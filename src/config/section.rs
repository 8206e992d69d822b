//! A section of the configuration, from which a slice takes its values, typed and checked.
//!
//! Every method takes a key, notes that the key exists, and answers with the value that counts. A value that is wrong
//! becomes a problem with its place, and the default is answered, so that the reading goes on.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use super::document::{Node, Origin, Table, Value};
use super::problem::{Complaint, Problem};
use super::reader::{Entry, Reader};
use super::secret::is_closed;
use super::suggest::nearest;
use crate::error::Error;

/// What a value of this kind is called, see [`Entry::kind`].
const TEXT: &str = "text";
const TEXTS: &str = "list of texts";

/// A reading position: one table of the file, which may be absent.
pub struct Section<'r> {
    reader: &'r Reader,
    path: Vec<String>,
    table: Option<&'r Table>,
    origin: Origin,
}

impl<'r> Section<'r> {
    pub(super) fn root(reader: &'r Reader) -> Section<'r> {
        let section = Section { reader, path: Vec::new(), table: Some(&reader.root), origin: Origin::Default };
        reader.log.borrow_mut().known.entry(Vec::new()).or_default();
        section
    }

    /// The section's dotted name.
    pub fn name(&self) -> String {
        self.path.join(".")
    }

    /// The configuration file, where there is one.
    pub fn file(&self) -> Option<&'r Path> {
        self.reader.file.as_deref()
    }

    /// Whether nobody but its owner may read the configuration file, so that a secret may stand in it.
    pub fn is_private(&self) -> bool {
        use std::os::unix::fs::MetadataExt;
        self.file().and_then(|file| std::fs::metadata(file).ok()).is_some_and(|found| found.mode() & 0o077 == 0)
    }

    /// Whether the file or a flag sets this key.
    pub fn has(&self, key: &str) -> bool {
        self.table.is_some_and(|table| table.get(key).is_some())
    }

    /// The keys that stand in the file, in its order: for sections whose members the user names.
    pub fn keys(&self) -> Vec<String> {
        self.table.map(|table| table.0.iter().map(|member| member.key.clone()).collect()).unwrap_or_default()
    }

    /// Whether the file has a section of this name.
    pub fn has_section(&self, key: &str) -> bool {
        let member = self.table.and_then(|table| table.get(key));
        member.is_some_and(|member| matches!(member.node.value, Value::Table(_)))
    }

    /// Whether the file sets this key in a section of this one.
    pub fn has_in(&self, section: &str, key: &str) -> bool {
        let member = self.table.and_then(|table| table.get(section));
        member.is_some_and(|member| match &member.node.value {
            Value::Table(table) => table.get(key).is_some(),
            _ => false,
        })
    }

    /// A section in this one; an absent one answers with defaults.
    pub fn section(&mut self, key: &str) -> Section<'r> {
        let node = self.find(key);
        let mut path = self.path.clone();
        path.push(key.to_owned());
        let table = match node.map(|node| &node.value) {
            Some(Value::Table(table)) => Some(table),
            Some(other) => {
                self.complain(key, None, format!("expected a section, found {}", other.kind()).into());
                None
            }
            None => None,
        };
        self.reader.log.borrow_mut().known.entry(path.clone()).or_default();
        let origin = self.origin_of(key);
        Section { reader: self.reader, path, table, origin }
    }

    /// A text.
    pub fn text(&mut self, key: &str, default: &str) -> String {
        self.parsed(key, default.to_owned(), |text| Ok::<_, Complaint>(text.to_owned()))
    }

    /// A text that may be absent; an empty one is absent too.
    pub fn optional_text(&mut self, key: &str) -> Option<String> {
        self.optional_parsed(key, None, |text| Ok::<_, Complaint>(text.to_owned()))
    }

    /// A text that may hold a secret: `mask` makes what may be shown of it.
    pub fn optional_masked(&mut self, key: &str, mask: impl Fn(&str) -> String) -> Option<String> {
        let node = self.find(key);
        let text = node.and_then(|node| self.expect_text(key, node)).filter(|text| !text.is_empty());
        self.record(key, text.as_deref().map(mask).unwrap_or_default(), TEXT, node);
        text
    }

    /// A text that `parse` turns into a value.
    pub fn parsed<T: Display, E: Into<Complaint>>(
        &mut self,
        key: &str,
        default: T,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> T {
        let node = self.find(key);
        let value = node.and_then(|node| self.parse_text(key, node, &parse)).unwrap_or(default);
        self.record(key, value.to_string(), TEXT, node);
        value
    }

    /// A text that `parse` turns into a value, or none; an empty text takes a default away.
    pub fn optional_parsed<T: Display, E: Into<Complaint>>(
        &mut self,
        key: &str,
        default: Option<T>,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Option<T> {
        let node = self.find(key);
        let value = match node {
            None => default,
            Some(Node { value: Value::Text(text), .. }) if text.is_empty() => None,
            Some(node) => self.parse_text(key, node, &parse).or(default),
        };
        self.record(key, value.as_ref().map(ToString::to_string).unwrap_or_default(), TEXT, node);
        value
    }

    /// A list of texts, each turned into a value by `parse`.
    pub fn parsed_list<T: Display, E: Into<Complaint>>(
        &mut self,
        key: &str,
        default: Vec<T>,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Vec<T> {
        let node = self.find(key);
        let value = match node.and_then(|node| self.expect_list(key, node)) {
            Some(items) => items.iter().filter_map(|item| self.parse_text(key, item, &parse)).collect(),
            None => default,
        };
        self.record(key, listed(&value), TEXTS, node);
        value
    }

    /// A text, or a list of texts that means the same as one text with `;` between them, turned into a value by `parse`; none
    /// where nothing is set or a text is empty.
    pub fn optional_joined<T: Display, E: Into<Complaint>>(
        &mut self,
        key: &str,
        default: Option<T>,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Option<T> {
        let Some(node @ Node { value: Value::Array(items), .. }) = self.find(key) else {
            return self.optional_parsed(key, default, parse);
        };
        // each alone first, so that a mistake has the place of its item
        let mut words = Vec::with_capacity(items.len());
        for item in items {
            words.push(self.expect_text(key, item)?);
            self.parse_text(key, item, &parse)?;
        }
        let value = match parse(&words.join(";")) {
            Ok(value) => Some(value),
            Err(complaint) => {
                self.complain(key, Some(node), complaint.into());
                default
            }
        };
        self.record(key, value.as_ref().map(ToString::to_string).unwrap_or_default(), TEXT, Some(node));
        value
    }

    /// Whatever stands there, of any depth, as JSON: what is passed on to somebody else and no key of ours.
    pub fn tree(&mut self, key: &str) -> Option<serde_json::Value> {
        let node = self.find(key);
        let tree = node.map(|node| as_json(&node.value));
        self.record(key, tree.as_ref().map(ToString::to_string).unwrap_or_default(), "table", node);
        tree
    }

    /// A list of texts of which only the first may be shown: a program and its arguments.
    pub fn command(&mut self, key: &str) -> Vec<String> {
        let node = self.find(key);
        let items = node.and_then(|node| self.expect_list(key, node)).unwrap_or_default();
        let argv: Vec<String> = items.iter().filter_map(|item| self.expect_text(key, item)).collect();
        let shown = match argv.as_slice() {
            [] => String::new(),
            [program] => program.clone(),
            [program, ..] => format!("{program} …"),
        };
        self.record(key, shown, TEXTS, node);
        argv
    }

    /// True or false.
    pub fn boolean(&mut self, key: &str, default: bool) -> bool {
        let node = self.find(key);
        let value = match node.map(|node| &node.value) {
            Some(Value::Boolean(answer)) => *answer,
            Some(other) => {
                self.complain(key, node, format!("expected true or false, found {}", other.kind()).into());
                default
            }
            None => default,
        };
        self.record(key, value.to_string(), "true or false", node);
        value
    }

    /// A whole number within a range.
    pub fn integer(&mut self, key: &str, default: i64, range: RangeInclusive<i64>) -> i64 {
        let node = self.find(key);
        let value = node.and_then(|node| self.expect_integer(key, node, &range)).unwrap_or(default);
        self.record(key, value.to_string(), &whole("whole number", &range), node);
        value
    }

    /// A whole number within a range, or none.
    pub fn optional_integer(&mut self, key: &str, default: Option<i64>, range: RangeInclusive<i64>) -> Option<i64> {
        let node = self.find(key);
        let value = node.and_then(|node| self.expect_integer(key, node, &range)).or(default);
        self.record(
            key,
            value.map(|value| value.to_string()).unwrap_or_default(),
            &whole("whole number", &range),
            node,
        );
        value
    }

    /// A list of whole numbers within a range.
    pub fn integers(&mut self, key: &str, default: &[i64], range: RangeInclusive<i64>) -> Vec<i64> {
        let node = self.find(key);
        let value = match node.and_then(|node| self.expect_list(key, node)) {
            Some(items) => items.iter().filter_map(|item| self.expect_integer(key, item, &range)).collect(),
            None => default.to_vec(),
        };
        self.record(key, listed(&value), &whole("list of whole numbers", &range), node);
        value
    }

    /// A number, whole or with decimals, handed to `parse` as it was written (so that it stays exact).
    pub fn optional_number<T: Display, E: Into<Complaint>>(
        &mut self,
        key: &str,
        default: Option<T>,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Option<T> {
        let node = self.find(key);
        let value = match node.map(|node| &node.value) {
            None => default,
            Some(Value::Integer(written) | Value::Float(written)) => match parse(written) {
                Ok(value) => Some(value),
                Err(complaint) => {
                    self.complain(key, node, complaint.into());
                    default
                }
            },
            Some(other) => {
                let message = format!("expected a number without quotes such as 16 or 0.25, found {}", other.kind());
                self.complain(key, node, message.into());
                default
            }
        };
        self.record(key, value.as_ref().map(ToString::to_string).unwrap_or_default(), "number", node);
        value
    }

    /// One of a few words.
    pub fn choice<T: Copy + PartialEq>(&mut self, key: &str, default: T, choices: &[(&str, T)]) -> T {
        let node = self.find(key);
        let value = node
            .and_then(|node| {
                self.parse_text(key, node, &|text: &str| {
                    let found = choices.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
                    found.ok_or_else(|| wrong_word(text, choices.iter().map(|(word, _)| *word)))
                })
            })
            .unwrap_or(default);
        let word = choices.iter().find(|(_, choice)| *choice == value).map(|(word, _)| (*word).to_owned());
        let words = choices.iter().map(|(word, _)| *word).filter(|word| !word.is_empty());
        let words: Vec<String> = words.map(|word| format!("\"{}\"", word.escape_default())).collect();
        self.record(key, word.unwrap_or_default(), &words.join(" | "), node);
        value
    }

    /// A file or folder; a relative one is meant from the folder of the configuration file.
    pub fn path(&mut self, key: &str) -> Option<PathBuf> {
        let node = self.find(key);
        let path = node.and_then(|node| self.expect_text(key, node)).filter(|text| !text.is_empty()).map(|text| {
            if matches!(self.origin_of(key), Origin::Flag(_)) { text.into() } else { self.reader.folder.join(text) }
        });
        let shown = path.as_ref().map(|path: &PathBuf| path.display().to_string()).unwrap_or_default();
        self.record(key, shown, "file or folder", node);
        path
    }

    /// A mistake that only shows when keys are read together; it stands at `key`, else at the section.
    pub fn wrong(&mut self, key: &str, complaint: impl Into<Complaint>) {
        let problem = self.problem(key, None, complaint.into());
        let mut log = self.reader.log.borrow_mut();
        log.conflicts.push(problem);
        // whoever complains about a key knows it: it needs no second complaint as an unknown one
        log.ask(&self.path, key);
    }

    /// What keeps a secret from being used. If only this user may not read it, others may still run what needs none.
    pub fn wrong_secret(&mut self, key: &str, error: Error) {
        if !is_closed(&error) {
            return self.wrong(key, error);
        }
        let problem = self.problem(key, None, error.into());
        self.reader.log.borrow_mut().closed.push(problem);
    }

    /// A mistake in one item of a list, counted from 0.
    pub fn wrong_item(&mut self, key: &str, index: usize, complaint: impl Into<Complaint>) {
        let item = match self.table.and_then(|table| table.get(key)).map(|member| &member.node.value) {
            Some(Value::Array(items)) => items.get(index),
            _ => None,
        };
        self.complain(key, item, complaint.into());
    }

    /// Whether nothing has been wrong with this key so far: a second complaint about it would only be an echo.
    pub fn is_valid(&self, key: &str) -> bool {
        let mut path = self.path.clone();
        path.push(key.to_owned());
        let name = path.join(".");
        let log = self.reader.log.borrow();
        !log.problems.iter().chain(&log.conflicts).any(|problem| problem.key == name)
    }

    /// Something that is allowed and probably not meant.
    pub fn warn(&mut self, key: &str, complaint: impl Into<Complaint>) {
        let problem = self.problem(key, None, complaint.into());
        self.reader.log.borrow_mut().warnings.push(problem);
    }

    fn find(&mut self, key: &str) -> Option<&'r Node> {
        self.reader.log.borrow_mut().ask(&self.path, key);
        self.table.and_then(|table| table.get(key)).map(|member| &member.node)
    }

    fn origin_of(&self, key: &str) -> Origin {
        match self.table.and_then(|table| table.get(key)) {
            Some(member) => member.origin.clone(),
            None => self.origin.clone(),
        }
    }

    fn problem(&self, key: &str, node: Option<&Node>, complaint: Complaint) -> Problem {
        let mut path = self.path.clone();
        path.extend((!key.is_empty()).then(|| key.to_owned()));
        Problem {
            file: String::new(),
            origin: node.map_or_else(
                || self.table.and_then(|table| table.get(key)).map_or(self.origin.clone(), |m| m.node.origin.clone()),
                |node| node.origin.clone(),
            ),
            key: path.join("."),
            message: complaint.message,
            suggestion: complaint.suggestion,
        }
    }

    fn complain(&self, key: &str, node: Option<&Node>, complaint: Complaint) {
        let problem = self.problem(key, node, complaint);
        self.reader.log.borrow_mut().problems.push(problem);
    }

    fn record(&self, key: &str, value: String, kind: &str, node: Option<&Node>) {
        let mut path = self.path.clone();
        path.push(key.to_owned());
        let origin = node.map_or(Origin::Default, |node| node.origin.clone());
        self.reader.log.borrow_mut().entries.push(Entry { key: path.join("."), value, kind: kind.to_owned(), origin });
    }

    fn expect_text(&self, key: &str, node: &Node) -> Option<String> {
        match &node.value {
            // TOML has times of its own: from = 08:00 is as good as from = "08:00"
            Value::Text(text) | Value::Datetime(text) => Some(text.clone()),
            other => {
                self.complain(key, Some(node), format!("expected text in quotes, found {}", other.kind()).into());
                None
            }
        }
    }

    fn parse_text<T, E: Into<Complaint>>(
        &self,
        key: &str,
        node: &Node,
        parse: &impl Fn(&str) -> Result<T, E>,
    ) -> Option<T> {
        let text = self.expect_text(key, node)?;
        match parse(&text) {
            Ok(value) => Some(value),
            Err(complaint) => {
                self.complain(key, Some(node), complaint.into());
                None
            }
        }
    }

    fn expect_list<'n>(&self, key: &str, node: &'n Node) -> Option<&'n [Node]> {
        match &node.value {
            Value::Array(items) => Some(items),
            other => {
                self.complain(key, Some(node), format!("expected a list in [ ], found {}", other.kind()).into());
                None
            }
        }
    }

    fn expect_integer(&self, key: &str, node: &Node, range: &RangeInclusive<i64>) -> Option<i64> {
        let message = match &node.value {
            Value::Integer(written) => match written.parse() {
                Ok(value) if range.contains(&value) => return Some(value),
                _ => format!("{written} is not between {} and {}", range.start(), range.end()),
            },
            other => format!("expected a whole number, found {}", other.kind()),
        };
        self.complain(key, Some(node), message.into());
        None
    }
}

/// Numbers as they are written; a date is a text.
fn as_json(value: &Value) -> serde_json::Value {
    match value {
        Value::Text(text) | Value::Datetime(text) => text.as_str().into(),
        Value::Integer(written) | Value::Float(written) => {
            serde_json::from_str(written.trim_start_matches('+')).unwrap_or_else(|_| written.as_str().into())
        }
        Value::Boolean(answer) => (*answer).into(),
        Value::Array(items) => items.iter().map(|item| as_json(&item.value)).collect(),
        Value::Table(table) => {
            let members = table.0.iter().map(|member| (member.key.clone(), as_json(&member.node.value)));
            serde_json::Value::Object(members.collect())
        }
    }
}

fn whole(what: &str, range: &RangeInclusive<i64>) -> String {
    match (*range.start(), *range.end()) {
        (least, i64::MAX) => format!("{what}, {least} or more"),
        (least, most) => format!("{what}, {least} to {most}"),
    }
}

fn listed<T: Display>(items: &[T]) -> String {
    items.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn wrong_word<'c>(text: &str, words: impl Iterator<Item = &'c str> + Clone) -> Complaint {
    let all = words.clone().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(", ");
    Complaint {
        message: format!("\"{text}\" is not one of {all}"),
        suggestion: nearest(text, words).map(|near| format!("did you mean \"{near}\"?")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Source;

    fn findings(text: &str, read: impl Fn(&mut Section<'_>)) -> Vec<String> {
        let reader = Reader::new(&Source::from_text("wvl.toml", text));
        read(&mut reader.root());
        reader.finish().problems.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn every_problem_has_its_place() {
        let text = "[a]\nport = 70000\nmode = \"of\"\nnmae = \"x\"\nlist = [1, \"two\"]\n[b]\nx = 1\n";
        let found = findings(text, |root| {
            let mut a = root.section("a");
            a.integer("port", 25, 1..=65535);
            a.choice("mode", 1, &[("off", 1), ("on", 2)]);
            a.text("name", "");
            a.integers("list", &[], 0..=9);
        });
        assert_eq!(
            found,
            [
                "wvl.toml:2:8: a.port: 70000 is not between 1 and 65535",
                "wvl.toml:3:8: a.mode: \"of\" is not one of \"off\", \"on\"; did you mean \"off\"?",
                "wvl.toml:4:1: a.nmae: there is no such key; did you mean \"name\"?",
                "wvl.toml:5:12: a.list: expected a whole number, found text",
                "wvl.toml:6:2: b: there is no such section; did you mean \"a\"?",
            ]
        );
    }

    #[test]
    fn a_key_in_the_wrong_section_is_sent_home() {
        let found = findings("[a]\npassword_file = \"x\"\n[b]\n", |root| {
            root.section("a").text("n", "");
            root.section("b").path("password_file");
        });
        assert_eq!(found, ["wvl.toml:2:1: a.password_file: there is no such key; it belongs to [b]"]);
    }

    #[test]
    fn an_empty_text_takes_a_default_away() {
        let reader = Reader::new(&Source::from_text("wvl.toml", "from = \"\"\n"));
        let parse = |text: &str| text.parse::<u8>().map_err(|error| error.to_string());
        assert_eq!(reader.root().optional_parsed("from", Some(8), parse), None);
        assert_eq!(reader.root().optional_parsed("to", Some(18), parse), Some(18));
    }

    #[test]
    fn broken_toml_does_not_hide_other_mistakes() {
        let read = |root: &mut Section<'_>| {
            let mut a = root.section("a");
            a.integer("port", 25, 1..=65535);
            a.text("name", "");
            a.wrong("host", "missing");
        };
        assert_eq!(
            findings("[a]\nname = you\nport = 0\nnam = 1\n", read),
            [
                "wvl.toml:2:8: string values must be quoted, expected literal string",
                "wvl.toml:3:8: a.port: 0 is not between 1 and 65535",
                "wvl.toml:4:1: a.nam: there is no such key; did you mean \"name\"?",
            ]
        );
        // behind a broken head nothing stands where it was meant to
        assert_eq!(findings("[a\nport = 0\n", read), ["wvl.toml:1:3: unclosed table, expected `]`"]);
        let comma = findings("[a]\nstage1 = { hours = 0,25 }\n", read);
        assert_eq!(comma.len(), 1, "{comma:?}");
        assert!(comma[0].ends_with("decimals have a point: 0.25"), "{comma:?}");
    }
}
