//! wvl(1): what there is, what every command takes, and what holds for all of them.

use clap::Command;
use clap_mangen::Man;
use clap_mangen::roff::{bold, roman};
use wvl::config::SYSTEM_FILE;
use wvl::error::Kind;

use super::command::{about, name_of};
use super::page::{Page, Writer};

const DESCRIPTION: &str = "\
wvl watches what falls due in an IT service company: offers to follow up, orders, deliveries, invoices, licences, contracts,
tickets, tasks, birthdays. It counts in working time, reminds the right person by mail, then the supervisor, then the boss, and
says every step once. There is no daemon: cron starts commands, each does one job. The data lies in PostgreSQL: one that
wvl runs itself, or any other.

A command is a noun and a verb. Every noun also answers to its other number (contract, contracts). Verbs mean the same
everywhere: list, show, new, set, done, close, run, import, export.

Standard output carries data only; remarks, warnings and errors go to standard error. At a terminal a list is a table, in a
pipe tab-separated lines without a header. What is meant for cron is silent when all went well and can be run twice, also
at the same time on several hosts.";

const DATES: &str = "\
A date is 2026-11-30 (also with a time and an offset), 30.11.2026, 30.11., heute, morgen, gestern and the English words, a
weekday (mo to so), +3d, +2w, +1m, -1d, +4h, +3at (working days), kw48, monatsende, quartalsende or jahresende; a range is
2026-11, 2026-q4 or A..B. A day used as an end is inclusive.";

/// What each kind of failure means to a script; the numbers are those of the errors themselves.
const FAILURES: [(Kind, &str); 12] = [
    (Kind::Failed, "failed"),
    (Kind::Usage, "the command line is wrong"),
    (Kind::Partial, "finished, but some items failed; each has been named"),
    (Kind::NotFound, "nothing found with --fail-empty; or the record is not there or not visible to you"),
    (Kind::Data, "the input data is wrong"),
    (Kind::Unavailable, "database or mail server could not be reached or logged in to at all"),
    (Kind::Bug, "a bug in wvl"),
    (Kind::Temporary, "reached and then lost, timed out, full, read-only, busy: safe to run again"),
    (Kind::Forbidden, "visible, but not permitted to you"),
    (Kind::Config, "configuration or schema version wrong"),
    (Kind::Interrupted, "interrupted (SIGINT): the current item is finished, the rest stays queued"),
    (Kind::Terminated, "the same (SIGTERM)"),
];

const FILES: [(&str, &str); 5] = [
    (SYSTEM_FILE, "the configuration of this machine; -c and WVL_CONFIG come before it"),
    ("~/.config/wvl/wvl.toml", "the configuration of a user, where the machine has none"),
    ("/var/lib/wvl", "root's private PostgreSQL, unless database.state_dir or database.url says otherwise"),
    ("~/.local/state/wvl", "the same of an ordinary user (the home of the password database)"),
    ("signing-keys", "beside the configuration: keys that sign Message-IDs; the same on every host"),
];

const ENVIRONMENT: [(&str, &str); 3] = [
    ("WVL_CONFIG", "the configuration file"),
    ("WVL_PG_BINDIR", "folder of initdb, pg_ctl and postgres; else the newest of the system"),
    ("NO_COLOR", "no colour, whatever its value"),
];

/// The page.
pub(super) fn page(root: &Command) -> Page {
    let mut page = Writer::new("wvl", 1, &about(root));
    page.heading("SYNOPSIS");
    page.line([bold("wvl"), roman(" [GLOBAL] NOUN VERB [ID…] [FLAGS]")]);
    page.heading("DESCRIPTION");
    page.prose(DESCRIPTION);
    page.heading("COMMANDS");
    for noun in root.get_subcommands() {
        let mut verbs: Vec<&str> = noun.get_subcommands().map(Command::get_name).collect();
        let last = verbs.pop();
        let verbs = match (verbs.as_slice(), last) {
            (_, None) => String::new(),
            ([], Some(verb)) => format!(": {verb}"),
            (verbs, Some(last)) => format!(": {} and {last}", verbs.join(", ")),
        };
        page.item([bold(name_of(noun)), roman("(1)")], &format!("{}{verbs}", about(noun)));
    }
    page.heading("GLOBAL OPTIONS");
    page.prose("They stand before or behind the noun.");
    let mut rendered = Vec::new();
    // writing into memory cannot fail
    drop(Man::new(root.clone()).render_options_section(&mut rendered));
    page.push(&without_headings(&String::from_utf8_lossy(&rendered)));
    page.heading("DATES");
    page.prose(DATES);
    page.heading("EXIT STATUS");
    page.item([bold("0")], "done, or nothing to do");
    for (kind, meaning) in FAILURES {
        page.item([bold(kind.exit_code().to_string())], meaning);
    }
    page.push(".PP\n");
    page.prose(
        "With --json the last line on standard error says what failed: {\"error\":{\"code\",\"kind\",\"message\",\"hint\"}}.",
    );
    for (heading, items) in [("FILES", &FILES[..]), ("ENVIRONMENT", &ENVIRONMENT)] {
        page.heading(heading);
        for (name, meaning) in items {
            page.item([bold(*name)], meaning);
        }
    }
    let nouns = root.get_subcommands().map(|noun| (name_of(noun), 1));
    let others = [("wvl.toml".to_owned(), 5), ("wvl-report".to_owned(), 7), ("wvl-views".to_owned(), 7)];
    page.see_also(&nouns.chain(others).collect::<Vec<_>>());
    page.finish()
}

/// The options under one heading of ours.
fn without_headings(rendered: &str) -> String {
    let lines = rendered.lines().filter(|line| !line.starts_with(".SH"));
    lines.map(|line| format!("{line}\n")).collect()
}
