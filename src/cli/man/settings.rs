//! wvl.toml(5): what the generated configuration says of each key, with the type and the default that its reader knows.
//!
//! Nothing is said here a second time: meanings are the comments of the sample, and a key that a reader asks for and no
//! comment explains fails the test below.

use clap_mangen::roff::{bold, italic, roman};
use wvl::config::{Entry, Origin, Source};
use wvl::escalation::types::{Profile, TYPES};
use wvl::settings::{Inspection, Settings, sample};

use super::page::{Page, Writer};

const ABOUT: &str = "configuration of wvl, which reminds of what is overdue";

const DESCRIPTION: &str = "\
The configuration is a TOML file. Without one everything stands at its default. Relative paths are meant from the folder of
the file. A secret never stands in it, but in a file that only its owner may read, or a program prints it.

wvl config generate writes a commented one to start from; wvl config validate names every mistake at once, with line and column;
wvl config show --origin prints every value that counts, and where it comes from.";

/// Names that stand for those that a user chooses: what the readers ask for in a section of that kind.
const EXAMPLE: &str = "\
[escalation.name-of-the-type]\nsource = \"view:a.b\"\n[import.profile.NAME]\nregister = \"document\"\n[channel.NAME]\n";
const CHOSEN: [(&str, &str); 2] =
    [("escalation.name-of-the-type", "escalation.TYPE"), ("calendar.default", "calendar.NAME")];

/// Where the meanings of a table begin, at least.
const BELOW: &str = "            ";

/// A piece of a section.
#[derive(Debug)]
enum Piece {
    /// Keys that are explained together; without any words where the sample has none.
    Keys(Vec<String>, String),
    Prose(String),
    Example(String),
}

/// A section with everything that the sample says of it.
#[derive(Debug)]
struct Section {
    name: String,
    pieces: Vec<Piece>,
}

/// The page.
pub(super) fn page() -> Page {
    let found = Settings::inspect(&Source::from_text("wvl.toml", EXAMPLE), &[]);
    let mut page = Writer::new("wvl.toml", 5, ABOUT);
    page.heading("DESCRIPTION");
    page.prose(DESCRIPTION);
    for section in sections(&sample(Profile::Seed)) {
        page.heading(&format!("[{}]", section.name));
        for (index, piece) in section.pieces.iter().enumerate() {
            match piece {
                Piece::Prose(text) if text.trim().is_empty() => {}
                Piece::Prose(text) if index == 0 => page.prose(text),
                Piece::Keys(keys, meaning) => explain(&mut page, &section.name, keys, meaning, &found),
                Piece::Prose(text) => {
                    page.push(".PP\n");
                    page.prose(text);
                }
                Piece::Example(text) => {
                    page.push(".PP\n");
                    page.example(text);
                }
            }
        }
    }
    page.heading("ESCALATION TYPES");
    page.prose("The types that wvl knows, all inactive until the configuration says otherwise:");
    for info in TYPES {
        page.item([bold(info.key), roman(format!(" ({})", info.label))], info.about);
    }
    page.heading("FILES");
    page.item([bold("/etc/wvl/wvl.toml")], "of this machine");
    page.item([bold("~/.config/wvl/wvl.toml")], "of a user, where the machine has none");
    page.see_also(&[("wvl".to_owned(), 1), ("wvl-config".to_owned(), 1), ("wvl-views".to_owned(), 7)]);
    page.finish()
}

/// Keys with their type and default, and what they mean.
fn explain(page: &mut Writer, section: &str, keys: &[String], meaning: &str, found: &Inspection) {
    for (index, key) in keys.iter().enumerate() {
        page.push(if index == 0 { ".TP\n" } else { ".TQ\n" });
        let described = described(section, key, &found.entries);
        page.line([bold(key.clone()), roman("  "), italic(described)]);
    }
    page.prose(if meaning.is_empty() { "see above" } else { meaning });
}

/// `whole number, 0 to 100; default 10`.
fn described(section: &str, key: &str, entries: &[Entry]) -> String {
    let name = format!("{section}.{key}");
    match entries.iter().find(|entry| general(&entry.key) == name) {
        Some(entry) if entry.value.is_empty() || entry.origin != Origin::Default => entry.kind.clone(),
        Some(entry) => format!("{}; default {}", entry.kind, entry.value),
        // every job has the same keys, and a schedule of its own
        None => match entries.iter().find(|entry| of_a_job(&entry.key).as_ref() == Some(&name)) {
            Some(entry) => entry.kind.clone(),
            None => "section".to_owned(),
        },
    }
}

/// The name of a key with the names that a user chooses made general.
fn general(key: &str) -> String {
    let chosen =
        CHOSEN.iter().find_map(|(chosen, general)| key.strip_prefix(chosen).map(|rest| format!("{general}{rest}")));
    chosen.unwrap_or_else(|| key.to_owned())
}

/// `job.NAME.schedule` for a key of any job.
fn of_a_job(key: &str) -> Option<String> {
    let (_, key) = key.strip_prefix("job.")?.split_once('.')?;
    Some(format!("job.NAME.{key}"))
}

/// The sample taken apart, up to the first section of a type.
fn sections(sample: &str) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    let mut comment: Vec<&str> = Vec::new();
    let mut is_explained = false;
    for line in sample.lines() {
        let bare = line.strip_prefix("# ").unwrap_or(line);
        if let Some(name) = line.strip_prefix('[').and_then(|name| name.strip_suffix(']')) {
            if TYPES.iter().any(|info| name == format!("escalation.{}", info.key)) {
                comment.clear();
                break;
            }
            sections.push(Section { name: general(name), pieces: Vec::new() });
            settle(&mut sections, &mut comment);
            is_explained = false;
        } else if let Some((key, _)) = bare.split_once(" = ").filter(|(key, _)| is_key(key)) {
            let Some(section) = sections.last_mut() else { continue };
            let meaning = std::mem::take(&mut comment).join("\n");
            match section.pieces.last_mut() {
                Some(Piece::Keys(keys, _)) if meaning.is_empty() && is_explained => keys.push(key.to_owned()),
                _ => section.pieces.push(Piece::Keys(vec![key.to_owned()], meaning)),
            }
            is_explained = true;
        } else if let Some(said) = line.strip_prefix('#') {
            comment.push(said.strip_prefix(' ').unwrap_or(said));
        } else {
            settle(&mut sections, &mut comment);
            is_explained = false;
        }
    }
    settle(&mut sections, &mut comment);
    sections
}

/// An indented line that somebody could copy.
fn is_toml(line: &str) -> bool {
    line.starts_with("  ") && (line.contains(" = ") || line.trim_start().starts_with('['))
}

fn is_key(text: &str) -> bool {
    !text.is_empty()
        && text.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_')
}

/// A comment that belongs to no key: prose, examples, and tables of the keys of a section whose name a user chooses.
fn settle(sections: &mut Vec<Section>, comment: &mut Vec<&str>) {
    let mut was_indented = false;
    for line in std::mem::take(comment) {
        let is_new = std::mem::replace(&mut was_indented, line.starts_with("  ")) && !was_indented;
        if let Some((name, _)) = line.strip_prefix('[').and_then(|line| line.split_once("] ")) {
            sections.push(Section { name: name.to_owned(), pieces: Vec::new() });
        }
        // the head of the file speaks of the file
        let Some(section) = sections.last_mut() else { continue };
        let of_a_table = line.strip_prefix("  ").map(str::trim_start).and_then(|row| row.split_once("  "));
        match (of_a_table, section.pieces.last_mut()) {
            // the rest of a meaning stands below it
            (None, Some(Piece::Keys(_, meaning))) if line.starts_with(BELOW) => {
                meaning.push('\n');
                meaning.push_str(line.trim());
            }
            (Some((keys, meaning)), _) if keys.split(", ").all(is_key) => {
                let keys = keys.split(", ").map(str::to_owned).collect();
                section.pieces.push(Piece::Keys(keys, meaning.trim().to_owned()));
            }
            (None, Some(Piece::Prose(text))) if !line.is_empty() && !is_new && !is_toml(line) => {
                text.push('\n');
                text.push_str(line.trim());
            }
            (_, Some(Piece::Example(text))) if line.starts_with("  ") => {
                text.push('\n');
                text.push_str(line);
            }
            _ if line.starts_with("  ") => section.pieces.push(Piece::Example(line.to_owned())),
            // an empty line ends a paragraph
            _ => section.pieces.push(Piece::Prose(line.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Keys that a reader knows and the page does not explain.
    fn unexplained() -> Vec<String> {
        let found = Settings::inspect(&Source::from_text("wvl.toml", EXAMPLE), &[]);
        let text = sample(Profile::Seed);
        let mut explained = BTreeSet::new();
        for section in sections(&text) {
            for piece in &section.pieces {
                if let Piece::Keys(keys, meaning) = piece
                    && !meaning.is_empty()
                {
                    explained.extend(keys.iter().map(|key| format!("{}.{key}", section.name)));
                }
            }
        }
        let is_explained = |key: &str| {
            // a key of a table (stage1.hours) by the table, a section by its head
            let table = key.rsplit_once('.').map_or("", |(table, _)| table);
            let is_section = [format!("[{key}]"), format!("[{key}.")].iter().any(|head| text.contains(head));
            explained.contains(key) || explained.contains(table) || is_section
        };
        let is_of_a_type = |key: &str| {
            let name = key.strip_prefix("escalation.").and_then(|rest| rest.split('.').next());
            TYPES.iter().any(|info| name == Some(info.key))
        };
        let known = found.known.iter().filter(|key| !is_of_a_type(key));
        let unknown = known.filter(|key| {
            let names = [Some((*key).clone()), Some(general(key)), of_a_job(key)];
            !names.iter().flatten().any(|name| is_explained(name))
        });
        unknown.cloned().collect()
    }

    #[test]
    fn every_key_that_a_reader_knows_is_explained() {
        assert_eq!(unexplained(), Vec::<String>::new());
    }
}
