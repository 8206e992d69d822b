//! Every command line that is written down is one: the README's, and the examples of every help.

use std::ffi::OsString;

use clap::CommandFactory;

use super::Command;

/// The commands of wvl on a line of a shell or a crontab: without what stands before and behind them.
fn commands(line: &str) -> Vec<Vec<OsString>> {
    let mut commands: Vec<Vec<String>> = vec![Vec::new()];
    let (mut word, mut quote, mut is_word) = (String::new(), None, false);
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        match (letter, quote) {
            (_, Some(mark)) if letter == mark => quote = None,
            ('\\', _) => word.extend(letters.next()),
            (_, Some(_)) => word.push(letter),
            ('\'' | '"', None) => (quote, is_word) = (Some(letter), true),
            // a remark, or what explains an example: two blanks before it
            ('#', None) if word.is_empty() => break,
            (' ', None) => {
                if is_word || !word.is_empty() {
                    commands.last_mut().unwrap().push(std::mem::take(&mut word));
                    is_word = false;
                }
                if letters.peek() == Some(&' ') && commands.last().is_some_and(|words| is_ours(words)) {
                    break;
                }
            }
            ('|' | '&' | ';' | '(' | ')' | '<' | '>' | '`', None) => {
                commands.last_mut().unwrap().extend((!word.is_empty()).then(|| std::mem::take(&mut word)));
                // what stands behind < or > is a file
                commands.push(if matches!(letter, '<' | '>') { vec![">".to_owned()] } else { Vec::new() });
                (word, is_word) = (String::new(), false);
            }
            _ => word.push(letter),
        }
    }
    commands.last_mut().unwrap().extend((is_word || !word.is_empty()).then_some(word));
    let ours = commands.into_iter().filter_map(|words| {
        let is_program = |word: &str| word == "wvl" || word.ends_with("/wvl");
        // as the user wvl
        let is_user = |at: usize| words.get(at + 1).is_some_and(|next| is_program(next));
        let at = (0..words.len()).find(|at| is_program(&words[*at]) && !is_user(*at))?;
        // a crontab's fields, sudo, an environment; anything else is a sentence
        let is_before = |word: &String| {
            word.contains(['*', '=', '$', '-'])
                || word.parse::<u8>().is_ok()
                || ["sudo", "runuser", "wvl", "eval"].contains(&word.as_str())
        };
        words[..at].iter().all(is_before).then(|| words[at..].iter().map(OsString::from).collect())
    });
    ours.collect()
}

fn is_ours(words: &[String]) -> bool {
    words.iter().any(|word| word == "wvl")
}

/// What is wrong with the commands on these lines.
fn wrong<'t>(lines: impl Iterator<Item = &'t str>) -> (usize, Vec<String>) {
    let (mut count, mut wrong) = (0, Vec::new());
    for line in lines {
        for command in commands(line) {
            count += 1;
            if let Err(error) = Command::read(command)
                && error.use_stderr()
            {
                let said = error.to_string();
                wrong.push(format!("{}\n    {}", line.trim(), said.lines().next().unwrap_or_default()));
            }
        }
    }
    (count, wrong)
}

#[test]
fn the_commands_of_the_readme_are_commands() {
    let mut is_code = false;
    let lines = include_str!("../../README.md").lines().filter(|line| {
        if let Some(language) = line.strip_prefix("```") {
            is_code = ["sh", "crontab", "console"].contains(&language);
        }
        is_code || line.starts_with("    ")
    });
    let (count, wrong) = wrong(lines);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count >= 20, "only {count} commands were found");
}

#[test]
fn the_examples_of_every_help_are_commands() {
    let mut root = Command::command();
    root.build();
    let mut text = String::new();
    let mut of = |command: &clap::Command| {
        let long = command.get_long_about().map(ToString::to_string).unwrap_or_default();
        let after = command.get_after_long_help().or_else(|| command.get_after_help());
        let after = after.map(ToString::to_string).unwrap_or_default();
        for part in [long, after] {
            let examples = part.split_once("Example").map_or("", |(_, examples)| examples);
            text.push_str(examples.split_once(':').map_or("", |(_, examples)| examples));
            text.push('\n');
        }
    };
    for noun in root.get_subcommands() {
        of(noun);
        noun.get_subcommands().for_each(&mut of);
    }
    let (count, wrong) = wrong(text.lines());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count > 150, "only {count} commands were found");
}

#[test]
fn a_line_is_taken_apart_as_a_shell_would() {
    let read = |line: &str| {
        let read = commands(line)
            .into_iter()
            .map(|words| words.iter().map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join("|"));
        read.collect::<Vec<_>>()
    };
    assert_eq!(read("wvl a --b \"c d\"   what it does"), ["wvl|a|--b|c d"]);
    assert_eq!(read("nr=$(wvl a 'b c' -n) && wvl d | jq . > wvl"), ["wvl|a|b c|-n", "wvl|d"]);
    assert_eq!(read("*/5 * * * * wvl mail flush # now"), ["wvl|mail|flush"]);
    assert_eq!(read("Then wvl does it"), [""; 0]);
}
