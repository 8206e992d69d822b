//! The keys that sign Message-IDs and reply tokens: a file with a line each, made once and taken to every host.

use std::path::Path;

use sha2::{Digest, Sha256};

use crate::config::{unreadable_secret, write_private};
use crate::error::{Error, Result};

/// The keys of a signing-keys file, first the one that signs. Lines with `#` and empty lines do not count.
///
/// Errors: the file is missing, may be read by others, or holds no key of 32 hexadecimal digits or more.
pub fn signing_keys(file: &Path) -> Result<Vec<Vec<u8>>> {
    use std::os::unix::fs::MetadataExt;

    let absent = "wvl config generate makes such a file; take the same one to every host";
    let unreadable = |error| unreadable_secret("signing keys", file, error, Some(absent));
    if std::fs::metadata(file).map_err(unreadable)?.mode() & 0o077 != 0 {
        return Err(Error::config(format!(
            "the signing keys {} may be read by others than their owner",
            file.display()
        ))
        .hint(format!("chmod 600 {}", file.display())));
    }
    let text = std::fs::read_to_string(file).map_err(unreadable)?;
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let keys: Option<Vec<Vec<u8>>> = lines.map(from_hex).collect();
    match keys {
        Some(keys) if !keys.is_empty() => Ok(keys),
        _ => Err(Error::config(format!(
            "{} holds no signing key: a line of 32 or more hexadecimal digits",
            file.display()
        ))),
    }
}

fn from_hex(line: &str) -> Option<Vec<u8>> {
    if line.len() < 32 || !line.len().is_multiple_of(2) || !line.is_ascii() {
        return None;
    }
    (0..line.len()).step_by(2).map(|at| u8::from_str_radix(line.get(at..at + 2)?, 16).ok()).collect()
}

/// Makes a signing-keys file (0600) with one random key; an existing file is an error.
pub fn create_signing_keys(file: &Path) -> Result<()> {
    // three random uuids carry 366 random bits; the digest spreads them over one key of 256
    let mut digest = Sha256::new();
    for _ in 0..3 {
        digest.update(uuid::Uuid::new_v4().as_bytes());
    }
    let key: String = digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    let text = format!(
        "# signs the Message-IDs of wvl: the first key signs, all verify; the same file on every host\n{key}\n"
    );
    write_private(file, text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn made_keys_are_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("keys");
        create_signing_keys(&file).unwrap();
        let keys = signing_keys(&file).unwrap();
        assert_eq!((keys.len(), keys[0].len()), (1, 32));
        assert!(create_signing_keys(&file).is_err());
    }
}
