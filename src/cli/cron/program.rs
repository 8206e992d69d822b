//! The program `crontab`, with which alone a user's crontab is read and written.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use wvl::error::{Error, Kind, Result};

use crate::cli::Context;

/// What it says of a user who has none.
const HAS_NONE: &str = "no crontab for";

/// The crontab of whoever runs this; empty if there is none.
pub fn read(context: &Context) -> Result<Vec<u8>> {
    let output = finish(command(context).arg("-l").stdin(Stdio::null()).output())?;
    let said = String::from_utf8_lossy(&output.stderr);
    match output.status.success() {
        true => Ok(output.stdout),
        false if output.status.code() == Some(1) && said.contains(HAS_NONE) => Ok(Vec::new()),
        false if said.trim().is_empty() => {
            Err(refused("read", &format!("it ended without a word ({})", output.status)))
        }
        false => Err(refused("read", &said)),
    }
}

/// Replaces it; an empty one is taken away.
pub fn write(context: &Context, crontab: &[u8]) -> Result<()> {
    if crontab.is_empty() {
        let output = finish(command(context).arg("-r").stdin(Stdio::null()).output())?;
        let said = String::from_utf8_lossy(&output.stderr);
        return if output.status.success() || said.contains(HAS_NONE) { Ok(()) } else { Err(refused("remove", &said)) };
    }
    let mut child = command(context)
        .arg("-")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(missing)?;
    if let Some(mut input) = child.stdin.take() {
        // where it does not read, it says why
        drop(input.write_all(crontab));
    }
    let output = finish(child.wait_with_output())?;
    if !output.status.success() {
        return Err(refused("write", &String::from_utf8_lossy(&output.stderr)));
    }
    match read(context)? == crontab {
        true => Ok(()),
        false => Err(Error::new(Kind::Failed, "the crontab is not what was written into it")
            .hint("perhaps somebody edits it just now: look at crontab -l, then try again")),
    }
}

/// Whether some cron runs on this machine; without one a crontab is only a file.
pub fn is_cron_alive() -> bool {
    let Ok(processes) = std::fs::read_dir("/proc") else { return true };
    processes.flatten().any(|process| {
        let name = std::fs::read_to_string(process.path().join("comm")).unwrap_or_default();
        ["cron", "crond", "fcron", "busybox", "anacron"].contains(&name.trim())
    })
}

fn command(context: &Context) -> Command {
    let mut command = Command::new("crontab");
    command.env_clear().env("LC_ALL", "C").env("PATH", "/usr/bin:/bin");
    if let Some(path) = &context.environment.path {
        command.env("PATH", path);
    }
    command
}

fn finish(output: std::io::Result<Output>) -> Result<Output> {
    output.map_err(missing)
}

fn missing(error: std::io::Error) -> Error {
    if error.kind() != std::io::ErrorKind::NotFound {
        return Error::new(Kind::Failed, "cannot start crontab").caused_by(error);
    }
    Error::new(Kind::Failed, "there is no program crontab on this machine")
        .hint("apt-get install cron")
        .hint("or wvl cron print --systemd, for timers of systemd")
}

fn refused(verb: &str, said: &str) -> Error {
    let kind = if said.contains("not allowed") { Kind::Forbidden } else { Kind::Failed };
    let said = said.trim().replace('\n', "; ");
    Error::new(kind, format!("crontab did not {verb} the crontab: {said}"))
}
