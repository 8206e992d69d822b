//! What a server said, made fit to be kept and shown: short, without control characters, without secrets.
//!
//! A server's text is a stranger's text. It is data wherever it goes, never a template and never a terminal's command.

/// The column's length, in characters.
pub const MAX_CHARACTERS: usize = 500;

/// Of a secret so long, in bytes, a part is one too; it is recognized by its beginning.
const LONG_SECRET: usize = 32;
const RECOGNIZED: usize = 16;

/// Cleans a reply: control characters and direction marks become blanks, whatever follows the word AUTH is masked, and
/// `secrets` (the password in every form in which it goes over the wire) are replaced wherever they appear.
pub fn clean(text: &str, secrets: &[String]) -> String {
    // masked before anything is cut, so that no half of a secret is left over at the end
    let mut text = text.to_owned();
    for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
        text = text.replace(secret.as_str(), "***");
    }
    // whoever repeats us may have cut it off already
    for beginning in secrets.iter().filter(|secret| secret.len() >= LONG_SECRET).filter_map(|it| it.get(..RECOGNIZED)) {
        while let Some(start) = text.find(beginning) {
            let end = text[start..].find(char::is_whitespace).map_or(text.len(), |end| start + end);
            text.replace_range(start..end, "***");
        }
    }
    let mut words = Vec::new();
    let mut length = 0;
    let mut letters = text.split(|letter: char| letter.is_whitespace() || is_invisible(letter));
    for word in letters.by_ref().filter(|word| !word.is_empty()) {
        words.push(word);
        length += word.chars().count() + 1;
        if is_auth(word) {
            words.push("***");
            break;
        }
        if length > MAX_CHARACTERS {
            break;
        }
    }
    words.join(" ").chars().take(MAX_CHARACTERS).collect()
}

/// The command AUTH, also inside quotes or brackets; not a word such as "authentication".
fn is_auth(word: &str) -> bool {
    word.trim_matches(|letter: char| !letter.is_ascii_alphanumeric()).eq_ignore_ascii_case("auth")
}

/// Control characters, and those that turn the direction of text around.
fn is_invisible(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// The forms in which a password goes over the wire and could come back: as it is, and as AUTH PLAIN and LOGIN encode it.
pub fn forms_of_secret(user: &str, password: &str) -> Vec<String> {
    // a short one would mask half of every reply and is none
    if password.len() < 4 {
        return vec![base64(format!("\0{user}\0{password}").as_bytes())];
    }
    let bare = base64(password.as_bytes());
    vec![base64(format!("\0{user}\0{password}").as_bytes()), bare.trim_end_matches('=').to_owned(), password.to_owned()]
}

/// RFC 4648 §4, to know what to look for.
pub(super) fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let group = [chunk[0], chunk.get(1).copied().unwrap_or(0), chunk.get(2).copied().unwrap_or(0)];
        let bits = u32::from_be_bytes([0, group[0], group[1], group[2]]);
        for position in 0..4 {
            let letter = usize::try_from(bits >> (18 - 6 * position) & 63).unwrap_or(0);
            text.push(if position <= chunk.len() { char::from(LETTERS[letter]) } else { '=' });
        }
    }
    text
}

/// The same way back; none if it is no base64. Padding may be missing.
pub(super) fn from_base64(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() * 3 / 4);
    for chunk in text.trim_end_matches('=').as_bytes().chunks(4) {
        let mut bits = 0;
        for place in 0..4 {
            let value = match chunk.get(place) {
                None => 0,
                Some(letter @ b'A'..=b'Z') => letter - b'A',
                Some(letter @ b'a'..=b'z') => letter - b'a' + 26,
                Some(letter @ b'0'..=b'9') => letter - b'0' + 52,
                Some(b'+') => 62,
                Some(b'/') => 63,
                Some(_) => return None,
            };
            bits = bits << 6 | u32::from(value);
        }
        let [_, first, second, third] = bits.to_be_bytes();
        bytes.extend_from_slice([first, second, third].get(..chunk.len().checked_sub(1)?)?);
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_replies_become_one_short_line() {
        assert_eq!(clean("450 4.2.0\r\n \u{1b}[31mspäter\u{202e}bitte\u{0}", &[]), "450 4.2.0 [31mspäter bitte");
        assert_eq!(clean("550 {{7*7}}", &[]), "550 {{7*7}}", "kept as it is, because nobody renders it");
        assert_eq!(clean(&"x".repeat(1_000_000), &[]).chars().count(), MAX_CHARACTERS);
        assert_eq!(clean(&"ä ".repeat(400), &[]).chars().count(), MAX_CHARACTERS);
    }

    #[test]
    fn no_secret_comes_back() {
        let secrets = forms_of_secret("wvl", "geheim1");
        let echo = format!("535 AUTH PLAIN {}", base64(b"\0wvl\0geheim1"));
        assert_eq!(clean(&echo, &secrets), "535 AUTH ***");
        assert_eq!(clean("535 \"auth\" x", &secrets), "535 \"auth\" ***");
        assert_eq!(
            clean("535 5.7.8 authentication failed for geheim1", &secrets),
            "535 5.7.8 authentication failed for ***"
        );
        assert_eq!(clean("bad Z2VoZWltMQ==", &secrets), "bad ***==");
    }

    #[test]
    fn base64_as_in_the_rfc() {
        for (plain, coded) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")] {
            assert_eq!(base64(plain.as_bytes()), coded);
            assert_eq!(from_base64(coded).as_deref(), Some(plain.as_bytes()));
        }
    }
}
