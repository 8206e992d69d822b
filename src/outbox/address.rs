//! Which addresses may enter an SMTP dialogue.
//!
//! Stricter than RFC 5321 on purpose: an address becomes part of a command line that is sent as it stands, so whatever
//! could end that line, open a second one or be read as an option is refused when the message is queued.

use crate::error::{Error, Result};

/// RFC 5321 §4.5.3.1: a path has 256 octets with its angle brackets, a local part 64.
const MAX_BYTES: usize = 254;
const MAX_LOCAL_BYTES: usize = 64;

/// Refuses an address that must not be put into an envelope; the error is of kind `Data` and says why.
pub fn check(address: &str) -> Result<()> {
    match complaint(address) {
        None => Ok(()),
        Some(why) => Err(Error::data(format!("\"{}\" cannot be written to: {why}", address.escape_debug()))
            .hint("correct the mail address where the person is kept")),
    }
}

/// As [`check`], but the empty sender `<>` of automatic answers is allowed.
pub fn check_sender(address: &str) -> Result<()> {
    if address.is_empty() { Ok(()) } else { check(address) }
}

fn complaint(address: &str) -> Option<&'static str> {
    let Some((local, domain)) = address.rsplit_once('@') else {
        return Some("it has no @");
    };
    if address.chars().any(char::is_control) {
        Some("it holds a line break or another control character")
    } else if address.chars().any(|letter| letter.is_whitespace() || matches!(letter, '<' | '>' | ',' | ';' | '\\')) {
        Some("it holds a space or a sign that separates addresses")
    } else if !address.is_ascii() {
        Some("it holds letters beyond ASCII; write the domain in its xn-- form")
    } else if address.starts_with('-') {
        Some("it begins with a hyphen")
    } else if local.is_empty() || domain.is_empty() || local.contains('@') {
        Some("it is not one name, one @ and one domain")
    } else if address.len() > MAX_BYTES || local.len() > MAX_LOCAL_BYTES {
        Some("it is too long")
    } else if domain.starts_with(['.', '-']) || domain.ends_with('-') || domain.contains("..") {
        Some("its domain is none")
    } else if address.parse::<lettre::Address>().is_err() {
        // the same judge as for the header, so that nobody is taken for reachable whose mail cannot be made
        Some("it is none that a mail program would take")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_addresses_pass() {
        for address in ["a@b", "erika.muster+x@firma.example", "o'neil@xn--mller-kva.example", "x@[192.0.2.1]"] {
            assert!(check(address).is_ok(), "{address}");
        }
        assert!(check_sender("").is_ok());
    }

    #[test]
    fn what_could_change_the_dialogue_is_refused() {
        let long = format!("{}@firma.example", "a".repeat(65));
        for address in [
            "",
            "nobody",
            "a@",
            "@b",
            "-Xlog@x",
            "a@b\r\nRCPT TO:<c@d>",
            "\"a\r\n\"@b",
            "a@b\0",
            "<a@b>c@d",
            "a b@c",
            "a@b,c@d",
            "a@b@c",
            "müller@firma.example",
            "a@-b",
            "a@b..c",
            "max.@firma.de",
            "a..b@firma.de",
            &long,
        ] {
            assert!(check(address).is_err(), "{address:?}");
        }
        assert!(check_sender("a@b\n").is_err());
    }
}
