//! Phone numbers as people write them, and as gateways want them: `+491715550100` (E.164).

/// E.164: fifteen digits at most, the country's included; fewer than seven ring nowhere.
const DIGITS: std::ops::RangeInclusive<usize> = 7..=15;

/// The number with its country's code; one that begins with 0 is of `country_code`.
pub(super) fn international(written: &str, country_code: &str) -> Result<String, String> {
    let none = || format!("\"{written}\" is no phone number such as +49 171 5550100");
    // "+49 (0) 171" means the same as without the bracket
    let is_foreign = written.starts_with('+') || written.starts_with("00");
    let written_out = if is_foreign { written.replace("(0)", "") } else { written.to_owned() };
    let mut digits = String::with_capacity(written_out.len());
    for letter in written_out.chars() {
        match letter {
            '0'..='9' => digits.push(letter),
            '+' if digits.is_empty() => digits.push(letter),
            ' ' | '\u{a0}' | '\u{202f}' | '-' | '–' | '/' | '.' | '(' | ')' => {}
            // "0731 123 oder 456": better no number than a wrong one
            _ => return Err(none()),
        }
    }
    let whole = if digits.starts_with('+') {
        digits
    } else if let Some(abroad) = digits.strip_prefix("00") {
        format!("+{abroad}")
    } else if let Some(here) = digits.strip_prefix('0') {
        format!("{country_code}{here}")
    } else {
        return Err(none());
    };
    if DIGITS.contains(&(whole.len() - 1)) { Ok(whole) } else { Err(none()) }
}

/// `+49`.
pub(super) fn country_code(text: &str) -> Result<String, String> {
    let digits = text.strip_prefix('+').unwrap_or_default();
    if (1..=3).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_digit()) {
        Ok(text.to_owned())
    } else {
        Err(format!("\"{text}\" is no country code such as +49"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_people_write_them() {
        for (written, number) in [
            ("+49 171 5550100", Some("+491715550100")),
            ("+49 (0)171/5550-100", Some("+491715550100")),
            ("0171 5550100", Some("+491715550100")),
            ("(0171) 5550100", Some("+491715550100")),
            ("0049 171.5550100", Some("+491715550100")),
            ("0041 44 555 01 00", Some("+41445550100")),
            ("5550100", None),
            ("0171 5550100 oder 0172", None),
            ("+49", None),
            ("+4917155501001234567", None),
            ("1+49171555", None),
            ("", None),
        ] {
            assert_eq!(international(written, "+49").ok().as_deref(), number, "{written}");
        }
        assert!(country_code("+49").is_ok());
        assert!(["49", "+", "+4 9", "+1234"].iter().all(|text| country_code(text).is_err()));
    }
}
