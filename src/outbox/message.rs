//! What a message on a channel says, as it is stored: the same words at every attempt, whatever the gateway's templates make
//! of them. URL, headers and secrets are no part of it.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// More is no message to a phone or a room.
const MAX_BYTES: usize = 65_536;

/// The words of a message on a channel.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Payload {
    /// One line.
    pub subject: String,
    /// All that has to be said, also where nobody prints the subject.
    pub text: String,
    /// Opens what it is about; empty where nothing does.
    pub link: String,
}

impl Payload {
    /// The bytes that are stored: JSON, its members always in the same order. An error is of kind `Data`.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let bytes =
            serde_json::to_vec(self).map_err(|error| Error::bug("a message that is no JSON").caused_by(error))?;
        if bytes.len() > MAX_BYTES {
            return Err(Error::data(format!("a message on a channel has {MAX_BYTES} bytes at most")));
        }
        Ok(bytes)
    }

    /// The words of stored bytes; an error is of kind `Data`.
    pub fn from_bytes(bytes: &[u8]) -> Result<Payload> {
        if bytes.len() > MAX_BYTES {
            return Err(Error::data("the stored message is too long for a channel"));
        }
        serde_json::from_slice(bytes).map_err(|_| Error::data("the stored message is none for a channel"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_is_read_back() {
        let payload = Payload { subject: "„S“".into(), text: "a\r\n.\r\n\"b\"".into(), link: String::new() };
        let bytes = payload.to_bytes().unwrap();
        assert_eq!(
            String::from_utf8(bytes.clone()).unwrap(),
            r#"{"subject":"„S“","text":"a\r\n.\r\n\"b\"","link":""}"#
        );
        assert_eq!(Payload::from_bytes(&bytes).unwrap(), payload);
        assert!(Payload { text: "x".repeat(MAX_BYTES), ..payload }.to_bytes().is_err());
        for wrong in [&b""[..], b"{}", b"Subject: x\r\n\r\n", br#"{"subject":"","text":"","link":"","to":"x"}"#] {
            assert!(Payload::from_bytes(wrong).is_err());
        }
    }
}
