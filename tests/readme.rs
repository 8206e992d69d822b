//! Every command that the README tells somebody to type exists.

use crate::env::{bare_command, run};

#[test]
fn the_commands_of_the_readme_exist() {
    let readme = include_str!("../README.md");
    let mut seen = 0;
    for line in readme.lines() {
        // several commands on a line, a crontab's five fields before them, a remark behind
        let line = line.split(" #").next().unwrap_or_default();
        for (before, rest) in line.split("&&").filter_map(|part| part.split_once("wvl ")) {
            let is_typed = before.chars().all(|letter| " *$/".contains(letter) || letter.is_ascii_digit());
            let words: Vec<&str> = rest.split_whitespace().take(2).collect();
            let [noun, verb] = words[..] else { continue };
            if !is_typed || !verb.chars().all(|letter| letter.is_ascii_lowercase() || letter == '-') {
                continue;
            }
            let run = run(&mut bare_command(&[noun, verb, "--help"]));
            assert_eq!(run.code, 0, "wvl {noun} {verb}: {}", run.stderr);
            seen += 1;
        }
    }
    assert!(seen >= 10, "only {seen} commands were found");
    let makefile = include_str!("../Makefile");
    for target in ["demo", "test", "bench", "install", "deb"] {
        assert!(
            readme.contains(&format!("make {target}")) && makefile.contains(&format!("\n{target}:")),
            "make {target}"
        );
    }
}
