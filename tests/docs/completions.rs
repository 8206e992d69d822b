//! What the shells offer: the scripts in completions/ are those that the binary prints, and what they ask it is answered from
//! the database if that is there at once, and without a word if it is not.

use std::process::{Command, Stdio};

use crate::env::{TestEnvironment, bare_command, run};

/// The values that are offered at the end of these words.
fn offered(house: &TestEnvironment, words: &[&str]) -> Vec<String> {
    let config = house.config().display().to_string();
    let words = [&["completions", "answer", "wvl", "-c", &config], words].concat();
    let run = run(&mut bare_command(&words));
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    run.stdout.lines().map(str::to_owned).collect()
}

#[test]
fn the_scripts_are_those_that_the_binary_prints() {
    for (shell, file) in [("bash", "wvl.bash"), ("zsh", "_wvl"), ("fish", "wvl.fish")] {
        let committed = std::fs::read_to_string(format!("{}/completions/{file}", env!("CARGO_MANIFEST_DIR"))).unwrap();
        assert_eq!(run(&mut bare_command(&["completions", shell])).stdout, committed, "{file}");
    }
}

#[test]
fn numbers_come_with_what_they_stand_for() {
    let house = TestEnvironment::new();
    house.database.execute(include_str!("../data/views.sql"));
    assert_eq!(offered(&house, &["task", "set", "A1", "--handler", "1"]), ["14\tSchmidt"]);
    assert_eq!(offered(&house, &["document", "list", "--customer", ""]), ["10001\tMüller Bau GmbH"]);
    // what is closed need not be closed
    assert_eq!(offered(&house, &["document", "show", "RE-"]).len(), 4);
    assert_eq!(offered(&house, &["document", "close", "RE-"]), ["RE-1\tSwitches", "RE-2\tWartung"]);
    assert_eq!(offered(&house, &["task", "new", "x", "--department", ""]), ["Technik"]);
    assert_eq!(offered(&house, &["document", "show", "100%"]), [""; 0]);
    house.configure("[escalation.offer-follow-up]\nactive = true\n");
    let item = "offer-follow-up:AN-1\tFirewall";
    assert_eq!(offered(&house, &["escalate", "explain", "offer-f"]), [item]);
    assert_eq!(offered(&house, &["escalate", "ack", "AN-"]), ["AN-1\tFirewall"]);
}

#[test]
fn the_columns_that_are_offered_are_those_of_the_list() {
    let house = TestEnvironment::new();
    for list in [
        &["escalate", "list"][..],
        &["escalate", "history"],
        &["escalate", "types"],
        &["config", "show"],
        &["cron", "print"],
        &["role", "list"],
        &["runs", "list"],
        &["calendar", "holidays", "--year", "2026", "--state", "DE-BW"],
        &["customer", "list"],
    ] {
        let offered: Vec<String> = offered(&house, &[list, &["--columns", ""]].concat());
        let keys: Vec<&str> = offered.iter().map(|line| line.split('\t').next().unwrap()).collect();
        assert!(!keys.is_empty(), "{list:?}");
        // asked for all of them, the list has them
        let columns = keys.join(",");
        let header = house.ok(&[list, &["-O", "csv", "--columns", &columns]].concat());
        assert_eq!(header.lines().next(), Some(columns.as_str()), "{list:?}");
        // and it has no other
        let header = house.ok(&[list, &["-O", "csv"]].concat());
        for key in header.lines().next().unwrap().split(',') {
            assert!(keys.contains(&key), "{list:?} does not offer {key}");
        }
    }
}

#[test]
fn a_database_that_is_not_there_is_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("wvl.toml");
    let state = folder.path().join("state");
    let private = format!("[database]\nstate_dir = {:?}\n", state.display().to_string());
    // the third is a documentation address: nobody answers
    for database in [
        private.as_str(),
        "[database]\nurl = \"postgresql://wvl@/none?host=/nowhere\"\n",
        "[database]\nurl = \"postgresql://wvl@192.0.2.1/none\"\n",
        "[database\n",
    ] {
        std::fs::write(&config, database).unwrap();
        let mut command = bare_command(&["completions", "answer", "wvl", "--config"]);
        command.arg(&config).args(["customer", "set", "1", "--field-rep", ""]);
        let started = std::time::Instant::now();
        let run = run(&mut command);
        assert_eq!((run.code, run.stdout.as_str(), run.stderr.as_str()), (0, "", ""), "{database}");
        assert!(started.elapsed().as_secs() < 5, "{database}");
    }
    assert!(!state.exists(), "a cluster was made");
}

/// What bash would offer: the script in a bash of its own, with the words as bash takes them apart.
fn in_bash(words: &[&str]) -> String {
    let script = r#"
        source "$1"; shift
        COMP_WORDBREAKS=$' \t\n"'"'"'><=;|&(:' COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_TYPE=9
        current=${COMP_WORDS[COMP_CWORD]}
        case $current in [:=]) current= ;; esac
        compopt() { :; }
        _wvl wvl "$current"
        printf '%s\n' "${COMPREPLY[@]}"
    "#;
    let mut command = Command::new("bash");
    command.env_clear().env("WVL_CONFIG", concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/no-database.toml"));
    command.env("PATH", "/usr/bin:/bin").env("LC_ALL", "C.UTF-8");
    command.args(["--norc", "-c", script, "bash", concat!(env!("CARGO_MANIFEST_DIR"), "/completions/wvl.bash")]);
    let output = command.arg(env!("CARGO_BIN_EXE_wvl")).args(words).stdin(Stdio::null()).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn bash_gets_back_the_part_that_it_replaces() {
    assert_eq!(in_bash(&["custom"]), "customer\n");
    assert_eq!(in_bash(&["escalate", "list", "--type", "off"]), "offer-follow-up\n");
    // bash takes a word apart at = and :
    assert_eq!(in_bash(&["escalate", "list", "--type", "=", "off"]), "offer-follow-up\n");
    assert_eq!(in_bash(&["escalate", "list", "--type", "=", "offer-f"]), "offer-follow-up\n");
    assert!(in_bash(&["escalate", "list", "--type", "="]).lines().count() > 15);
    assert_eq!(in_bash(&["document", "list", "--columns", "number,net"]), "number,net_amount\n");
}
