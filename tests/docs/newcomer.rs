//! The README's first five minutes, typed at a terminal in a fresh place with a Postgres of its own: every command does what it
//! says there, and what it prints names the next one.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::env::database::places;

const HEADING: &str = "## The first five minutes with data of your own";

/// The commands under the heading, without their remarks.
fn commands() -> Vec<String> {
    let readme = include_str!("../../README.md");
    let section = readme.split_once(HEADING).unwrap().1;
    let block = section.split_once("```sh\n").unwrap().1.split_once("```").unwrap().0;
    block.lines().map(|line| line.split(" #").next().unwrap().trim().to_owned()).collect()
}

/// A machine for one newcomer: a folder, the binary on the path, a crontab that is nobody's.
struct Machine {
    folder: tempfile::TempDir,
}

impl Machine {
    fn new() -> Machine {
        let folder = tempfile::Builder::new().prefix("wvl").tempdir_in("/tmp").unwrap();
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        let machine = Machine { folder };
        let bin = machine.path().join("bin");
        std::fs::create_dir(&bin).unwrap();
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_wvl"), bin.join("wvl")).unwrap();
        let crontab = "#!/bin/sh\ncd \"$(dirname \"$0\")\"\ncase $1 in\n  -l) cat crontab.txt ;;\n  *) cat > crontab.txt ;;\nesac\n";
        std::fs::write(bin.join("crontab"), crontab).unwrap();
        std::fs::write(bin.join("crontab.txt"), "").unwrap();
        std::fs::set_permissions(bin.join("crontab"), std::fs::Permissions::from_mode(0o755)).unwrap();
        machine
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Types the command at a terminal; exit code, and all that is to be read there.
    fn type_in(&self, command: &str) -> (i32, String) {
        let path = format!("{}:/usr/local/bin:/usr/bin:/bin", self.path().join("bin").display());
        let mut terminal = Command::new("script");
        terminal.env_clear().env("PATH", path).env("TERM", "dumb").env("LC_ALL", "C.UTF-8").env("SHELL", "/bin/sh");
        terminal.env("WVL_CONFIG", self.path().join("wvl.toml")).current_dir(self.path());
        if let Some(folder) = places().pg_bindir {
            terminal.env("WVL_PG_BINDIR", folder);
        }
        terminal.args(["--quiet", "--return", "--command", command, "/dev/null"]).stdin(Stdio::null());
        let output = terminal.output().unwrap();
        (output.status.code().unwrap_or(-1), String::from_utf8_lossy(&output.stdout).replace('\r', ""))
    }

    /// What the newcomer fills in by hand.
    fn fill_in(&self) {
        let file = self.path().join("wvl.toml");
        let state = format!("state_dir = {:?}\n", self.path().join("state").display().to_string());
        let text = std::fs::read_to_string(&file).unwrap();
        let text = text.replace("# state = \"DE-BW\"", "state = \"DE-BW\"");
        let text = text.replace("# state_dir = \"/var/lib/wvl\"\n", &state);
        let text = text.replace("company_heads = []", "company_heads = [100]");
        let (before, task) = text.split_once("[escalation.task]\nactive = false").unwrap();
        std::fs::write(&file, format!("{before}[escalation.task]\nactive = true{task}")).unwrap();
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        // nobody types into it any more
        self.type_in("wvl db stop");
    }
}

#[test]
fn the_first_five_minutes_can_be_typed() {
    let machine = Machine::new();
    let employees = "number,first_name,last_name,email\n100,Karin,Vollmer,karin@probe.example\n";
    std::fs::write(machine.path().join("employees.csv"), employees).unwrap();
    std::fs::write(machine.path().join("customers.csv"), "number,name\n10001,Müller Bau GmbH\n").unwrap();

    let commands = commands();
    assert_eq!(commands[0], "make install", "the rest is typed as it stands there");
    let mut told = Vec::new();
    for (index, command) in commands.iter().enumerate().skip(1) {
        let typed = command.replace("/etc/wvl/", &format!("{}/", machine.path().display()));
        let (code, said) = machine.type_in(&typed);
        assert_eq!(code, 0, "{typed}\n{said}");
        if command.contains("config generate") {
            machine.fill_in();
        }
        if command.ends_with("employees.csv -n") {
            // as the remark beside it says
            let (code, said) = machine.type_in(typed.trim_end_matches(" -n"));
            assert_eq!(code, 0, "{said}");
        }
        let next = commands.get(index + 1);
        let is_named = said.contains("wvl ");
        if !is_named && next.is_some() {
            told.push(format!("$ {command}\n{said}"));
        }
    }
    assert!(told.is_empty(), "these leave somebody alone:\n{}", told.join("\n"));
    let crontab = std::fs::read_to_string(machine.path().join("bin/crontab.txt")).unwrap();
    assert!(crontab.contains("escalate run"), "{crontab}");
}
