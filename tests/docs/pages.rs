//! The manual pages under man/ are those that the binary prints.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use crate::env::{bare_command, run};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Whether what is written down is to be written anew: `make docs`.
pub fn is_to_be_written() -> bool {
    std::env::var_os("WVL_WRITE_DOCS").is_some()
}

/// Compares a committed file with what it should be; or writes it.
pub fn settled(file: &str, wanted: &str) {
    let path = Path::new(ROOT).join(file);
    if is_to_be_written() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        return std::fs::write(path, wanted).unwrap();
    }
    let present = std::fs::read_to_string(&path).unwrap_or_default();
    if present == wanted {
        return;
    }
    let differing = present.lines().zip(wanted.lines()).position(|(present, wanted)| present != wanted);
    let line = differing.unwrap_or_else(|| present.lines().count().min(wanted.lines().count()));
    panic!(
        "{file}:{} is not what it describes any more; make docs writes it anew\n  there: {}\n  now:   {}",
        line + 1,
        present.lines().nth(line).unwrap_or(""),
        wanted.lines().nth(line).unwrap_or("")
    );
}

/// A text for man(7).
pub fn escaped(text: &str) -> String {
    text.replace('\\', "\\e").replace('-', "\\-").replace('\'', "\\(aq").replace("\n.", "\n\\&.")
}

/// The pages by their names, as the binary writes them.
fn pages() -> BTreeMap<String, String> {
    let folder = tempfile::tempdir().unwrap();
    let mut command = bare_command(&["man", "--quiet", "--dir"]);
    let written = run(command.arg(folder.path()));
    assert_eq!((written.code, written.stderr.as_str()), (0, ""));
    let mut pages = BTreeMap::new();
    for section in ["man1", "man5", "man7"] {
        for entry in std::fs::read_dir(folder.path().join(section)).unwrap() {
            let entry = entry.unwrap();
            assert!(entry.file_name().to_string_lossy().ends_with(&section[3..]), "{entry:?} in {section}");
            let text = std::fs::read_to_string(entry.path()).unwrap();
            pages.insert(entry.file_name().into_string().unwrap(), text);
        }
    }
    pages
}

#[test]
fn the_pages_are_those_that_the_binary_prints() {
    let pages = pages();
    for (name, text) in pages.iter().filter(|(name, _)| *name != "wvl-views.7") {
        settled(&format!("man/{name}"), text);
    }
    for entry in std::fs::read_dir(Path::new(ROOT).join("man")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if pages.contains_key(&name) {
            continue;
        }
        assert!(is_to_be_written(), "man/{name} describes nothing any more; make docs takes it away");
        std::fs::remove_file(Path::new(ROOT).join("man").join(name)).unwrap();
    }
}

#[test]
fn a_page_is_found_by_the_words_of_its_command() {
    let printed = |words: &[&str]| run(&mut bare_command(&[&["man"], words].concat()));
    for (words, title) in [
        (&[][..], "\"WVL\" \"1\""),
        (&["escalate"], "\"WVL-ESCALATE\""),
        (&["customers", "list"], "\"WVL-CUSTOMER-LIST\""),
        (&["wvl-contact-person-set"], "\"WVL-CONTACT-PERSON-SET\""),
        (&["wvl.toml"], "\"WVL.TOML\" \"5\""),
        (&["wvl-views.7"], "\"WVL-VIEWS\" \"7\""),
        (&["views"], "\"WVL-VIEWS\" \"7\""),
    ] {
        let run = printed(words);
        assert!(run.code == 0 && run.stdout.contains(&format!(".TH {title}")), "{words:?}: {}", run.stderr);
    }
    let wrong = printed(&["escalate", "rum"]);
    assert_eq!(wrong.code, 2);
    assert!(wrong.stderr.contains("did you mean wvl-escalate-run?"), "{}", wrong.stderr);
}

/// The flags of other commands are no flags of this one, and each is explained.
#[test]
fn a_page_has_every_flag_of_its_command() {
    let pages = pages();
    for command in [&["document", "new"][..], &["escalate", "run"], &["customer", "list"], &["employee", "leave"]] {
        let help = run(&mut bare_command(&[command, &["--help"]].concat())).stdout;
        let own = help.split("\nGlobal:").next().unwrap();
        let page = &pages[&format!("wvl-{}.1", command.join("-"))];
        let flags: Vec<&str> = own.lines().filter_map(|line| line.trim_start().strip_prefix("--")).collect();
        assert!(!flags.is_empty());
        for flag in flags {
            let name = flag.split([' ', '=']).next().unwrap().replace('-', "\\-");
            assert!(page.contains(&format!("\\fB\\-\\-{name}\\fR")), "{command:?}: {flag}");
        }
        assert!(!page.contains("\\-\\-color"), "{command:?} repeats what every command takes");
    }
}

/// Where the programs are installed: every page is one, to man and to its index.
#[test]
fn man_has_nothing_to_say_about_the_pages() {
    let folder = Path::new(ROOT).join("man");
    let pages: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    let output = Command::new("mandoc").args(["-T", "lint", "-W", "warning"]).args(&pages).output();
    let output = output.expect("mandoc: `.ci/setup test` installs it");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
}
