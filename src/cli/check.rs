//! `wvl check`: the plugin for Nagios, Icinga and Checkmk.
//!
//! Its answer is its own: one line on standard output and one of four exit codes. Whatever keeps it from finding out is the
//! fourth, a wrong command line too.

use std::ffi::OsString;
use std::process::ExitCode;

use chrono::TimeDelta;
use clap::CommandFactory;
use wvl::error::{Error, Result};
use wvl::output::Format;
use wvl::watch::finding::What;
use wvl::watch::limits::{Limit, Limits, limit_of_times, time};
use wvl::watch::plugin::{self, Answer, State};
use wvl::watch::words::Words;

use super::{Command, Context, watching};

/// Answer as a Nagios plugin: OK, WARNING, CRITICAL or UNKNOWN (exit codes 0 to 3), with performance data
///
/// Critical are sending that is held because the database is another one (restored, copied), jobs that should have run
/// and did not, mails that wait for more than a day. A warning are failed and killed runs, what runs complain about,
/// mails that failed or are held, hosts with different configurations, old transactions, a full disk and more.
/// Whether a job is late follows its schedule: hours in which nothing is planned raise no alarm. Unknown is whatever
/// keeps it from finding out. A limit W,C warns above W and is critical above C.
///
/// Examples:
///   wvl check                               good for a command of Icinga, a check_command of Nagios, an MRPE line of Checkmk
///   wvl check --max-age escalate=1h         critical if the last good run is older and one was due since
///   wvl check --oldest 30min,4h --failed 0,10
///   wvl check --ignore durability           a test server with fsync = off
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// A job (escalate, mail, import, or as runs list names it) and how old its last good run may be
    #[arg(long, value_name = "JOB=TIME", value_parser = parse_age)]
    max_age: Vec<(String, TimeDelta)>,
    /// How long the oldest mail may wait [default: 1h,24h]
    #[arg(long, value_name = "W,C", value_parser = limit_of_times)]
    oldest: Option<Limit>,
    /// How many mails may have failed in the last three days [default: 0]
    #[arg(long, value_name = "W,C")]
    failed: Option<Limit>,
    /// Of how many mails nobody may know whether they arrived [default: 0]
    #[arg(long, value_name = "W,C")]
    unknown: Option<Limit>,
    /// How many mails may be held [default: 0]
    #[arg(long, value_name = "W,C")]
    held: Option<Limit>,
    /// How long a transaction may be open [default: 1h,24h]
    #[arg(long, value_name = "W,C", value_parser = limit_of_times)]
    transaction: Option<Limit>,
    /// Say nothing of these: guard, late, failed-run, killed-run, trouble, hosts, durability, transaction, disk …
    #[arg(long, value_name = "KIND,…", value_delimiter = ',', value_parser = parse_kind)]
    ignore: Vec<String>,
}

/// Answers; the state is the error's exit code, the answer has been printed.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let usual = Limits::default();
    let limits = Limits {
        max_age: args.max_age.iter().cloned().collect(),
        oldest: args.oldest.unwrap_or(usual.oldest),
        failed: args.failed.unwrap_or(usual.failed),
        unknown: args.unknown.unwrap_or(usual.unknown),
        held: args.held.unwrap_or(usual.held),
        transaction: args.transaction.unwrap_or(usual.transaction),
    };
    let zone = context.settings()?.zone;
    let mut seen = watching::look(context, &limits, false)?;
    seen.findings.retain(|finding| !args.ignore.iter().any(|kind| kind == finding.what.key()));
    // the protocol's language
    let words = Words { language: wvl::template::Language::English, zone, now: seen.facts.now };
    let answer = Answer { facts: &seen.facts, findings: &seen.findings, limits: &limits, words };
    match context.printer.format() {
        Format::Json | Format::Jsonl => context.printer.data(&format!("{}\n", answer.json()))?,
        _ => context.printer.data(&answer.text())?,
    }
    context.answered = Some(State::of(&seen.findings));
    Ok(())
}

/// The exit code of a check: its own, or the fourth with what kept it from answering.
pub fn end(context: &Context, outcome: Result<()>) -> ExitCode {
    let state = match (outcome, context.answered) {
        (Ok(()), Some(state)) => state,
        (Ok(()), None) => State::Unknown,
        (Err(error), _) => {
            let error = context.settle(error);
            return unknown(&error);
        }
    };
    ExitCode::from(state.exit_code())
}

/// Says what kept it from finding out, where a monitoring program reads it.
pub fn unknown(error: &Error) -> ExitCode {
    // nobody reads it if that cannot be written either; the exit code says it
    drop(wvl::output::plain_answer(&plugin::unknown(&error.full_message(), error.hints())));
    ExitCode::from(State::Unknown.exit_code())
}

/// Whether these arguments are those of a check, right or wrong: the first that is no flag of all commands names it.
pub fn is_meant(arguments: impl IntoIterator<Item = OsString>) -> bool {
    let root = Command::command();
    let takes_value = |name: &str| {
        let named = |argument: &clap::Arg| match name.strip_prefix("--") {
            Some(long) => argument.get_long() == Some(long),
            None => argument.get_short().is_some_and(|short| name == format!("-{short}")),
        };
        root.get_arguments().any(|argument| named(argument) && argument.get_action().takes_values())
    };
    let mut arguments = arguments.into_iter().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.to_str() {
            Some("check" | "checks") => return true,
            Some(flag) if flag.starts_with('-') => {
                if takes_value(flag) {
                    arguments.next();
                }
            }
            _ => return false,
        }
    }
    false
}

fn parse_age(text: &str) -> Result<(String, TimeDelta), String> {
    let (name, age) = text.split_once('=').ok_or_else(|| "JOB=TIME, as in escalate=1h".to_owned())?;
    Ok((watching::job_named(name.trim())?, time(age.trim())?))
}

fn parse_kind(text: &str) -> Result<String, String> {
    match What::KEYS.contains(&text) {
        true => Ok(text.to_owned()),
        false => Err(format!("one of {}", What::KEYS.join(", "))),
    }
}
