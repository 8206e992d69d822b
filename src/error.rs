//! The one error type: what went wrong (kind), a message that reads alone, its cause, and the way out.
//!
//! A kind is an exit code (CLI.md "Exit codes"); [`Kind::exit_code`] is the only place that knows the numbers.
//! Constructors name the situation. Messages name the thing, never a secret and no more of a person than its number.

use std::fmt;

/// The result of everything that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What kind of failure it is; decides the exit code and nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Failed for a reason that fits no other kind.
    Failed,
    /// The command line is wrong.
    Usage,
    /// Finished, but some items failed; each has been named.
    Partial,
    /// The record is not there, or not visible to this user.
    NotFound,
    /// The input data is wrong.
    Data,
    /// Database, SMTP or IMAP server could not be reached or logged in to at all.
    Unavailable,
    /// A bug in wvl.
    Bug,
    /// Reached and then lost, timed out, full, read-only: safe to run again.
    Temporary,
    /// Visible, but not permitted.
    Forbidden,
    /// Configuration or schema version wrong.
    Config,
    /// SIGINT came; the current item is finished, the rest stays queued.
    Interrupted,
    /// The same for SIGTERM.
    Terminated,
}

impl Kind {
    /// The process's exit code, as promised in CLI.md.
    pub fn exit_code(self) -> u8 {
        match self {
            Kind::Failed => 1,
            Kind::Usage => 2,
            Kind::Partial => 3,
            Kind::NotFound => 4,
            Kind::Data => 65,
            Kind::Unavailable => 69,
            Kind::Bug => 70,
            Kind::Temporary => 75,
            Kind::Forbidden => 77,
            Kind::Config => 78,
            Kind::Interrupted => 130,
            Kind::Terminated => 143,
        }
    }

    /// The kind's name in `--json` errors.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Failed => "failed",
            Kind::Usage => "usage",
            Kind::Partial => "partial",
            Kind::NotFound => "not_found",
            Kind::Data => "data",
            Kind::Unavailable => "unavailable",
            Kind::Bug => "bug",
            Kind::Temporary => "temporary",
            Kind::Forbidden => "forbidden",
            Kind::Config => "config",
            Kind::Interrupted => "interrupted",
            Kind::Terminated => "terminated",
        }
    }
}

/// A failure with everything its reader needs.
#[derive(Debug)]
pub struct Error {
    kind: Kind,
    message: String,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
    hints: Vec<String>,
}

impl Error {
    /// An error of this kind; prefer a constructor that names the situation.
    pub fn new(kind: Kind, message: impl Into<String>) -> Error {
        Error { kind, message: message.into(), source: None, hints: Vec::new() }
    }

    /// The command line is wrong.
    pub fn usage(message: impl Into<String>) -> Error {
        Error::new(Kind::Usage, message)
    }

    /// The configuration is wrong.
    pub fn config(message: impl Into<String>) -> Error {
        Error::new(Kind::Config, message)
    }

    /// The input data is wrong.
    pub fn data(message: impl Into<String>) -> Error {
        Error::new(Kind::Data, message)
    }

    /// No such record; `noun` as the office says it ("Ticket"), `id` as it was asked for.
    pub fn not_found(noun: &str, id: impl fmt::Display) -> Error {
        Error::new(Kind::NotFound, format!("{noun} {id} not found"))
    }

    /// wvl broke its own rules.
    pub fn bug(message: impl Into<String>) -> Error {
        Error::new(Kind::Bug, message).hint("this is a bug in wvl; please report it with the command that was run")
    }

    /// A signal that was noted (2 or 15) has ended the work between two items.
    pub fn interrupted(signal: usize) -> Error {
        let (kind, name) = if signal == 2 { (Kind::Interrupted, "SIGINT") } else { (Kind::Terminated, "SIGTERM") };
        Error::new(kind, format!("ended by {name}: what was begun is finished, the rest was not begun"))
    }

    /// A signal that was noted (2 or 15) has ended work that is done as a whole or not at all.
    pub fn taken_back(signal: usize) -> Error {
        let (kind, name) = if signal == 2 { (Kind::Interrupted, "SIGINT") } else { (Kind::Terminated, "SIGTERM") };
        Error::new(kind, format!("ended by {name}: what was begun is taken back, the next run does it"))
    }

    /// A file or a folder could not be read or written.
    pub fn file(action: &str, path: &std::path::Path, source: std::io::Error) -> Error {
        use std::io::ErrorKind as Io;
        let kind = match source.kind() {
            Io::StorageFull | Io::QuotaExceeded | Io::ReadOnlyFilesystem | Io::Interrupted => Kind::Temporary,
            _ => Kind::Failed,
        };
        Error::new(kind, format!("cannot {action} {}", path.display())).caused_by(source)
    }

    /// Adds a way out: one more line under the message.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Error {
        self.hints.push(hint.into());
        self
    }

    /// Adds the cause.
    #[must_use]
    pub fn caused_by(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
        self.source = Some(source.into());
        self
    }

    /// The same error with another kind.
    #[must_use]
    pub fn with_kind(mut self, kind: Kind) -> Error {
        self.kind = kind;
        self
    }

    /// What kind of failure it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The ways out.
    pub fn hints(&self) -> &[String] {
        &self.hints
    }

    /// The message with all its causes, on one line.
    pub fn full_message(&self) -> String {
        let mut text = self.message.clone();
        let mut cause = self.source.as_deref().map(|source| source as &dyn std::error::Error);
        while let Some(error) = cause {
            let said = error.to_string();
            // libraries often repeat their cause in their own text
            if !text.contains(said.trim()) {
                text.push_str(": ");
                text.push_str(said.trim());
            }
            cause = error.source();
        }
        text
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
