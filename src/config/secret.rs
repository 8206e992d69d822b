//! Passwords: where they may come from, and a type that never shows one.
//!
//! A secret stands in a file of its own, or a command prints it (a password manager, systemd-creds). It stands on no
//! command line and is copied into no message. Files follow libpq's rule for its password file: nobody but the owner
//! reads them. A command runs only if nobody else could have written it into the configuration.

use std::fmt;
use std::fs::{File, Metadata, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use super::section::Section;
use crate::error::{Error, Kind, Result};

/// How long a password command may take; a job of cron must not hang on a forgotten prompt.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(10);

/// No password is longer; more is the wrong file.
const MAX_BYTES: u64 = 4096;

/// An access token with many claims is longer than any password.
const MAX_TOKEN_BYTES: u64 = 16_384;

/// The key of the command that prints an access token.
pub const TOKEN_COMMAND: &str = "token_command";

/// A secret text. It prints as `***` wherever it is printed by mistake.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a text that must not be shown.
    pub fn new(text: impl Into<String>) -> Secret {
        Secret(text.into())
    }

    /// The text itself, for the one who logs in with it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Where a secret is to be had.
#[derive(Clone, PartialEq, Eq)]
pub enum SecretSource {
    /// The first line of this file, which only its owner may read.
    File(PathBuf),
    /// The one line that this command prints.
    Command {
        /// The key that names it.
        key: &'static str,
        /// Program and arguments; no shell is involved.
        argv: Vec<String>,
        /// The configuration file that names the command, whose owner must be trusted.
        config: PathBuf,
    },
}

impl fmt::Debug for SecretSource {
    /// Names the file or the program; its arguments may be secret in themselves.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SecretSource::File(path) => write!(f, "File({})", path.display()),
            SecretSource::Command { argv, .. } => write!(f, "Command({})", argv.first().map_or("", String::as_str)),
        }
    }
}

impl SecretSource {
    /// Reads `password_file` and `password_command`, of which one at most may be set.
    pub fn read(section: &mut Section<'_>) -> Option<SecretSource> {
        let file = section.path("password_file");
        let argv = section.command("password_command");
        if section.has("password") {
            // known, so that the message can say more than "no such key"
            section.optional_masked("password", |_| "***".to_owned());
            section.wrong("password", "a password does not stand in the configuration; put it into a file that only its owner may read (chmod 600) and name that as password_file");
        }
        match (file, argv.as_slice()) {
            (Some(_), [_, ..]) => {
                section.wrong("password_command", "set password_file or password_command, not both");
                None
            }
            (Some(file), []) => Some(SecretSource::File(file)),
            (None, _) => SecretSource::of_command(section, "password_command", argv),
        }
    }

    /// Reads a command that prints a secret, as the value of `key`.
    pub fn read_command(section: &mut Section<'_>, key: &'static str) -> Option<SecretSource> {
        let argv = section.command(key);
        SecretSource::of_command(section, key, argv)
    }

    fn of_command(section: &mut Section<'_>, key: &'static str, argv: Vec<String>) -> Option<SecretSource> {
        match argv.as_slice() {
            [] => {
                if section.has(key) {
                    section.wrong(key, "the list is empty; its first item is the program to run");
                }
                None
            }
            argv if argv.iter().any(|argument| argument.contains('\0')) || argv[0].is_empty() => {
                section.wrong(key, "the first item must be a program, and no item may hold a NUL");
                None
            }
            argv => section.file().map(|config| SecretSource::Command {
                key,
                argv: argv.to_vec(),
                config: std::path::absolute(config).unwrap_or_else(|_| config.to_path_buf()),
            }),
        }
    }

    /// Fetches the secret, now. Errors name the file or the program, never what it said.
    pub fn resolve(&self) -> Result<Secret> {
        match self {
            SecretSource::File(path) => from_file(path),
            SecretSource::Command { key, argv, config } => {
                check_owner(key, config)?;
                from_command(key, argv)
            }
        }
    }

    /// Looks for what would make [`SecretSource::resolve`] fail, without running a command; for `config validate`.
    pub fn check(&self) -> Result<()> {
        match self {
            SecretSource::File(path) => from_file(path).map(|_| ()),
            SecretSource::Command { key, config, .. } => check_owner(key, config),
        }
    }
}

/// The error for a file with a secret that cannot be read; `what` names it, `absent` is the hint where there is none.
pub fn unreadable_secret(what: &str, path: &Path, source: std::io::Error, absent: Option<&str>) -> Error {
    let hint = match source.kind() {
        ErrorKind::PermissionDenied => Some("run this as the user it belongs to, the one that runs the jobs"),
        _ => absent,
    };
    let error = Error::config(format!("cannot read the {what} {}", path.display())).caused_by(source);
    match hint {
        Some(hint) => error.hint(hint),
        None => error,
    }
}

/// Whether the secret is there and this user may not read it.
pub(super) fn is_closed(error: &Error) -> bool {
    let source = std::error::Error::source(error).and_then(|source| source.downcast_ref::<std::io::Error>());
    source.is_some_and(|source| source.kind() == ErrorKind::PermissionDenied)
}

fn from_file(path: &Path) -> Result<Secret> {
    let unreadable = |error| unreadable_secret("password file", path, error, None);
    // asked before the file is opened too: opening a pipe would wait for somebody to write into it
    if !std::fs::metadata(path).map_err(unreadable)?.is_file() {
        return Err(Error::config(format!("the password file {} is no regular file", path.display())));
    }
    let file = File::open(path).map_err(unreadable)?;
    let found = file.metadata().map_err(unreadable)?;
    if found.mode() & 0o077 != 0 {
        return Err(Error::config(format!(
            "the password file {} may be read by others than its owner",
            path.display()
        ))
        .hint(format!("chmod 600 {}", path.display())));
    }
    if !trusted(&found) {
        return Err(Error::config(format!("the password file {} belongs to another user", path.display()))
            .hint("let it belong to root or to the user that runs wvl"));
    }
    let mut bytes = Vec::new();
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    one_line(bytes, MAX_BYTES, &format!("the password file {}", path.display()))
}

/// The process's own user and root may tell this process what to run.
fn trusted(found: &Metadata) -> bool {
    found.uid() == 0 || found.uid() == nix::unistd::geteuid().as_raw()
}

/// A command is somebody's program: it runs only if the configuration that names it (as `key`) is ours alone to write.
pub fn check_owner(key: &str, config: &Path) -> Result<()> {
    let refused = |why: &str| {
        Error::config(format!("{key} is refused: {} {why}", config.display()))
            .hint("let the file belong to root or to the user that runs wvl, in a folder that only they may write")
    };
    let unreadable = |error| Error::config(format!("cannot look at {}", config.display())).caused_by(error);
    // behind a link counts the place it leads to
    let real = std::fs::canonicalize(config).map_err(unreadable)?;
    let file = std::fs::metadata(&real).map_err(unreadable)?;
    if !trusted(&file) {
        return Err(refused("belongs to another user"));
    }
    if file.mode() & 0o022 != 0 {
        return Err(refused("may be written by others"));
    }
    for place in [real.parent(), config.parent()].into_iter().flatten() {
        let folder = std::fs::metadata(place).map_err(unreadable)?;
        if folder.mode() & 0o022 != 0 {
            return Err(refused("lies in a folder that others may write"));
        }
        if !trusted(&folder) {
            return Err(refused("lies in a folder of another user"));
        }
    }
    Ok(())
}

fn from_command(key: &str, argv: &[String]) -> Result<Secret> {
    from_command_within(key, argv, COMMAND_TIMEOUT)
}

fn from_command_within(key: &str, argv: &[String], timeout: Duration) -> Result<Secret> {
    let [program, arguments @ ..] = argv else { return Err(Error::bug("a password command without a program")) };
    let what = format!("{key} {program}");
    let most = if key == TOKEN_COMMAND { MAX_TOKEN_BYTES } else { MAX_BYTES };
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        // its own words go to the terminal or to cron's mail, not through us
        .stderr(Stdio::inherit())
        // a group of its own, so that what it started ends with it
        .process_group(0)
        .spawn()
        .map_err(|error| Error::config(format!("cannot start {what}")).caused_by(error))?;
    let group = i32::try_from(child.id()).map(Pid::from_raw).ok();
    let Some(output) = child.stdout.take() else { return Err(Error::bug("a child without its output")) };
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let read = output.take(most + 1).read_to_end(&mut bytes);
        // nobody listens any more after the timeout
        let _ = sender.send(read.map(|_| bytes));
    });
    let answer = receiver.recv_timeout(timeout);
    let overlong = matches!(&answer, Ok(Ok(bytes)) if bytes.len() as u64 > most);
    if let (true, Some(group)) = (overlong || answer.is_err(), group) {
        // gone already is as good
        let _ = killpg(group, Signal::SIGKILL);
    }
    let bytes = match answer {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(error)) => {
            let _ = child.wait();
            return Err(Error::config(format!("cannot read what {what} prints")).caused_by(error));
        }
        Err(_) => {
            let _ = child.wait();
            return Err(Error::config(format!("{what} has not answered within {} seconds", timeout.as_secs())));
        }
    };
    let status = wait_within(&mut child, timeout, group)
        .map_err(|error| Error::config(format!("cannot wait for {what}")).caused_by(error))?;
    if overlong {
        return one_line(bytes, most, &what);
    }
    match status {
        Some(status) if status.success() => one_line(bytes, most, &what),
        Some(status) => Err(Error::config(format!("{what} failed ({status})"))),
        None => Err(Error::config(format!("{what} has not ended within {} seconds", timeout.as_secs()))),
    }
}

/// Waits for a child that has closed its output; `None` if it had to be killed.
fn wait_within(
    child: &mut std::process::Child,
    timeout: Duration,
    group: Option<Pid>,
) -> std::io::Result<Option<std::process::ExitStatus>> {
    const STEP: Duration = Duration::from_millis(5);
    let mut waited = Duration::ZERO;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if waited >= timeout {
            if let Some(group) = group {
                let _ = killpg(group, Signal::SIGKILL);
            }
            child.wait()?;
            return Ok(None);
        }
        std::thread::sleep(STEP);
        waited += STEP;
    }
}

fn one_line(bytes: Vec<u8>, most: u64, what: &str) -> Result<Secret> {
    if bytes.len() as u64 > most {
        return Err(Error::config(format!("{what} holds more than {most} bytes: no password")));
    }
    let text = String::from_utf8(bytes).map_err(|_| Error::config(format!("{what} holds no UTF-8 text")))?;
    let line = text.strip_suffix('\n').unwrap_or(&text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    if line.is_empty() {
        return Err(Error::config(format!("{what} holds no password: its first line is empty")));
    }
    if line.contains(['\n', '\r', '\0']) {
        return Err(Error::config(format!("{what} holds more than one line")));
    }
    Ok(Secret(line.to_owned()))
}

/// Writes a new file that only its owner may read; an existing one is an error of kind `Failed` and stays as it is.
pub fn write_private(path: &Path, content: &[u8]) -> Result<()> {
    let failed = |error| Error::file("write", path, error).with_kind(Kind::Failed);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(failed)?;
    file.write_all(content).and_then(|()| file.sync_all()).map_err(failed)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn command(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    fn mode(path: &Path, mode: u32) {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn a_secret_never_shows() {
        let secret = Secret::new("geheim");
        assert_eq!(format!("{secret} {secret:?}"), "*** ***");
        assert_eq!(secret.expose(), "geheim");
    }

    #[test]
    fn a_file_others_may_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("pw");
        write_private(&file, b"ge heim\r\n").unwrap();
        assert_eq!(from_file(&file).unwrap().expose(), "ge heim");
        for rights in [0o640, 0o604, 0o666] {
            mode(&file, rights);
            let error = from_file(&file).unwrap_err();
            assert!(error.to_string().contains("may be read by others"), "{error}");
            assert_eq!(error.kind().exit_code(), 78);
        }
        assert!(write_private(&file, b"x").is_err());
        assert!(from_file(folder.path()).is_err());
    }

    #[test]
    fn one_line_and_no_more() {
        for wrong in ["", "\n", "\r\n", "a\nb\n", "a\n\n", "a\0b"] {
            assert!(one_line(wrong.into(), MAX_BYTES, "it").is_err(), "{wrong:?}");
        }
        assert!(one_line(vec![b'a'; 5000], MAX_BYTES, "it").is_err());
        assert!(one_line(vec![0xff], MAX_BYTES, "it").is_err());
        assert_eq!(one_line(b"a b \n".to_vec(), MAX_BYTES, "it").unwrap().expose(), "a b ");
    }

    #[test]
    fn a_command_answers_in_time_or_not_at_all() {
        assert_eq!(from_command("password_command", &command(&["printf", "geheim\\r\\n"])).unwrap().expose(), "geheim");
        let long = Duration::from_secs(10);
        let failing = |words: &[&str], timeout| {
            from_command_within("password_command", &command(words), timeout).unwrap_err().to_string()
        };
        assert!(failing(&["false"], long).contains("failed"));
        assert!(failing(&["true"], long).contains("no password"));
        assert!(failing(&["head", "-c", "2000000", "/dev/zero"], long).contains("more than 4096 bytes"));
        assert!(failing(&["yes"], long).contains("more than 4096 bytes"));
        let token = command(&["head", "-c", "9000", "/etc/services"]);
        let error = from_command(TOKEN_COMMAND, &token).unwrap_err().to_string();
        assert!(error.contains("token_command head holds more than one line"), "{error}");
        assert!(failing(&["sleep", "60"], Duration::from_millis(50)).contains("has not answered"));
        assert!(failing(&["sh", "-c", "exec >&-; sleep 60"], Duration::from_secs(1)).contains("has not ended"));
        assert!(failing(&["/nowhere/at all"], long).contains("cannot start"));
    }

    #[test]
    fn a_command_needs_a_configuration_nobody_else_may_write() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("wvl.toml");
        std::fs::write(&file, "").unwrap();
        mode(&file, 0o644);
        assert!(check_owner("password_command", &file).is_ok());
        mode(&file, 0o664);
        assert!(check_owner("password_command", &file).unwrap_err().to_string().contains("may be written by others"));
        mode(&file, 0o644);
        for open in [0o1777, 0o775] {
            mode(folder.path(), open);
            assert!(
                check_owner("password_command", &file)
                    .unwrap_err()
                    .to_string()
                    .contains("a folder that others may write")
            );
        }
        mode(folder.path(), 0o755);
    }
}
