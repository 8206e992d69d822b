//! Which values can stand where, said once for all commands: by the name of the flag, and by the noun.
//!
//! What a list of words can be (`flags::Word`, a ValueEnum) and what is a path clap knows itself.

use std::ffi::{OsStr, OsString};
use std::sync::Arc;

use clap::{Arg, Command};
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};
use wvl::escalation::mail::sample;
use wvl::job::JOBS;
use wvl::outbox::queue;
use wvl::output::Format;
use wvl::register::Register;
use wvl::template::Fixture;
use wvl::{agenda, contract, party, sales, ticket};

use super::lookup::Lookup;
use crate::cli::Environment;

type Describe = fn() -> Register;

/// The nouns that are registers.
const REGISTERS: [(&str, Describe); 16] = [
    ("absence", party::absence::register),
    ("company", party::company::register),
    ("contact-person", party::contact_person::register),
    ("contract", contract::register),
    ("customer", party::customer::register),
    ("department", party::department::register),
    ("document", sales::document::register),
    ("employee", party::employee::register),
    ("notice", agenda::notice::register),
    ("product", sales::product::register),
    ("purchase-order", sales::purchase_order::register),
    ("site", party::site::register),
    ("target", sales::target::register),
    ("task", agenda::task::register),
    ("team", party::team::register),
    ("ticket", ticket::register),
];

/// Flags that name a record of another register.
const REFERENCES: [(&str, Describe); 19] = [
    ("company", party::company::register),
    ("contact-person", party::contact_person::register),
    ("contract", contract::register),
    ("customer", party::customer::register),
    ("department", party::department::register),
    ("deputy", party::employee::register),
    ("employee", party::employee::register),
    ("field-rep", party::employee::register),
    ("handler", party::employee::register),
    ("head", party::employee::register),
    ("inside-rep", party::employee::register),
    ("lead", party::employee::register),
    ("of", sales::document::register),
    ("site", party::site::register),
    ("successor", party::employee::register),
    ("supervisor", party::employee::register),
    ("supplier", party::customer::register),
    ("team", party::team::register),
    ("add", party::employee::register),
];

/// The columns of lists that are no register's. A test compares them with the lists.
const COLUMNS: [(&[&str], &[&str]); 9] = [
    (
        &["escalate", "list"],
        &[
            "type",
            "reference",
            "title",
            "partner",
            "due_at",
            "last_step",
            "last_at",
            "next_step",
            "leaves_at",
            "recipients",
            "silent_until",
        ],
    ),
    (&["escalate", "history"], &["at", "type", "reference", "title", "what", "recipients", "by", "note", "delivery"]),
    (
        &["escalate", "types"],
        &[
            "type",
            "label",
            "active",
            "from",
            "to",
            "stage1",
            "stage2",
            "stage3",
            "saturday",
            "sunday",
            "stage1_to",
            "stage2_to",
            "stage3_to",
            "clock",
            "basis",
            "repeat_hours",
            "source",
        ],
    ),
    (&["config", "show"], &["key", "value"]),
    (&["cron", "print"], &["job", "schedule", "next_at", "command", "about"]),
    (
        &["runs", "list"],
        &[
            "id",
            "job",
            "started_at",
            "seconds",
            "state",
            "exit_code",
            "counts",
            "message",
            "host",
            "finished_at",
            "pid",
            "config_hash",
        ],
    ),
    (&["role", "list"], &["role", "rights", "employee_number", "employee", "login", "note"]),
    (&["calendar", "holidays"], &["date", "weekday", "name"]),
    (&["report", "list"], &["name", "title", "counts_by", "parameters", "to", "file"]),
];

/// What most dates are said as.
const DATES: [&str; 10] =
    ["heute", "morgen", "übermorgen", "gestern", "+3d", "+2w", "+1m", "monatsende", "quartalsende", "jahresende"];

/// What stands behind the flag or in the place of an argument.
#[derive(Clone)]
enum Values {
    Fixed(Vec<String>),
    /// Keys of columns; a minus may stand before one.
    Columns(Vec<(String, String)>, bool),
    Numbers(Describe, bool),
    Types,
    /// The jobs' names, each with something behind it; all of them or those that cron starts.
    Jobs {
        behind: &'static str,
        is_scheduled: bool,
    },
    Calendars,
    /// Ways to reach somebody.
    Channels,
    Profiles,
    Reports,
    Keys,
    /// `TYPE:REFERENCE` of what is overdue.
    Items,
}

/// The command line with values where this command has them: those words stand before the cursor.
pub fn with_values(command: Command, words: &[OsString], environment: &Environment) -> Command {
    let lookup = Arc::new(Lookup::new(words, environment));
    let path = path_of(&command, words);
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    let global = |argument: Arg| match global_values(&argument, &path) {
        Some(values) => with(argument, values, &lookup),
        None => argument,
    };
    let own = |argument: Arg| match values_of(&argument, &path) {
        Some(values) => with(argument, values, &lookup),
        None => argument,
    };
    let command = command.mut_args(global);
    match path.as_slice() {
        [] => command,
        [noun] => command.mut_subcommand(*noun, |noun| noun.mut_args(own)),
        [noun, group, verb] => command.mut_subcommand(*noun, |noun| {
            noun.mut_subcommand(*group, |group| group.mut_subcommand(*verb, |verb| verb.mut_args(own)))
        }),
        [noun, verb, ..] => command.mut_subcommand(*noun, |noun| noun.mut_subcommand(*verb, |verb| verb.mut_args(own))),
    }
}

/// Noun and verb among the words, by the names under which clap knows them.
fn path_of(command: &Command, words: &[OsString]) -> Vec<String> {
    let (mut command, mut path) = (command, Vec::new());
    for word in words.iter().skip(1) {
        if let Some(found) = command.find_subcommand(word) {
            command = found;
            path.push(found.get_name().to_owned());
        }
    }
    path
}

fn register_of(noun: &str) -> Option<Describe> {
    REGISTERS.iter().find(|(known, _)| *known == noun).map(|(_, describe)| *describe)
}

fn global_values(argument: &Arg, path: &[&str]) -> Option<Values> {
    match argument.get_id().as_str() {
        "format" => Some(fixed(&Format::NAMES)),
        "columns" => Some(Values::Columns(columns(path)?, false)),
        "sort" => Some(Values::Columns(columns(path)?, true)),
        "as_of" => Some(fixed(&DATES)),
        _ => None,
    }
}

/// The columns of the list at hand, each with its heading.
fn columns(path: &[&str]) -> Option<Vec<(String, String)>> {
    if let Some((_, keys)) = COLUMNS.iter().find(|(list, _)| path == *list) {
        return Some(keys.iter().map(|key| ((*key).to_owned(), String::new())).collect());
    }
    let register = match path {
        ["mail", "queue" | "resolve", ..] => queue::register(),
        _ => register_of(path.first()?)?(),
    };
    Some(register.fields.iter().map(|field| (field.key.to_owned(), field.heading.to_owned())).collect())
}

fn values_of(argument: &Arg, path: &[&str]) -> Option<Values> {
    let (noun, verb) = (*path.first()?, path.get(1).copied().unwrap_or_default());
    let long = argument.get_long().unwrap_or_default();
    let value = argument.get_value_names().and_then(<[_]>::first).map(|name| name.as_str()).unwrap_or_default();
    match value {
        "YES|NO" => return Some(fixed(&["yes", "no"])),
        "WHEN" | "DAY" => return Some(fixed(&DATES)),
        "DE-XX" => return Some(Values::Fixed(states())),
        "ITEM" => return Some(Values::Items),
        "TYPE" => return Some(Values::Types),
        _ => {}
    }
    if long == "job" {
        return Some(Values::Jobs { behind: "", is_scheduled: false });
    }
    if (noun, verb) == ("cron", "test") && argument.is_positional() {
        return Some(Values::Jobs { behind: "", is_scheduled: true });
    }
    if long == "max-age" {
        return Some(Values::Jobs { behind: "=", is_scheduled: true });
    }
    if argument.is_positional() {
        let is_first = argument.get_index().is_none_or(|index| index == 1);
        return match (noun, verb) {
            ("config", "show") => Some(Values::Keys),
            ("mail", "render") => Some(Values::Fixed(templates())),
            ("report", "run" | "show" | "check") => Some(Values::Reports),
            ("mail", "test") => None,
            ("mail", _) => Some(Values::Numbers(queue::register, true)),
            (_, "list" | "new" | "import" | "export") => None,
            _ if !is_first => None,
            _ => Some(Values::Numbers(register_of(noun)?, matches!(verb, "done" | "close"))),
        };
    }
    match long {
        "calendar" => Some(Values::Calendars),
        "channels" => Some(Values::Channels),
        "profile" if verb == "import" => Some(Values::Profiles),
        "remove" if noun == "team" => Some(Values::Numbers(party::employee::register, false)),
        _ => REFERENCES.iter().find(|(flag, _)| *flag == long).map(|(_, describe)| Values::Numbers(*describe, false)),
    }
}

/// Every mail and message that there is an example of.
fn templates() -> Vec<String> {
    let of = |fixtures: wvl::error::Result<Vec<Fixture>>| fixtures.unwrap_or_default().into_iter();
    let mut names: Vec<String> =
        of(sample::fixtures()).chain(of(sample::message_fixtures())).map(|fixture| fixture.name()).collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn states() -> Vec<String> {
    wvl::calendar::State::ALL.iter().map(ToString::to_string).collect()
}

fn fixed(values: &[&str]) -> Values {
    Values::Fixed(values.iter().map(|value| (*value).to_owned()).collect())
}

/// The argument, knowing its values.
fn with(argument: Arg, values: Values, lookup: &Arc<Lookup>) -> Arg {
    let lookup = Arc::clone(lookup);
    argument.add(ArgValueCompleter::new(move |current: &OsStr| {
        let current = current.to_str().unwrap_or_default();
        let (minus, beginning) = match (&values, current.strip_prefix('-')) {
            (Values::Columns(_, true), Some(rest)) => ("-", rest),
            _ => ("", current),
        };
        let found = candidates(&values, beginning, &lookup);
        let found = found.into_iter().filter(|(value, _)| value.starts_with(beginning));
        let offered = found.map(|(value, help)| {
            let help = (!help.is_empty()).then(|| help.into());
            CompletionCandidate::new(format!("{minus}{value}")).help(help)
        });
        offered.collect()
    }))
}

/// Values, each with what it means.
fn candidates(values: &Values, beginning: &str, lookup: &Lookup) -> Vec<(String, String)> {
    let bare = |values: Vec<String>| values.into_iter().map(|value| (value, String::new())).collect();
    match values {
        Values::Fixed(values) => bare(values.clone()),
        Values::Columns(columns, _) => columns.clone(),
        Values::Numbers(describe, open) => lookup.numbers(*describe, beginning, *open),
        Values::Types => lookup.types(),
        Values::Jobs { behind, is_scheduled } => {
            let jobs = JOBS.iter().filter(|job| job.schedule.is_some() || !is_scheduled);
            jobs.map(|job| (format!("{}{behind}", job.key), job.about.to_owned())).collect()
        }
        Values::Calendars => bare(lookup.calendars()),
        Values::Channels => bare(lookup.channels()),
        Values::Profiles => bare(lookup.profiles()),
        Values::Reports => lookup.reports(),
        Values::Keys => bare(lookup.keys()),
        Values::Items => lookup.items(beginning),
    }
}
