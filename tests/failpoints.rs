//! Points to be killed at exist in what is tested and nowhere else.

use std::process::Command;

use crate::env::environment::{bare_command, run};

fn crates(more: &[&str]) -> Vec<String> {
    // what a release is built from: no dev-dependencies
    let arguments = ["tree", "--edges", "normal,build", "--prefix", "none", "--locked", "--offline"];
    let output = Command::new(env!("CARGO"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(arguments)
        .args(more)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    text.lines().map(|line| line.split(' ').next().unwrap().to_owned()).collect()
}

#[test]
fn what_is_built_for_use_has_none() {
    let has_them = |crates: Vec<String>| crates.iter().any(|name| name == "fail");
    assert!(!has_them(crates(&[])));
    assert!(!has_them(crates(&["--no-default-features", "--features", "system-libpq"])));
    assert!(has_them(crates(&["--features", "failpoints"])), "the test sees them where they are");
}

/// Orders come from the environment of the process, and only a build for tests listens to them.
#[test]
fn this_binary_takes_orders() {
    let refused = run(bare_command(&["escalate", "types"]).env("FAILPOINTS", "claimed=fly"));
    assert_eq!(refused.code, 2);
    assert!(refused.stderr.contains("FAILPOINTS: claimed=fly"), "{}", refused.stderr);
}
