//! One reading of one configuration: the document, and everything that is learned while the slices read it.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::document::{Origin, Table, Value, parse};
use super::problem::Problem;
use super::section::Section;
use super::source::Source;
use super::suggest::nearest;

/// A value as it counts, for `config show`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The dotted key.
    pub key: String,
    /// The value as one would write it; empty where nothing is set, never a secret.
    pub value: String,
    /// What can stand there: "text", "true or false", "whole number, 0 to 100", "\"off\" | \"live\"".
    pub kind: String,
    /// Where it came from.
    pub origin: Origin,
}

/// Reads a configuration section by section and remembers every problem.
pub struct Reader {
    pub(super) root: Table,
    pub(super) file: Option<PathBuf>,
    pub(super) folder: PathBuf,
    name: String,
    syntax_problems: Vec<Problem>,
    /// A section's head is no TOML, so what follows it counts to the section before.
    is_misleading: bool,
    pub(super) log: RefCell<Log>,
}

/// What was asked for and what was found.
#[derive(Default)]
pub(super) struct Log {
    /// Of single values.
    pub problems: Vec<Problem>,
    /// Of values that do not go together, or of one that is missing.
    pub conflicts: Vec<Problem>,
    pub warnings: Vec<Problem>,
    /// Of secrets that this user may not read.
    pub closed: Vec<Problem>,
    pub entries: Vec<Entry>,
    /// For each section that was opened, the keys that were asked for.
    pub known: BTreeMap<Vec<String>, Vec<String>>,
}

impl Log {
    /// Notes that somebody asked for this key, so it exists.
    pub fn ask(&mut self, path: &[String], key: &str) {
        let keys = self.known.entry(path.to_vec()).or_default();
        if !key.is_empty() && !keys.iter().any(|known| known == key) {
            keys.push(key.to_owned());
        }
    }
}

/// What a finished reading has found.
#[derive(Debug)]
pub struct Findings {
    /// Mistakes, in the order of the file.
    pub problems: Vec<Problem>,
    /// What is allowed and probably not meant.
    pub warnings: Vec<Problem>,
    /// Secrets that this user may not read: wrong only where one is needed.
    pub closed: Vec<Problem>,
    /// Every value that counts, in the order in which it was read.
    pub entries: Vec<Entry>,
    /// Every key that somebody asked for, with its section before it: also those of sections.
    pub known: Vec<String>,
}

impl Reader {
    /// Parses the source; what is no TOML becomes a problem.
    pub fn new(source: &Source) -> Reader {
        let (root, syntax_problems) = parse(source.text());
        let is_head = |line: usize| {
            source.text().lines().nth(line.saturating_sub(1)).is_none_or(|line| line.trim_start().starts_with('['))
        };
        let is_misleading = syntax_problems.iter().filter_map(Problem::position).any(|at| is_head(at.line));
        Reader {
            is_misleading,
            root,
            file: source.file().map(Path::to_path_buf),
            folder: source.folder().to_path_buf(),
            name: source.name(),
            syntax_problems,
            log: RefCell::default(),
        }
    }

    /// Lets a flag of the command line (`--eml-dir`) set a dotted key, over the file.
    pub fn set(&mut self, key: &str, text: &str, flag: &str) {
        let path: Vec<&str> = key.split('.').collect();
        self.root.set(&path, text, &Origin::Flag(flag.to_owned()));
    }

    /// The whole file as one section.
    pub fn root(&self) -> Section<'_> {
        Section::root(self)
    }

    /// Ends the reading: adds the keys that nobody asked for and sorts what was found by its place.
    pub fn finish(self) -> Findings {
        let Reader { root, name, syntax_problems, is_misleading, log, .. } = self;
        let mut log = log.into_inner();
        let mut problems = std::mem::take(&mut log.problems);
        unknown_keys(&root, &mut Vec::new(), &log.known, &mut problems);
        if syntax_problems.is_empty() {
            problems.append(&mut log.conflicts);
        } else {
            // what could not be read seems to be missing, or to stand elsewhere: only single values can be judged
            log.warnings.clear();
            let broken: Vec<usize> = syntax_problems.iter().filter_map(Problem::position).map(|at| at.line).collect();
            let is_sound = |problem: &Problem| problem.position().is_some_and(|at| !broken.contains(&at.line));
            problems.retain(|problem| !is_misleading && is_sound(problem));
            problems.extend(syntax_problems);
        }
        for problem in problems.iter_mut().chain(&mut log.warnings).chain(&mut log.closed) {
            problem.file.clone_from(&name);
        }
        problems.sort_by_key(|problem| problem.position());
        log.warnings.sort_by_key(|problem| problem.position());
        let known = log.known.iter().flat_map(|(section, keys)| {
            keys.iter().map(|key| section.iter().chain([key]).cloned().collect::<Vec<_>>().join("."))
        });
        Findings { problems, warnings: log.warnings, closed: log.closed, entries: log.entries, known: known.collect() }
    }
}

fn unknown_keys(
    table: &Table,
    path: &mut Vec<String>,
    known: &BTreeMap<Vec<String>, Vec<String>>,
    problems: &mut Vec<Problem>,
) {
    // a section that was never opened was complained about by its own key
    let Some(asked) = known.get(path) else { return };
    for member in &table.0 {
        path.push(member.key.clone());
        if !asked.contains(&member.key) {
            problems.push(Problem {
                file: String::new(),
                origin: member.origin.clone(),
                key: path.join("."),
                message: match member.node.value {
                    Value::Table(_) => "there is no such section".to_owned(),
                    _ => "there is no such key".to_owned(),
                },
                suggestion: suggestion(&member.key, asked, known),
            });
        } else if let Value::Table(inner) = &member.node.value {
            unknown_keys(inner, path, known, problems);
        }
        path.pop();
    }
}

fn suggestion(key: &str, asked: &[String], known: &BTreeMap<Vec<String>, Vec<String>>) -> Option<String> {
    if let Some(near) = nearest(key, asked.iter().map(String::as_str)) {
        return Some(format!("did you mean \"{near}\"?"));
    }
    let homes: Vec<String> = known
        .iter()
        .filter(|(path, keys)| !path.is_empty() && keys.iter().any(|known| known == key))
        .map(|(path, _)| format!("[{}]", path.join(".")))
        .collect();
    match homes.as_slice() {
        [home] => Some(format!("it belongs to {home}")),
        _ if (1..=8).contains(&asked.len()) => Some(format!("known here: {}", asked.join(", "))),
        _ => None,
    }
}
