//! Which certificates are trusted, and until when one is valid: the one date in it that an administrator must not forget.
//!
//! No parser of certificates: whether one is to be trusted decides the TLS library. This walks to the validity of a
//! certificate that was accepted (RFC 5280 §4.1: version, serial number, algorithm, issuer, validity) and reads its end.

use chrono::{DateTime, NaiveDateTime, Utc};
use lettre::transport::smtp::client::{Certificate, TlsParameters};

use super::settings::SmtpSettings;
use crate::error::{Error, Result};

const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xa0;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// How to speak TLS with a mail server: it must be the one that its certificate names, and somebody whom the system or the
/// settings trust must say so.
pub(super) fn trusted(settings: &SmtpSettings) -> Result<TlsParameters> {
    let mut builder = TlsParameters::builder(settings.host.clone());
    if let Some(file) = &settings.ca_file {
        let wrong = || Error::config(format!("cannot read the certificates in {}", file.display()));
        let text = std::fs::read_to_string(file).map_err(|error| wrong().caused_by(error))?;
        // a file may hold several, one after the other
        for pem in
            text.split_inclusive("-----END CERTIFICATE-----").filter(|pem| pem.contains("-----BEGIN CERTIFICATE-----"))
        {
            builder = builder
                .add_root_certificate(Certificate::from_pem(pem.as_bytes()).map_err(|error| wrong().caused_by(error))?);
        }
        if !text.contains("-----BEGIN CERTIFICATE-----") {
            return Err(wrong().hint("it must be a PEM file with the certificate of the authority"));
        }
    }
    builder.build().map_err(|error| Error::config("cannot set up TLS for the mail server").caused_by(error))
}

/// The end of the validity of a certificate in DER; none where it is not built as expected.
pub fn valid_until(der: &[u8]) -> Option<DateTime<Utc>> {
    let (certificate, _) = content(der, SEQUENCE)?;
    let (body, _) = content(certificate, SEQUENCE)?;
    // the version is left out in the oldest form
    let mut rest = match element(body)? {
        (VERSION, _, rest) => rest,
        _ => body,
    };
    for _ in ["serial number", "algorithm", "issuer"] {
        (_, _, rest) = element(rest)?;
    }
    let (validity, _) = content(rest, SEQUENCE)?;
    let (_, _, after) = element(validity)?;
    let (kind, text, _) = element(after)?;
    let text = std::str::from_utf8(text).ok()?;
    let text = match kind {
        // two digits of the year: 50 and more are of the last century
        UTC_TIME => format!("{}{text}", if text.get(..2)? < "50" { "20" } else { "19" }),
        GENERALIZED_TIME => text.to_owned(),
        _ => return None,
    };
    NaiveDateTime::parse_from_str(&text, "%Y%m%d%H%M%SZ").ok().map(|at| at.and_utc())
}

/// The content of an element with this tag, and what follows it.
fn content(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    element(bytes).filter(|(found, ..)| *found == tag).map(|(_, content, rest)| (content, rest))
}

/// Tag, content and what follows.
fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        // so many bytes of length follow; more than four are no certificate
        0x81..=0x84 => {
            let (digits, rest) = rest.split_at_checked(usize::from(first - 0x80))?;
            (digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit)), rest)
        }
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrap(tag: u8, content: &[u8]) -> Vec<u8> {
        let mut bytes = vec![tag];
        match u8::try_from(content.len()) {
            Ok(length @ 0..0x80) => bytes.push(length),
            _ => bytes.extend([0x82, (content.len() >> 8) as u8, content.len() as u8]),
        }
        bytes.extend(content);
        bytes
    }

    fn certificate(version: bool, until: (u8, &str)) -> Vec<u8> {
        let validity = [wrap(UTC_TIME, b"260101000000Z"), wrap(until.0, until.1.as_bytes())].concat();
        let mut body = if version { wrap(VERSION, &[2, 1, 2]) } else { Vec::new() };
        for part in [wrap(2, &[7]), wrap(SEQUENCE, &[6, 1, 0]), wrap(SEQUENCE, &[b'x'; 200])] {
            body.extend(part);
        }
        body.extend(wrap(SEQUENCE, &validity));
        body.extend(wrap(SEQUENCE, b"subject"));
        wrap(SEQUENCE, &wrap(SEQUENCE, &body))
    }

    #[test]
    fn the_end_is_found_in_both_forms_of_a_date() {
        for (version, until, expected) in [
            (true, (UTC_TIME, "270131235959Z"), "2027-01-31T23:59:59Z"),
            (false, (UTC_TIME, "991231000000Z"), "1999-12-31T00:00:00Z"),
            (true, (GENERALIZED_TIME, "20510101000000Z"), "2051-01-01T00:00:00Z"),
        ] {
            assert_eq!(valid_until(&certificate(version, until)), expected.parse().ok(), "{expected}");
        }
    }

    #[test]
    fn whatever_it_is_given_it_ends() {
        let whole = certificate(true, (UTC_TIME, "270131235959Z"));
        for end in 0..whole.len() {
            assert_eq!(valid_until(&whole[..end]), None);
        }
        assert_eq!(valid_until(&[SEQUENCE, 0x84, 0xff, 0xff, 0xff, 0xff]), None);
        assert_eq!(valid_until(&certificate(true, (UTC_TIME, "99ä"))), None);
    }
}
