//! A mail of the outbox as a person reads it: a few headers and the plain text.
//!
//! Reads only what this program writes itself (quoted-printable text, encoded words in UTF-8); it is no mail parser.

use diesel::prelude::*;
use diesel::sql_types::{Binary, Text};

use crate::db;
use crate::error::Result;

/// A mail of the last run, and the item it is about.
#[derive(Clone, Debug, QueryableByName)]
pub struct Sample {
    /// The message.
    #[diesel(sql_type = Binary)]
    pub raw: Vec<u8>,
    /// The item as `escalate explain` takes it.
    #[diesel(sql_type = Text)]
    pub item: String,
}

/// The mail of the last run that shows most: about one item if there is one, told to a supervisor, about money.
pub fn most_telling(connection: &mut PgConnection) -> Result<Option<Sample>> {
    let question = include_str!("letter.sql");
    db::read_only(connection, |connection| Ok(diesel::sql_query(question).get_result(connection).optional()?))
}

/// A mail, readable.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Letter {
    /// To whom, from the header.
    pub to: String,
    /// Subject.
    pub subject: String,
    /// The plain text.
    pub text: String,
}

/// Reads the message; what is not found stays empty.
pub fn read(raw: &[u8]) -> Letter {
    let message = String::from_utf8_lossy(raw).replace("\r\n", "\n");
    let (head, body) = message.split_once("\n\n").unwrap_or((&message, ""));
    Letter { to: words(&header(head, "To")), subject: words(&header(head, "Subject")), text: plain_text(body) }
}

/// A header's value, unfolded.
fn header(head: &str, name: &str) -> String {
    let unfolded = head.replace("\n ", " ").replace("\n\t", " ");
    let value = unfolded.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": ").map(str::to_owned));
    value.unwrap_or_default()
}

/// The first part of type text/plain, decoded.
fn plain_text(body: &str) -> String {
    let Some((_, from_type)) = body.split_once("Content-Type: text/plain") else { return String::new() };
    let (head, text) = from_type.split_once("\n\n").unwrap_or(("", from_type));
    let end = text.find("\n--").unwrap_or(text.len());
    let text = &text[..end];
    if head.contains("quoted-printable") { decoded(&text.replace("=\n", "")) } else { text.to_owned() }
}

/// `=C3=A4` → ä. What is no escape stays.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let escape = if byte == b'=' { after.get(..2).and_then(hex) } else { None };
        bytes.push(escape.unwrap_or(byte));
        rest = if escape.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn hex(digits: &[u8]) -> Option<u8> {
    u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

/// Encoded words (`=?utf-8?q?…?=`, `=?utf-8?b?…?=`) in a header; blanks between two of them do not count.
fn words(value: &str) -> String {
    let mut text = String::new();
    let mut rest = value;
    while let Some((before, after)) = rest.split_once("=?") {
        let mut fields = after.splitn(4, '?');
        let word = (fields.next(), fields.next(), fields.next(), fields.next());
        let (Some(_charset), Some(encoding), Some(content), Some(remaining)) = word else { break };
        if !before.trim().is_empty() {
            text.push_str(before);
        }
        match encoding {
            "q" | "Q" => text.push_str(&decoded(&content.replace('_', " "))),
            _ => text.push_str(&String::from_utf8_lossy(&base64(content))),
        }
        rest = remaining.strip_prefix('=').unwrap_or(remaining);
    }
    text.push_str(rest);
    text
}

fn base64(text: &str) -> Vec<u8> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut bytes = Vec::new();
    let (mut bits, mut count) = (0_u32, 0);
    for value in text.bytes().filter_map(|byte| ALPHABET.iter().position(|letter| *letter == byte)) {
        bits = bits << 6 | value as u32;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
            bits &= (1 << count) - 1;
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_of_ours_is_readable() {
        let raw = "To: =?utf-8?b?SsO8cmdlbg==?= <j@example.org>\r\n\
                   Subject: =?utf-8?q?=C3=9Cberf=C3=A4llig?=\r\n =?utf-8?q?:_Angebot?=\r\n\
                   Content-Type: multipart/alternative; boundary=\"b\"\r\n\r\n\
                   --b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
                   Gr=C3=BC=C3=9Fe, eine lange =\r\nZeile\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>x</p>\r\n--b--\r\n";
        let letter = read(raw.as_bytes());
        assert_eq!(letter.to, "Jürgen <j@example.org>");
        assert_eq!(letter.subject, "Überfällig: Angebot");
        assert_eq!(letter.text.trim_end(), "Grüße, eine lange Zeile");
    }
}
