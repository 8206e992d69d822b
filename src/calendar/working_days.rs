//! The days of the week on which somebody works, as people write them.

/// The names of a weekday that are read, Monday first.
const NAMES: [[&str; 4]; 7] = [
    ["mo", "montag", "mon", "monday"],
    ["di", "dienstag", "tue", "tuesday"],
    ["mi", "mittwoch", "wed", "wednesday"],
    ["do", "donnerstag", "thu", "thursday"],
    ["fr", "freitag", "fri", "friday"],
    ["sa", "samstag", "sat", "saturday"],
    ["so", "sonntag", "sun", "sunday"],
];

/// Days of the week as they are stored, `1111100`, Monday first; read are `Mo-Do`, `mo,mi,fr`, `Fr-Mo` and `1111100`.
/// The error says how to write them.
pub fn working_days(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.len() == 7 && text.bytes().all(|byte| matches!(byte, b'0' | b'1')) {
        return Ok(text.to_owned());
    }
    let wrong = || format!("{text:?} are no days of the week; write Mo-Do or Mo,Di,Do");
    let mut works = [false; 7];
    for part in text.split([',', ';', '/', '+', ' ']).filter(|part| !part.is_empty()) {
        let (first, last) = part.split_once(['-', '–']).unwrap_or((part, part));
        let (first, last) = weekday(first).zip(weekday(last)).ok_or_else(wrong)?;
        let count = (last + 7 - first) % 7;
        (first..=first + count).for_each(|day| works[day % 7] = true);
    }
    if works == [false; 7] {
        return Err(wrong());
    }
    Ok(works.iter().map(|works| if *works { '1' } else { '0' }).collect())
}

fn weekday(name: &str) -> Option<usize> {
    let name = name.trim().trim_end_matches('.').to_lowercase();
    NAMES.iter().position(|names| names.contains(&name.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_lists_and_what_is_stored() {
        assert_eq!(working_days("mo-do").unwrap(), "1111000");
        assert_eq!(working_days("Mo, mi,FR").unwrap(), "1010100");
        assert_eq!(working_days("mon-wed,Freitag").unwrap(), "1110100");
        assert_eq!(working_days("Fr.–Mo.").unwrap(), "1000111");
        assert_eq!(working_days("0011111").unwrap(), "0011111");
        for wrong in ["", " , ", "xx", "mo-", "Mo-Xy", "11110"] {
            assert!(working_days(wrong).is_err(), "{wrong}");
        }
    }
}
