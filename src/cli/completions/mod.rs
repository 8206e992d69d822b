//! `wvl completions`: what a shell asks when somebody presses Tab.
//!
//! The shells' scripts hold no command and no flag: they ask the binary, which knows its own command line, and numbers and
//! names too as far as the database answers at once. `wvl completions answer WORD…` is for the scripts alone: the words
//! of the command line up to the cursor, the last one unfinished; the answer is a line each, what could stand there, a tab,
//! and what it means. It never fails and never says anything else.

use std::ffi::OsString;

use clap::{CommandFactory, ValueEnum};
use clap_complete::engine::{self, CompletionCandidate};
use wvl::error::Result;
use wvl::output::visible;

use super::{Command, Context, Environment};

mod lookup;
mod values;

/// Print what makes a shell complete wvl's commands, flags and values
///
/// Packages install these scripts. By hand:
///
/// Examples:
///   wvl completions bash > ~/.local/share/bash-completion/completions/wvl
///   wvl completions zsh > ~/.zfunc/_wvl      with fpath=(~/.zfunc $fpath) before compinit in ~/.zshrc
///   wvl completions fish > ~/.config/fish/completions/wvl.fish
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// The shell
    shell: Shell,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Shell {
    Bash,
    Zsh,
    Fish,
}

/// Prints the script.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    context.printer.data(match args.shell {
        Shell::Bash => include_str!("../../../completions/wvl.bash"),
        Shell::Zsh => include_str!("../../../completions/_wvl"),
        Shell::Fish => include_str!("../../../completions/wvl.fish"),
    })
}

/// The words that a shell's script asks about; none: this is a command like any other.
pub fn asked(arguments: impl IntoIterator<Item = OsString>) -> Option<Vec<OsString>> {
    let mut arguments = arguments.into_iter().skip(1);
    let is_asked = arguments.next()? == "completions" && arguments.next()? == "answer";
    is_asked.then(|| arguments.collect())
}

/// What could stand at the end of these words, a line each.
pub fn answer(words: Vec<OsString>, environment: &Environment) -> String {
    let Some(current) = words.last().cloned() else { return String::new() };
    let at = words.len() - 1;
    let mut command = values::with_values(Command::command(), &words[..at], environment);
    let folder = std::env::current_dir().ok();
    let mut found = engine::complete(&mut command, words, at, folder.as_deref()).unwrap_or_default();
    // of the names of a command the engine keeps the first by the alphabet
    for candidate in &mut found {
        let name = candidate.get_id().and_then(|id| id.strip_prefix("command::")).map(str::to_owned);
        if let Some(name) = name.filter(|name| current.to_str().is_some_and(|current| name.starts_with(current))) {
            let help = candidate.get_help().cloned();
            *candidate = CompletionCandidate::new(name).help(help);
        }
    }
    let is_flag = |candidate: &CompletionCandidate| candidate.get_value().as_encoded_bytes().starts_with(b"-");
    if current.is_empty() && found.iter().any(|candidate| !is_flag(candidate)) {
        // who wants a flag begins it with a minus
        found.retain(|candidate| !is_flag(candidate));
    }
    // a flag that has a long name is offered by that
    let is_short = |candidate: &CompletionCandidate| candidate.get_value().len() == 2 && is_flag(candidate);
    if found.iter().any(|candidate| !is_short(candidate)) {
        found.retain(|candidate| !is_short(candidate));
    }
    let lines = found.iter().filter_map(|candidate| {
        let value = candidate.get_value().to_str().filter(|value| visible(value) == *value)?;
        let help = candidate.get_help().map(ToString::to_string).unwrap_or_default();
        let help = help.lines().next().unwrap_or_default().replace('\t', " ");
        Some(if help.is_empty() { format!("{value}\n") } else { format!("{value}\t{}\n", visible(&help)) })
    });
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(line: &[&str]) -> Vec<String> {
        let words = ["wvl", "-c", NO_DATABASE].iter().chain(line).map(OsString::from).collect();
        let answer = answer(words, &Environment::default());
        answer.lines().map(|line| line.split('\t').next().unwrap_or_default().to_owned()).collect()
    }

    const NO_DATABASE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/no-database.toml");

    /// Every command with its path, the root first.
    fn commands(command: &clap::Command, path: &[String], found: &mut Vec<(Vec<String>, clap::Command)>) {
        found.push((path.to_vec(), command.clone()));
        for verb in command.get_subcommands().filter(|verb| verb.get_name() != "help") {
            let path: Vec<String> = path.iter().cloned().chain([verb.get_name().to_owned()]).collect();
            commands(verb, &path, found);
        }
    }

    #[test]
    fn every_command_and_every_flag_is_offered() {
        let mut root = Command::command();
        root.build();
        let mut found = Vec::new();
        commands(&root, &[], &mut found);
        assert!(found.len() > 100, "{}", found.len());
        for (path, command) in found {
            let path: Vec<&str> = path.iter().map(String::as_str).collect();
            let offered = answered(&[&path[..], &[""]].concat());
            for verb in command.get_subcommands().map(clap::Command::get_name) {
                assert!(offered.iter().any(|word| word == verb), "{path:?} does not offer {verb}: {offered:?}");
            }
            let offered = answered(&[&path[..], &["--"]].concat());
            for flag in command.get_arguments().filter(|flag| !flag.is_hide_set()).filter_map(clap::Arg::get_long) {
                let flag = format!("--{flag}");
                assert!(offered.contains(&flag), "{path:?} does not offer {flag}: {offered:?}");
            }
        }
    }

    #[test]
    fn what_is_a_choice_is_offered() {
        let first = |line: &str| answered(&line.split(' ').collect::<Vec<_>>());
        assert_eq!(first("document list --kind o"), ["offer", "order"]);
        assert_eq!(first("escalate list --type=off"), ["--type=offer-follow-up"]);
        assert_eq!(first("customer list --columns number,na"), ["number,name"]);
        assert_eq!(first("customers list --sort number,-na"), ["number,-name"]);
        assert_eq!(first("today -O csv"), ["csv", "csv-de"]);
        assert_eq!(first("config show mail.smtp.h"), ["mail.smtp.host"]);
        assert_eq!(first("site new Ulm --calendar d"), ["default"]);
        assert_eq!(first("calendar holidays --state DE-B"), ["DE-BB", "DE-BE", "DE-BW", "DE-BY"]);
        assert_eq!(first("completions b"), ["bash"]);
        assert_eq!(first("mail queue list --columns last"), ["last_reply"]);
        assert_eq!(first("mail queue retry --state f"), ["failed"]);
        assert_eq!(first("mail render t"), ["test"]);
        assert_eq!(first("cron test esc"), ["escalate-run", "escalate-purge"]);
        assert_eq!(first("check --max-age mail"), ["mail-flush="]);
    }

    #[test]
    fn a_flag_is_offered_to_whoever_begins_it() {
        assert!(answered(&["customer", ""]).iter().all(|word| !word.starts_with('-')));
        assert!(answered(&["customer", "list", "-"]).contains(&"--search".to_owned()));
        assert_eq!(answered(&["no-such-noun", ""]), answered(&[""]));
        assert_eq!(answer(Vec::new(), &Environment::default()), "");
    }

    #[test]
    fn only_a_script_asks() {
        let read = |line: &str| asked(line.split(' ').map(OsString::from)).map(|words| words.len());
        assert_eq!((read("wvl completions answer wvl cu"), read("wvl completions bash")), (Some(2), None));
    }
}
