//! A company's machine in a temporary folder: configuration, database, Maildir, and the real binary run in it.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use super::TestDatabase;

const NO_DATABASE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/no-database.toml");

/// A folder with a configuration that names a database of its own and delivers into a Maildir.
pub struct TestEnvironment {
    folder: tempfile::TempDir,
    /// The database that the configuration names.
    pub database: TestDatabase,
}

/// What a run of the binary did.
#[derive(Debug)]
pub struct Run {
    /// The exit code; a signal is -1.
    pub code: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl TestEnvironment {
    /// A migrated database and a configuration with nothing in it but what a run needs.
    pub fn new() -> TestEnvironment {
        TestEnvironment::with_database(TestDatabase::new())
    }

    /// The same with a database of the test's choice.
    pub fn with_database(database: TestDatabase) -> TestEnvironment {
        let environment = TestEnvironment { folder: tempfile::tempdir().unwrap(), database };
        let keys = environment.write("signing-keys", format!("{}\n", "5a".repeat(32)));
        std::fs::set_permissions(keys, std::fs::Permissions::from_mode(0o600)).unwrap();
        environment.configure("");
        environment
    }

    /// Writes the configuration anew, with these lines (whole sections) added.
    pub fn configure(&self, more: &str) {
        let url = &self.database.url;
        let text = format!(
            "[company]\nname = \"Systemhaus Neckar GmbH\"\nzone = \"Europe/Berlin\"\n\n\
             [calendar.default]\nstate = \"DE-BW\"\nclosed = [\"12-24\", \"12-31\"]\n\n\
             [database]\nurl = {url:?}\n\n\
             [mail]\nmode = \"live\"\nfrom = \"Wiedervorlage <wvl@systemhaus.example>\"\ntransport = \"maildir\"\n\
             maildir = \"Maildir\"\nsigning_keys_file = \"signing-keys\"\n\n{more}"
        );
        self.write("wvl.toml", &text);
    }

    /// The folder of everything.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The configuration file.
    pub fn config(&self) -> PathBuf {
        self.path().join("wvl.toml")
    }

    /// Where mails arrive.
    pub fn maildir(&self) -> PathBuf {
        self.path().join("Maildir")
    }

    /// Writes a file into the folder.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    /// The binary with this environment's configuration, no other environment, and no input; not started yet.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = bare_command(&[]);
        // first: what follows a -- is not ours
        command.current_dir(self.path()).arg("--config").arg(self.config()).args(arguments);
        command
    }

    /// Runs the binary to its end.
    pub fn wvl(&self, arguments: &[&str]) -> Run {
        run(&mut self.command(arguments))
    }

    /// Runs the binary and expects success.
    pub fn ok(&self, arguments: &[&str]) -> String {
        let run = self.wvl(arguments);
        assert_eq!(run.code, 0, "wvl {}\n{}{}", arguments.join(" "), run.stdout, run.stderr);
        run.stdout
    }

    /// The mails in the Maildir in the order of their names, as bytes.
    pub fn mails(&self) -> Vec<Vec<u8>> {
        let Ok(entries) = std::fs::read_dir(self.maildir().join("new")) else { return Vec::new() };
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        paths.iter().map(|path| std::fs::read(path).unwrap()).collect()
    }
}

/// The binary in an empty environment, with a configuration whose database does not exist: a test that forgets its own must
/// not find a company's.
pub fn bare_command(arguments: &[&str]) -> Command {
    bare_command_of(Path::new(env!("CARGO_BIN_EXE_wvl")), arguments)
}

/// The same with a copy of the binary.
pub fn bare_command_of(program: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.env_clear().env("PATH", "/usr/bin:/bin").env("WVL_CONFIG", NO_DATABASE);
    command.args(arguments).stdin(Stdio::null());
    if let Some(folder) = std::env::var_os("WVL_PG_BINDIR") {
        command.env("WVL_PG_BINDIR", folder);
    }
    command
}

/// Runs a command to its end.
pub fn run(command: &mut Command) -> Run {
    Run::from(command.output().unwrap())
}

impl From<Output> for Run {
    fn from(output: Output) -> Run {
        Run {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}
