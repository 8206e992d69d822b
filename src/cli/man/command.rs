//! The page of a command: its help, and where to read on.

use clap::Command;
use clap_mangen::Man;
use clap_mangen::roff::{bold, italic, roman};

use super::page::{Page, Writer};

/// The page of a noun or a verb; `parent` is the command before it.
pub(super) fn page(command: &Command, parent: &Command) -> Page {
    let name = name_of(command);
    let mut page = Writer::new(&name, 1, &about(command));
    synopsis(&mut page, command);
    let (description, examples) = description(command);
    page.heading("DESCRIPTION");
    page.prose(&description);
    if command.has_subcommands() {
        page.heading("COMMANDS");
        for verb in command.get_subcommands() {
            page.item([bold(name_of(verb)), roman("(1)")], &about(verb));
        }
    }
    options(&mut page, command);
    let mut examples = examples;
    if let Some(more) = command.get_after_long_help().or_else(|| command.get_after_help()) {
        match more.to_string().strip_prefix("Examples:\n") {
            Some(more) => examples.push_str(more),
            None => columns(&mut page, &more.to_string()),
        }
    }
    if !examples.trim().is_empty() {
        page.heading("EXAMPLES");
        page.example(examples.trim_end());
    }
    page.heading("EXIT STATUS");
    page.prose("0 if all went well, another one if not: wvl(1) lists them.");
    page.see_also(&related(command, parent));
    page.finish()
}

/// `wvl-escalate-run`.
pub(super) fn name_of(command: &Command) -> String {
    command.get_bin_name().unwrap_or_else(|| command.get_name()).replace(' ', "-")
}

/// What the command does, on one line.
pub(super) fn about(command: &Command) -> String {
    let about = command.get_about().map(ToString::to_string).unwrap_or_default();
    about.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn synopsis(page: &mut Writer, command: &Command) {
    page.heading("SYNOPSIS");
    let usage = command.clone().render_usage().to_string();
    let words = command.get_bin_name().unwrap_or_default();
    // several ways to use it stand on a line each
    let ways = usage.trim_start_matches("Usage:").lines().map(str::trim).filter(|way| !way.is_empty());
    for (index, way) in ways.enumerate() {
        if index > 0 {
            page.push(".br\n");
        }
        let rest = way.strip_prefix(words).unwrap_or(way);
        page.line([bold(words), roman(rest.to_owned())]);
    }
}

/// The long help without its examples, and the examples.
fn description(command: &Command) -> (String, String) {
    let long = command.get_long_about().or_else(|| command.get_about()).map(ToString::to_string).unwrap_or_default();
    // the first paragraph stands under NAME already
    let long = long.split_once("\n\n").map_or(long.clone(), |(_, rest)| format!("\n{rest}"));
    let Some((description, examples)) = ["\nExamples:", "\nExample:"].iter().find_map(|head| long.split_once(head))
    else {
        return (long, String::new());
    };
    let about = command.get_about().map(ToString::to_string).unwrap_or_default();
    let description = if description.trim().is_empty() { &about } else { description };
    let examples: Vec<String> = examples.lines().filter(|line| !line.trim().is_empty()).map(indented).collect();
    (description.to_owned(), examples.join("\n") + "\n")
}

/// An example as it is shown, also one that stood on the line of its heading.
fn indented(line: &str) -> String {
    format!("  {}", line.trim())
}

/// The flags of this command; those of all commands stand in wvl(1).
fn options(page: &mut Writer, command: &Command) {
    let own = command.clone().mut_args(|argument| {
        let is_ours = argument.is_global_set() || matches!(argument.get_id().as_str(), "help" | "version");
        argument.hide(is_ours)
    });
    if own.get_arguments().any(|argument| !argument.is_hide_set()) {
        let mut rendered = Vec::new();
        // writing into memory cannot fail
        drop(Man::new(own).render_options_section(&mut rendered));
        page.push(&String::from_utf8_lossy(&rendered));
        page.push(".PP\n");
    } else {
        page.heading("OPTIONS");
    }
    page.line([roman("Every command also takes "), bold("--help"), roman(" and the global options of")]);
    page.line([bold("wvl"), roman("(1): configuration, format, columns, dry run and the like.")]);
}

/// The columns that a file may have: `* number  Nummer  what it is`.
fn columns(page: &mut Writer, text: &str) {
    page.heading("COLUMNS");
    let mut is_table = false;
    for line in text.lines() {
        let parts: Vec<&str> = line.split("  ").map(str::trim).filter(|part| !part.is_empty()).collect();
        match parts[..] {
            [key, heading, ..] if line.starts_with(' ') => {
                is_table = true;
                page.item([bold(key), roman("  "), italic(heading)], &parts[2..].join(" "));
            }
            _ => {
                if std::mem::take(&mut is_table) {
                    page.push(".PP\n");
                }
                let head = line.strip_prefix("Columns (").and_then(|head| head.strip_suffix("):"));
                page.prose(&head.map_or(line.to_owned(), |head| format!("{head}.")));
            }
        }
    }
}

/// The noun, its other verbs, and the configuration.
fn related(command: &Command, parent: &Command) -> Vec<(String, u8)> {
    let mut pages = vec![("wvl".to_owned(), 1)];
    if parent.get_name() != "wvl" {
        pages.push((name_of(parent), 1));
        let others = parent.get_subcommands().filter(|verb| verb.get_name() != command.get_name());
        pages.extend(others.map(|verb| (name_of(verb), 1)));
    }
    pages.push(("wvl.toml".to_owned(), 5));
    pages
}
