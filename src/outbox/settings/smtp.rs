//! `[mail.smtp]`: the mail server, how it is reached, and as whom.

use std::fmt;
use std::path::PathBuf;

use crate::config::{Complaint, SecretSource, Section, TOKEN_COMMAND};

/// How the connection to the mail server is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tls {
    /// STARTTLS, and no mail without it.
    Required,
    /// TLS from the first byte.
    Implicit,
    /// None: for a server on this machine.
    None,
}

impl fmt::Display for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Tls::Required => "required",
            Tls::Implicit => "implicit",
            Tls::None => "none",
        })
    }
}

/// `[mail.smtp]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SmtpSettings {
    /// The server's name, which its certificate must carry.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Protection of the connection.
    pub tls: Tls,
    /// Who logs in; none: nobody does.
    pub user: Option<String>,
    /// With which password; set where `user` is.
    pub password: Option<SecretSource>,
    /// With which access token instead (XOAUTH2).
    pub token: Option<SecretSource>,
    /// A certificate authority of one's own (PEM), beside those of the system.
    pub ca_file: Option<PathBuf>,
    /// Seconds to wait for each answer.
    pub timeout_seconds: u64,
    /// At most so many connections at once, from one process.
    pub connections: usize,
    /// A connection is given up after so many messages; 0: never.
    pub messages_per_connection: u32,
    /// The server gets at most so many messages a minute, from all senders together; 0: no limit.
    pub max_per_minute: u32,
}

/// More connections than so many were slower on every machine measured: they wait for the same disk.
const WORTHWHILE_CONNECTIONS: i64 = 8;

/// Reads the section; none without a host.
pub(super) fn read(section: &mut Section<'_>) -> Option<SmtpSettings> {
    let host = section.optional_parsed("host", None, parse_host);
    let tls = section.choice(
        "tls",
        Tls::Required,
        &[("required", Tls::Required), ("implicit", Tls::Implicit), ("none", Tls::None)],
    );
    let usual_port = match tls {
        Tls::Required => 587,
        Tls::Implicit => 465,
        Tls::None => 25,
    };
    let port = section.integer("port", usual_port, 1..=65535);
    let user = section.optional_text("user");
    let password = SecretSource::read(section);
    let token = SecretSource::read_command(section, TOKEN_COMMAND);
    let ca_file = section.path("ca_file");
    let timeout = section.integer("timeout_seconds", 60, 1..=600);
    let connections = section.integer("connections", 4, 1..=16);
    if connections > WORTHWHILE_CONNECTIONS {
        section.warn("connections", "more than 8 are rarely faster: all wait for the same database");
    }
    let messages_per_connection = section.integer("messages_per_connection", 1000, 0..=1_000_000);
    let max_per_minute = section.integer("max_per_minute", 0, 0..=1_000_000);
    let has_password = ["password_file", "password_command", "password"].iter().any(|key| section.has(key));
    if user.is_none() && (password.is_some() || token.is_some()) {
        let what = if password.is_some() { "password" } else { "token" };
        section.wrong("user", format!("a {what} is set, but no user who logs in with it"));
    }
    if has_password && token.is_some() {
        section.wrong(TOKEN_COMMAND, "set a password or token_command, not both");
    }
    if user.is_some() && !has_password && !section.has(TOKEN_COMMAND) {
        section.wrong("user", "a user is set, but neither password_file, password_command nor token_command");
    }
    if let Some(error) = token.as_ref().and_then(|token| token.check().err()) {
        section.wrong_secret(TOKEN_COMMAND, error);
    }
    if let Some(error) = password.as_ref().and_then(|password| password.check().err()) {
        let key = if section.has("password_file") { "password_file" } else { "password_command" };
        section.wrong_secret(key, error);
    }
    if tls == Tls::None && user.is_some() && !host.as_deref().is_none_or(is_this_machine) {
        section.warn("tls", "what logs in crosses the network unprotected");
    }
    if let Some(file) = ca_file.as_deref().filter(|file| !file.is_file()) {
        section.wrong("ca_file", format!("there is no file {}", file.display()));
    }
    Some(SmtpSettings {
        host: host?,
        // within the range that was asked for
        port: u16::try_from(port).unwrap_or(25),
        tls,
        user,
        password,
        token,
        ca_file,
        timeout_seconds: timeout.unsigned_abs(),
        connections: usize::try_from(connections).unwrap_or(1),
        messages_per_connection: u32::try_from(messages_per_connection).unwrap_or(0),
        max_per_minute: u32::try_from(max_per_minute).unwrap_or(0),
    })
}

fn parse_host(text: &str) -> Result<String, Complaint> {
    match text.rsplit_once(':') {
        Some((host, port)) if port.chars().all(|letter| letter.is_ascii_digit()) && !host.contains(':') => {
            Err(Complaint {
                message: format!("\"{text}\" is a host with a port"),
                suggestion: Some(format!("write host = \"{host}\" and port = {port}")),
            })
        }
        _ if text.contains(|letter: char| letter.is_whitespace() || letter == '/') => {
            Err(format!("\"{text}\" is no host name such as mail.firma.de").into())
        }
        _ => Ok(text.to_owned()),
    }
}

fn is_this_machine(host: &str) -> bool {
    matches!(host, "localhost" | "127.0.0.1" | "::1")
}
