//! Answers that find their message: `Reply-To: leitstand+w.{uuid}.{signature}@firma.de` names the message that is answered, where
//! the mailbox takes subaddresses (RFC 5233), and nobody can make one up.
//!
//! Both parts are base32 in small letters, because mail programs and servers change the case of an address as they like. The
//! signature is that of the keys which sign Message-IDs, over another text, so that neither passes for the other.

use uuid::Uuid;

use super::address;
use super::message_id::SigningKeys;

/// RFC 4648 §6, in small letters.
const LETTERS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
/// Between the mailbox and the token.
const SEPARATOR: char = '+';
/// What our subaddresses begin with.
const MARK: &str = "w.";
/// So many letters of base32 hold the 16 bytes of a uuid.
const UUID_LETTERS: usize = 26;
/// Fifty bits of HMAC-SHA256: beyond what anybody guesses by mail, and the local part stays under 64 letters.
const SIGNATURE_LETTERS: usize = 10;

/// The address that answers to this message go to. Where no token fits into it (RFC 5321: 64 octets before the @) it is the
/// mailbox itself.
pub fn address(keys: &SigningKeys, mailbox: &str, message: Uuid) -> String {
    let Some((local, domain)) = mailbox.rsplit_once('@') else { return mailbox.to_owned() };
    let token = format!("{MARK}{}.{}", base32(message.as_bytes(), UUID_LETTERS), signature(keys, 0, message));
    let tokened = format!("{local}{SEPARATOR}{token}@{domain}");
    if address::check(&tokened).is_ok() { tokened } else { mailbox.to_owned() }
}

/// The message that an address of ours names; none for any other address. The mailbox is not looked at: it may have moved.
pub fn read(keys: &SigningKeys, address: &str) -> Option<Uuid> {
    let (local, _) = address.trim().rsplit_once('@')?;
    let (_, token) = local.rsplit_once(SEPARATOR)?;
    let token = token.to_ascii_lowercase();
    let (coded, claimed) = token.strip_prefix(MARK)?.split_once('.')?;
    if claimed.len() != SIGNATURE_LETTERS {
        return None;
    }
    let message = Uuid::from_bytes(from_base32(coded)?);
    let is_ours = |key: usize| equal(signature(keys, key, message).as_bytes(), claimed.as_bytes());
    (0..keys.count()).any(is_ours).then_some(message)
}

fn signature(keys: &SigningKeys, key: usize, message: Uuid) -> String {
    base32(&keys.sign(key, &format!("reply {message}")), SIGNATURE_LETTERS)
}

/// In a time that does not depend on where they differ.
fn equal(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len() && one.iter().zip(other).fold(0, |differences, (a, b)| differences | (a ^ b)) == 0
}

/// The first letters of the code.
fn base32(bytes: &[u8], letters: usize) -> String {
    let bit = |at: usize| bytes.get(at / 8).map_or(0, |byte| byte >> (7 - at % 8) & 1);
    let letter = |at: usize| (0..5).fold(0, |value, place| value << 1 | usize::from(bit(5 * at + place)));
    (0..letters).map(|at| char::from(LETTERS[letter(at)])).collect()
}

/// The bytes of a uuid; none if it is not the code of one.
fn from_base32(text: &str) -> Option<[u8; 16]> {
    if text.len() != UUID_LETTERS {
        return None;
    }
    let mut bits: u128 = 0;
    let mut rest = 0;
    for (at, letter) in text.bytes().enumerate() {
        let value = u128::try_from(LETTERS.iter().position(|known| *known == letter)?).ok()?;
        // of the last letter's five bits three are the uuid's, the others are nothing
        if at + 1 == UUID_LETTERS {
            (bits, rest) = (bits << 3 | value >> 2, value & 0b11);
        } else {
            bits = bits << 5 | value;
        }
    }
    (rest == 0).then(|| bits.to_be_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    const MESSAGE: Uuid = Uuid::from_u128(0x0123_4567_89ab_4def_8123_4567_89ab_cdef);

    fn keys(keys: &[&str]) -> SigningKeys {
        SigningKeys::new(keys).unwrap()
    }

    #[test]
    fn an_answer_finds_its_message() {
        let ours = keys(&["first", "second"]);
        let address = address(&ours, "leitstand@firma.example", MESSAGE);
        // python3: base64.b32encode(uuid.bytes), base64.b32encode(hmac.digest(b"first", b"reply " + str(uuid).encode(), "sha256"))
        assert_eq!(address, "leitstand+w.aerukz4jvng67ajdivtytk6n54.rz2rznvd7j@firma.example");
        assert_eq!(read(&ours, &address), Some(MESSAGE));
        assert_eq!(read(&ours, &address.to_uppercase()), Some(MESSAGE), "servers change the case");
        assert_eq!(read(&keys(&["new", "first"]), &address), Some(MESSAGE), "older keys verify");
        assert_eq!(read(&keys(&["second"]), &address), None, "only the first signs");
        assert_eq!(read(&ours, &address.replace("leitstand+", "a+b+")), Some(MESSAGE), "the mailbox may move");
    }

    #[test]
    fn anything_else_names_none() {
        let ours = keys(&["first"]);
        let good = address(&ours, "a@x", MESSAGE);
        for wrong in [
            "",
            "a@x",
            "a+w.@x",
            "a+w..@x",
            "a+w.x.y@x",
            "a+b@x",
            "ü+w.ü.ü@ü",
            &good.replacen("aeru", "aerv", 1),
            // the same uuid, and bits behind it
            &good.replacen("n54.", "n55.", 1),
            &good.replacen('.', "..", 1),
            &format!("a+w.{}.{}@x", "a".repeat(26), "a".repeat(10)),
        ] {
            assert_eq!(read(&ours, wrong), None, "{wrong}");
        }
        // neither is a Message-ID one
        assert_eq!(read(&ours, ours.message_id(MESSAGE, "x").trim_matches(['<', '>'])), None);
        assert_eq!(ours.verify(&good), None);
    }

    #[test]
    fn a_mailbox_without_room_stays_as_it_is() {
        let ours = keys(&["first"]);
        let long = format!("{}@firma.example", "a".repeat(30));
        assert_eq!(address(&ours, &long, MESSAGE), long);
        for length in [1, 20, 24] {
            let mailbox = format!("{}@firma.example", "a".repeat(length));
            assert_eq!(read(&ours, &address(&ours, &mailbox, MESSAGE)), Some(MESSAGE), "{length}");
        }
    }

    #[test]
    fn every_uuid_is_read_back() {
        for message in [Uuid::nil(), Uuid::max(), MESSAGE] {
            assert_eq!(from_base32(&base32(message.as_bytes(), UUID_LETTERS)), Some(*message.as_bytes()));
        }
    }
}
