//! Message-IDs of our own that nobody else can make up: `<{uuid}.{16 hex digits of HMAC-SHA256(key, uuid)}@domain>`.
//!
//! A mail that answers one of them belongs to the message with that uuid, whatever its subject says. The first key
//! signs, all verify, so keys can be changed without losing the mails on their way.

use std::path::Path;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use uuid::Uuid;

use super::settings;
use crate::error::{Error, Result};

/// Eight of the 32 bytes: 2⁶⁴ guesses by mail are out of reach, and the header stays on one line.
const SIGNATURE_BYTES: usize = 8;

/// The keys of `mail.signing_keys_file`; the same on every host.
#[derive(Clone)]
pub struct SigningKeys {
    keys: Vec<Hmac<Sha256>>,
}

// keys are never printed
impl std::fmt::Debug for SigningKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SigningKeys({})", self.keys.len())
    }
}

impl SigningKeys {
    /// These keys, the one that signs first. Without any it is a configuration error.
    pub fn new<K: AsRef<[u8]>>(keys: &[K]) -> Result<SigningKeys> {
        if keys.is_empty() {
            return Err(Error::config("there is no key to sign Message-IDs with")
                .hint("wvl config generate makes mail.signing_keys_file"));
        }
        let keys = keys.iter().map(|key| Hmac::new_from_slice(key.as_ref())).collect::<Result<_, _>>();
        Ok(SigningKeys { keys: keys.map_err(|_| Error::config("a key to sign Message-IDs with is unusable"))? })
    }

    /// The keys of the file, which nobody but its owner may read.
    pub fn read(file: &Path) -> Result<SigningKeys> {
        SigningKeys::new(&settings::signing_keys(file)?)
    }

    /// How many keys there are.
    pub(super) fn count(&self) -> usize {
        self.keys.len()
    }

    /// The signature of a text by one of the keys, the first is the one that signs; empty where there is no such key. No text may
    /// be a bare uuid: that is the signature of a Message-ID.
    pub(super) fn sign(&self, key: usize, text: &str) -> Vec<u8> {
        let key = self.keys.get(key);
        key.map(|key| key.clone().chain_update(text).finalize().into_bytes().to_vec()).unwrap_or_default()
    }

    /// The Message-ID of the message with this uuid, angle brackets included.
    pub fn message_id(&self, uuid: Uuid, domain: &str) -> String {
        let signature = self.keys.first().map(|key| signature(key, uuid)).unwrap_or_default();
        format!("<{uuid}.{signature}@{domain}>")
    }

    /// The uuid of a Message-ID that we made, with or without its angle brackets; None for any other text. The domain
    /// is not looked at: a company may change its own.
    pub fn verify(&self, message_id: &str) -> Option<Uuid> {
        let (left, _domain) = message_id.trim().trim_start_matches('<').split_once('@')?;
        let (uuid, signature) = left.split_once('.')?;
        if uuid.len() != 36 || signature.len() != 2 * SIGNATURE_BYTES || !signature.is_ascii() {
            return None;
        }
        let parsed: Uuid = uuid.parse().ok()?;
        let mut claimed = [0; SIGNATURE_BYTES];
        for (at, byte) in claimed.iter_mut().enumerate() {
            *byte = u8::from_str_radix(signature.get(2 * at..2 * at + 2)?, 16).ok()?;
        }
        self.keys.iter().any(|key| signing(key, parsed).verify_truncated_left(&claimed).is_ok()).then_some(parsed)
    }
}

fn signing(key: &Hmac<Sha256>, uuid: Uuid) -> Hmac<Sha256> {
    key.clone().chain_update(uuid.to_string())
}

fn signature(key: &Hmac<Sha256>, uuid: Uuid) -> String {
    let digest = signing(key, uuid).finalize().into_bytes();
    digest.iter().take(SIGNATURE_BYTES).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(keys: &[&str]) -> SigningKeys {
        SigningKeys::new(keys).unwrap()
    }

    const UUID: Uuid = Uuid::from_u128(0x0123_4567_89ab_4def_8123_4567_89ab_cdef);

    #[test]
    fn what_we_signed_is_ours() {
        let ours = keys(&["first", "second"]);
        let id = ours.message_id(UUID, "firma.example");
        assert_eq!(id.len(), "<>@.firma.example".len() + 36 + 16);
        assert_eq!(ours.verify(&id), Some(UUID));
        assert_eq!(ours.verify(id.trim_matches(['<', '>'])), Some(UUID));
        assert_eq!(keys(&["new", "first"]).verify(&id), Some(UUID), "older keys verify");
        assert_eq!(keys(&["second"]).verify(&id), None, "only the first signs");
    }

    #[test]
    fn the_signature_is_hmac_sha256_of_the_uuid_in_text() {
        // printf %s 01234567-89ab-4def-8123-456789abcdef | openssl dgst -sha256 -hmac first
        assert_eq!(keys(&["first"]).message_id(UUID, "x"), "<01234567-89ab-4def-8123-456789abcdef.8ff95166c14d38e2@x>");
    }

    #[test]
    fn anything_else_is_not_ours() {
        let ours = keys(&["first"]);
        let id = ours.message_id(UUID, "x");
        let forged = id.replacen("0123", "0124", 1);
        for text in [
            forged.as_str(),
            "",
            "<@x>",
            "<a.b@x>",
            "<01234567-89ab-4def-8123-456789abcdef.@x>",
            "ü.ü@x",
            "<01234567-89ab-4def-8123-456789abcdef.+123456789abcdef@x>",
            "<01234567-89ab-4def-8123-456789abcdef.üüüüüüüü@x>",
        ] {
            assert_eq!(ours.verify(text), None, "{text}");
        }
    }

    #[test]
    fn without_a_key_nothing_is_signed() {
        assert!(SigningKeys::new::<&[u8]>(&[]).is_err());
    }
}
