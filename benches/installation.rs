//! Where the benchmarks measure: a wvl with configuration and private cluster of its own, below `target/tmp/bench`. What is
//! loaded into it stays there for the next time.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::Outcome;

/// The release binary, where cargo puts it.
const WVL: &str = env!("CARGO_BIN_EXE_wvl");

/// A folder with a configuration, and the state of its cluster in `database`.
pub struct Installation {
    /// Its folder, an absolute path.
    pub folder: PathBuf,
    psql: PathBuf,
}

impl Installation {
    /// The one with this name; whoever opens it configures and starts it.
    pub fn open(name: &str) -> Outcome<Installation> {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench").join(name);
        std::fs::create_dir_all(&folder)?;
        let bindir = Command::new("pg_config").arg("--bindir").output().ok().filter(|output| output.status.success());
        let bindir = bindir.map_or_else(PathBuf::new, |output| String::from_utf8_lossy(&output.stdout).trim().into());
        let psql = if bindir.join("psql").exists() { bindir.join("psql") } else { "psql".into() };
        Ok(Installation { folder, psql })
    }

    /// A file in its folder.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// A run of wvl.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(WVL);
        command.args(arguments).env("WVL_CONFIG", self.file("wvl.toml"));
        command
    }

    /// What a run of wvl answers.
    pub fn wvl(&self, arguments: &[&str]) -> Outcome<String> {
        let output = self.command(arguments).stderr(Stdio::inherit()).output()?;
        if !output.status.success() {
            return Err(format!("wvl {} failed: {}", arguments.join(" "), output.status).into());
        }
        Ok(String::from_utf8(output.stdout)?.trim().to_owned())
    }

    /// A psql of its own on the database, not one that wvl starts.
    pub fn psql(&self) -> Outcome<Command> {
        let mut command = Command::new(&self.psql);
        command.args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", &self.wvl(&["db", "url"])?]);
        Ok(command)
    }

    /// What the database answers to a question.
    pub fn answer(&self, question: &str) -> Outcome<String> {
        let quiet = "SET client_min_messages = warning";
        self.wvl(&["db", "psql", "--", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", quiet, "-c", question])
    }

    /// Statements without an answer, one transaction.
    pub fn sql(&self, statements: &str) -> Outcome<()> {
        self.answer(&format!("{statements};")).map(drop)
    }

    /// Writes everything to disk now, so that nobody pays for it later.
    pub fn checkpoint(&self) -> Outcome<()> {
        self.as_superuser("CHECKPOINT")
    }

    /// A statement as the superuser of the private cluster, whom only the cluster's own user can become.
    pub fn as_superuser(&self, statement: &str) -> Outcome<()> {
        let url = self.wvl(&["db", "url"])?.replacen("//wvl@", "//postgres@", 1);
        let psql = self.psql.to_string_lossy();
        let command = [&*psql, "-X", "-q", "-d", &url, "-c", statement];
        let is_root = self.file("database").join("data").metadata().is_ok_and(|state| is_of_another(&state));
        let prefix: &[&str] = if is_root { &["runuser", "-u", "postgres", "--"] } else { &[] };
        let all = [prefix, &command[..]].concat();
        let output = Command::new(all[0]).args(&all[1..]).current_dir("/").output()?;
        if !output.status.success() {
            return Err(format!("{statement}: {}", String::from_utf8_lossy(&output.stderr)).into());
        }
        Ok(())
    }
}

fn is_of_another(folder: &Metadata) -> bool {
    let own = std::fs::metadata("/proc/self").map(|process| process.uid());
    own.is_ok_and(|own| own != folder.uid())
}

/// What is measured is what is installed: the binary that cargo makes for benchmarks can be killed at points of the tests.
pub fn build_release() -> Outcome<()> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let status = Command::new(cargo).args(["build", "--locked", "--release", "--quiet", "--bin", "wvl"]).status()?;
    if status.success() { Ok(()) } else { Err("wvl cannot be built".into()) }
}
