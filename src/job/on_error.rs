//! Runs the administrator's program when a job has failed: whatever becomes of it, the job's end stays what it is.

use std::io::{Read, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use super::settings::OnError;
use crate::config::check_owner;
use crate::error::{Error, Kind, Result};

/// Where programs are looked for, as a login of root would.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/// More of a message is for `wvl runs show`. It fits into a pipe that nobody reads.
const MAX_MESSAGE: usize = 16 * 1024;
/// Of the program's own complaint.
const MAX_SAID: u64 = 2048;
const STEP: Duration = Duration::from_millis(5);
/// So many of them a killed program gets to be gone.
const STEPS_TO_DIE: u32 = 200;

/// A job that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// `escalate run`.
    pub job: String,
    /// Where.
    pub host: String,
    /// How it ended.
    pub exit_code: u8,
    /// Its row in the diary, if it got that far.
    pub run: Option<i64>,
    /// What went wrong; without secrets, as all messages are.
    pub message: String,
}

impl Failure {
    /// What a person reads, on standard input of the program.
    fn text(&self) -> String {
        let mut text = format!("wvl {} on {} failed with exit code {}\n\n", self.job, self.host, self.exit_code);
        text.push_str(cut(&self.message));
        text.push('\n');
        if let Some(run) = self.run {
            text.push_str(&format!("\nwvl runs show {run}\n"));
        }
        text
    }
}

/// Runs the program with the failure on its standard input and in its environment (WVL_JOB, WVL_HOST, WVL_EXIT_CODE,
/// WVL_RUN, WVL_MESSAGE); nothing else is in its environment but PATH, LANG and HOME.
///
/// Errors: one line that says what became of it.
pub fn run(command: &OnError, failure: &Failure, home: Option<&std::path::Path>, timeout: Duration) -> Result<()> {
    check_owner("on_error", &command.config)?;
    let [program, arguments @ ..] = command.argv.as_slice() else { return Ok(()) };
    let failed = |why: String| Error::new(Kind::Failed, format!("on_error {program} {why}"));
    let mut child = Command::new(program)
        .args(arguments)
        .env_clear()
        .env("PATH", PATH)
        .env("LANG", "C.UTF-8")
        .envs(home.map(|home| ("HOME", home)))
        .env("WVL_JOB", &failure.job)
        .env("WVL_HOST", &failure.host)
        .env("WVL_EXIT_CODE", failure.exit_code.to_string())
        .env("WVL_RUN", failure.run.map(|run| run.to_string()).unwrap_or_default())
        .env("WVL_MESSAGE", cut(&failure.message).replace('\0', " "))
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        // a group of its own, so that what it started ends with it
        .process_group(0)
        .spawn()
        .map_err(|error| failed("cannot be started".to_owned()).caused_by(error))?;
    if let Some(mut input) = child.stdin.take() {
        // who does not read it has it in the environment
        drop(input.write_all(failure.text().as_bytes()));
    }
    let said = what_it_says(&mut child);
    let status =
        wait_within(&mut child, timeout).map_err(|error| failed("cannot be waited for".to_owned()).caused_by(error))?;
    match status {
        Some(status) if status.success() => Ok(()),
        Some(status) => {
            let said = said.recv_timeout(Duration::from_millis(200)).unwrap_or_default();
            let why = said.lines().map(str::trim).rfind(|line| !line.is_empty()).unwrap_or_default();
            let colon = if why.is_empty() { "" } else { ": " };
            Err(failed(format!("failed ({status}){colon}{why}")))
        }
        None => Err(failed(format!("has not ended within {} seconds", timeout.as_secs()))),
    }
}

/// The beginning of its standard error, read beside us so that it never waits for a reader.
fn what_it_says(child: &mut Child) -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    if let Some(mut output) = child.stderr.take() {
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            drop(output.by_ref().take(MAX_SAID).read_to_end(&mut bytes));
            drop(sender.send(String::from_utf8_lossy(&bytes).into_owned()));
            drop(std::io::copy(&mut output, &mut std::io::sink()));
        });
    }
    receiver
}

/// Waits for the end; none if it had to be killed, or does not end and could not be.
fn wait_within(child: &mut Child, timeout: Duration) -> std::io::Result<Option<ExitStatus>> {
    let started = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if started.elapsed() >= timeout {
            if let Ok(group) = i32::try_from(child.id()) {
                // gone already is as good
                let _ = killpg(Pid::from_raw(group), Signal::SIGKILL);
            }
            // one that runs as somebody else (sudo) cannot be killed: it is left to itself
            for _ in 0..STEPS_TO_DIE {
                if child.try_wait()?.is_some() {
                    break;
                }
                std::thread::sleep(STEP);
            }
            return Ok(None);
        }
        std::thread::sleep(STEP);
    }
}

fn cut(message: &str) -> &str {
    &message[..message.floor_char_boundary(MAX_MESSAGE)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run_it(argv: &[&str], timeout: Duration) -> (Result<()>, String) {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("wvl.toml");
        std::fs::write(&config, "").unwrap();
        let argv = argv.iter().map(|word| (*word).to_owned()).collect();
        let failure = Failure {
            job: "escalate run".to_owned(),
            host: "erp".to_owned(),
            exit_code: 75,
            run: Some(17),
            message: format!("gone {}", "ä".repeat(20_000)),
        };
        let result = run(&OnError { argv, config }, &failure, Some(folder.path()), timeout);
        let out = std::fs::read(folder.path().join("out")).unwrap_or_default();
        (result, String::from_utf8_lossy(&out).into_owned())
    }

    #[test]
    fn it_hears_what_happened() {
        let long = Duration::from_secs(10);
        let (result, out) = run_it(&["sh", "-c", "cd; head -c 60 > out; env | cut -c 1-40 | sort >> out"], long);
        result.unwrap();
        let lines: Vec<&str> =
            out.lines().filter(|line| !line.starts_with("PWD") && !line.starts_with("OLDPWD")).collect();
        assert_eq!(lines[0], "wvl escalate run on erp failed with exit code 75");
        assert!(lines.contains(&"WVL_JOB=escalate run") && lines.contains(&"WVL_RUN=17"), "{out}");
        assert!(lines.iter().any(|line| line.starts_with("WVL_MESSAGE=gone ä")), "{out}");
    }

    #[test]
    fn whatever_it_does_is_one_line() {
        let long = Duration::from_secs(10);
        let told = |argv: &[&str], timeout| run_it(argv, timeout).0.unwrap_err().full_message();
        assert_eq!(
            told(&["sh", "-c", "echo weg; echo kaputt >&2; exit 4"], long),
            "on_error sh failed (exit status: 4): kaputt"
        );
        assert_eq!(told(&["false"], long), "on_error false failed (exit status: 1)");
        assert!(told(&["/nowhere"], long).starts_with("on_error /nowhere cannot be started: No such file"));
        let started = Instant::now();
        let hangs = told(&["sh", "-c", "sleep 60 & sleep 60"], Duration::from_millis(50));
        assert_eq!(hangs, "on_error sh has not ended within 0 seconds");
        assert!(started.elapsed() < Duration::from_secs(5));
        // noise in plenty, read by nobody
        run_it(&["sh", "-c", "head -c 3000000 /dev/zero >&2"], long).0.unwrap();
    }
}
