//! The first five minutes, typed at a terminal in a fresh place: the demo, then a company of one's own in a second Postgres, up to
//! the first live run. What is typed is what the screen before names, and the README's block is on the way.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use chrono::{Days, Utc};

use crate::env::database::places;

const HEADING: &str = "## The first five minutes with data of your own";
/// Who types with ten fingers strikes 200 keys a minute.
const KEYS_IN_FIVE_MINUTES: usize = 1000;

/// The commands under the heading, without their remarks.
fn readme() -> Vec<&'static str> {
    let section = include_str!("../../README.md").split_once(HEADING).unwrap().1;
    let block = section.split_once("```sh\n").unwrap().1.split_once("```").unwrap().0;
    block.lines().map(|line| line.split(" #").next().unwrap().trim()).collect()
}

/// A machine for one newcomer: a folder, the binary on the path, a crontab that is nobody's, and what has been typed so far.
struct Machine {
    folder: tempfile::TempDir,
    typed: Vec<String>,
    screen: String,
}

impl Machine {
    fn new() -> Machine {
        let folder = tempfile::Builder::new().prefix("wvl").tempdir_in("/tmp").unwrap();
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        let machine = Machine { folder, typed: Vec::new(), screen: String::new() };
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

    fn file(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    /// What the shell would remember: WVL_CONFIG, as the last command left it.
    fn configuration(&self) -> String {
        std::fs::read_to_string(self.file("exported")).unwrap_or_default().trim().to_owned()
    }

    /// Types the command at a terminal; exit code, and all that is to be read there.
    fn type_in(&self, command: &str) -> (i32, String) {
        let path = format!("{}:/usr/local/bin:/usr/bin:/bin", self.file("bin").display());
        let mut terminal = Command::new("script");
        terminal.env_clear().env("PATH", path).env("TERM", "dumb").env("LC_ALL", "C.UTF-8").env("SHELL", "/bin/sh");
        terminal.env("WVL_CONFIG", self.configuration()).current_dir(self.path());
        if let Some(folder) = places().pg_bindir {
            terminal.env("WVL_PG_BINDIR", folder);
        }
        let line =
            format!("{command}; code=$?; echo \"$WVL_CONFIG\" > {}; exit $code", self.file("exported").display());
        terminal.args(["--quiet", "--return", "--command", &line, "/dev/null"]).stdin(Stdio::null());
        let output = terminal.output().unwrap();
        (output.status.code().unwrap_or(-1), String::from_utf8_lossy(&output.stdout).replace('\r', ""))
    }

    /// Types it, and reads the screen.
    fn begin(&mut self, command: &str) {
        let (code, screen) = self.type_in(command);
        assert_eq!(code, 0, "$ {command}\n{screen}");
        self.typed.push(command.to_owned());
        self.screen = screen;
    }

    /// Types the command that the screen names and that begins so; with the file that is meant.
    fn follow(&mut self, beginning: &str, file: &str) {
        let named = self.screen.lines().rev().find_map(|line| line.find(beginning).map(|at| &line[at..]));
        let Some(named) = named else {
            panic!("after {:?} nothing names “{beginning}”:\n{}", self.typed.last(), self.screen)
        };
        // the usual place of a configuration is a real one: only its name is typed, never the place of whoever runs the tests
        let command = match beginning {
            "wvl config generate" => format!("{beginning} {file}"),
            _ => named.trim_end().replace("FILE.csv", file),
        };
        let before = std::mem::take(&mut self.screen);
        self.begin(&command);
        if !self.screen.contains("wvl ") {
            // what only prepares the next one leaves the screen as it was
            assert!(
                ["eval ", "export "].iter().any(|silent| beginning.starts_with(silent)),
                "{command} leaves one alone"
            );
            self.screen = before;
        }
    }

    /// Writes something else into the configuration, by hand.
    fn edit(&mut self, changes: &[(&str, &str)]) {
        let file = self.configuration();
        let mut text = std::fs::read_to_string(&file).unwrap();
        for (before, after) in changes {
            assert!(text.contains(before), "{before}");
            text = text.replacen(before, after, 1);
            self.typed.push((*after).to_owned());
        }
        std::fs::write(file, text).unwrap();
    }

    fn mails(&self, folder: &str) -> Vec<String> {
        let files = std::fs::read_dir(self.file(folder)).unwrap();
        files.map(|file| String::from_utf8_lossy(&std::fs::read(file.unwrap().path()).unwrap()).into_owned()).collect()
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        self.type_in(&format!("wvl demo stop --folder {}", self.file("demo").display()));
        self.type_in("wvl db stop");
    }
}

#[test]
fn the_first_five_minutes_can_be_typed() {
    let mut machine = Machine::new();
    let today = Utc::now().date_naive();
    let (long_ago, soon) = (today - Days::new(30), today + Days::new(3));
    let offers = format!(
        "kind,number,status,title,customer,date,follow_up_at,handler\n\
         offer,A-1,open,Old,10001,{long_ago},{long_ago},100\noffer,A-2,open,New,10001,{today},{soon},100\n"
    );
    let employees = "number,first_name,last_name,email\n100,Karin,Vollmer,karin@probe.example\n";
    for (name, text) in [
        ("employees.csv", employees),
        ("customers.csv", "number,name\n10001,Müller Bau GmbH\n"),
        ("offers.csv", &offers),
    ] {
        std::fs::write(machine.file(name), text).unwrap();
    }

    // the demo, as `make demo` starts it
    machine.begin(&format!("wvl demo start --folder {}", machine.file("demo").display()));
    machine.follow("wvl demo tour", "");
    machine.follow("eval \"$(wvl demo env", "");
    assert!(machine.configuration().ends_with("/demo/wvl.toml"), "{}", machine.configuration());
    let tour = machine.screen.clone();
    machine.follow("wvl today", "");
    assert!(machine.screen.contains("Karin Vollmer") && machine.screen.contains("→ wvl escalate run --dry-run"));
    machine.screen = tour;
    machine.follow("wvl escalate run --dry-run --as-of", "");
    machine.follow("wvl escalate explain", "");
    machine.follow("wvl escalate run --dry-run --eml-dir", "");
    assert!(machine.mails("mails").iter().any(|mail| mail.contains("\nSubject: ")));

    // a company of one's own, in a second database
    let file = machine.file("wvl.toml").display().to_string();
    machine.follow("wvl config generate", &file);
    machine.follow("export WVL_CONFIG=", "");
    assert_eq!(machine.configuration(), file);
    let state = format!("state_dir = {:?}\n", machine.file("state").display().to_string());
    machine.edit(&[
        ("# state = \"DE-BW\"", "state = \"DE-BW\""),
        ("# state_dir = \"/var/lib/wvl\"\n", &state),
        ("company_heads = []", "company_heads = [100]"),
        ("[escalation.offer-follow-up]\nactive = false", "[escalation.offer-follow-up]\nactive = true"),
    ]);
    machine.follow("wvl config validate", "");
    machine.follow("wvl db migrate", "");
    machine.follow("wvl doctor", "");
    for (noun, file) in [("employee", "employees.csv"), ("customer", "customers.csv"), ("document", "offers.csv")] {
        machine.follow(&format!("wvl {noun} import"), file);
        assert!(machine.screen.contains("nothing was written"), "{}", machine.screen);
        machine.follow(&format!("wvl {noun} import"), file);
    }
    machine.follow("wvl escalate baseline --dry-run", "");
    machine.follow("wvl escalate baseline --yes", "");
    machine.follow("wvl escalate simulate", "");
    machine.follow("wvl cron install", "");
    machine.follow("wvl cron test escalate-run", "");
    machine.edit(&[("mode = \"redirect\"", "mode = \"live\"")]);
    machine.follow("wvl escalate run", "");
    machine.follow("wvl status", "");

    // what the README says to type was on the way, in this order
    let mut way = machine.typed.iter().map(|command| command.replace(&file, "/etc/wvl/wvl.toml"));
    for command in readme().into_iter().filter(|command| *command != "make install") {
        assert!(
            way.any(|typed| typed == command),
            "“{command}” of the README is not what the screens name, or not then"
        );
    }
    let keys: usize = machine.typed.iter().map(|command| command.replace(&file, "/etc/wvl/wvl.toml").len() + 1).sum();
    assert!(keys <= KEYS_IN_FIVE_MINUTES, "{keys} keys are more than five minutes: {:#?}", machine.typed);

    // it has begun: nothing of what was overdue before, and what falls due afterwards
    let crontab = std::fs::read_to_string(machine.file("bin/crontab.txt")).unwrap();
    assert!(crontab.contains("escalate run"), "{crontab}");
    assert!(!machine.file("state/Maildir/new").exists() || machine.mails("state/Maildir/new").is_empty());
    for days in 8..15 {
        // no stretch of seven days is without a working day
        machine.begin(&format!("wvl escalate run --as-of {}T14:00", today + Days::new(days)));
    }
    let mails = machine.mails("state/Maildir/new");
    assert!(!mails.is_empty() && mails.iter().all(|mail| mail.contains("A-2") && !mail.contains("A-1 ")), "{mails:?}");
}
