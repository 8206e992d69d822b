//! What the names of files say: whose they are, whether they are whole, and what they were called before we put them away.

use super::age::said_in;
use super::{ImportSettings, MOST_OF_A_NAME, Register};

/// Names of files that are being written.
const UNFINISHED: [&str; 5] = [".part", ".tmp", ".filepart", ".crdownload", "~"];
/// Names of files that we write.
const OURS: [&str; 2] = [".rejected.csv", ".errors.txt"];
/// Names of files that can be meant for us without a pattern.
const TABLES: [&str; 2] = [".csv", ".txt"];

/// Whether nobody is writing it any more, and it is none that we write ourselves.
pub(super) fn is_finished(name: &str) -> bool {
    !name.starts_with('.') && !ends_with_one_of(name, &UNFINISHED) && !ends_with_one_of(name, &OURS)
}

/// Whether it can be meant for us without a pattern.
pub(super) fn is_table(name: &str) -> bool {
    ends_with_one_of(name, &TABLES)
}

fn ends_with_one_of(name: &str, endings: &[&str]) -> bool {
    let name = name.to_lowercase();
    endings.iter().any(|ending| name.ends_with(ending))
}

/// The profile or register that the file belongs to.
pub(super) fn meaning_of(
    name: &str,
    settings: &ImportSettings,
    registers: &[(&str, &'static Register)],
) -> Option<String> {
    if let Some((_, meaning)) = settings.files.iter().find(|(pattern, _)| matches(pattern, name)) {
        return Some(meaning.clone());
    }
    if !ends_with_one_of(name, &TABLES) {
        return None;
    }
    let profiles = settings.profiles.iter().map(|profile| profile.name.as_str());
    let all = profiles.chain(registers.iter().map(|(noun, _)| *noun));
    // contact-person before contact, had it a file
    all.filter(|known| begins_with(name, known)).max_by_key(|known| known.len()).map(str::to_owned)
}

/// Whether a file name begins with this word, also in its other number: `customers_2026.csv`, `companies.csv`.
fn begins_with(name: &str, word: &str) -> bool {
    let plain = |text: &str| text.to_lowercase().replace('_', "-");
    let (name, word) = (plain(name), plain(word));
    let plural = word.strip_suffix('y').map_or_else(|| format!("{word}s"), |stem| format!("{stem}ies"));
    let ends = |rest: &str| rest.starts_with(|letter: char| !letter.is_alphabetic());
    [word, plural].iter().any(|word| name.strip_prefix(word.as_str()).is_some_and(ends))
}

/// Where its register stands in the order of the registers.
pub(super) fn rank_of(
    meaning: Option<&str>,
    settings: &ImportSettings,
    registers: &[(&str, &'static Register)],
) -> usize {
    let profile = settings.profiles.iter().find(|profile| Some(profile.name.as_str()) == meaning);
    let noun = profile.map(|profile| profile.register.as_str()).or(meaning);
    registers.iter().position(|(known, _)| Some(*known) == noun).unwrap_or(registers.len())
}

/// Whether a name is of this pattern: `*` is any text, `?` any letter; capitals do not count.
fn matches(pattern: &str, name: &str) -> bool {
    let pattern: Vec<char> = pattern.to_lowercase().chars().collect();
    let name: Vec<char> = name.to_lowercase().chars().collect();
    let (mut p, mut n) = (0, 0);
    let mut star = None;
    while n < name.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, n));
                p += 1;
            }
            Some(letter) if *letter == '?' || *letter == name[n] => {
                p += 1;
                n += 1;
            }
            _ => match star {
                // the last star takes one letter more
                Some((at, taken)) => {
                    star = Some((at, taken + 1));
                    p = at + 1;
                    n = taken + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|letter| *letter == '*')
}

/// The name that a file had before [`super::Folder::place_for`]: without `2026-11-22-0400-` and the number of a second one.
pub(super) fn without_stamp(name: &str) -> Option<&str> {
    const FORM: &[u8] = b"0000-00-00-0000-";
    let stamp = name.as_bytes().get(..FORM.len())?;
    let is_stamp = stamp.iter().zip(FORM).all(|(letter, form)| match form {
        b'0' => letter.is_ascii_digit(),
        _ => letter == form,
    });
    let plain = name.get(FORM.len()..).filter(|_| is_stamp)?;
    let counted = plain.split_once('-').filter(|(count, _)| {
        count.parse::<u32>().is_ok_and(|count| (2..MOST_OF_A_NAME).contains(&count)) && !count.starts_with('0')
    });
    // 2026-11-22.csv is a name and no second file
    Some(counted.map_or(plain, |(count, rest)| if count.len() == 4 && said_in(plain).is_some() { plain } else { rest }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        for (pattern, name) in [("offers-*.csv", "offers-1.csv"), ("*", ""), ("*.CSV", "a.csv"), ("a?c*e", "abcde")] {
            assert!(matches(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [("offers-*.csv", "offers-1.csv.part"), ("a?c", "ac"), ("", "a"), ("*b", "abc")] {
            assert!(!matches(pattern, name), "{pattern} {name}");
        }
        assert!(!matches(&"*a".repeat(50), &"a".repeat(40)), "in no long time");
    }

    #[test]
    fn names_begin_with_what_they_are() {
        for (name, word) in [
            ("customer.csv", "customer"),
            ("Customers-2026-11-22.csv", "customer"),
            ("contact_persons.csv", "contact-person"),
            ("companies.csv", "company"),
            ("c-entron-offers 3.txt", "c-entron-offers"),
        ] {
            assert!(begins_with(name, word), "{name}");
        }
        assert!(!begins_with("tasking.csv", "task") && !begins_with("mytasks.csv", "task"));
    }

    #[test]
    fn a_name_is_known_again_behind_its_stamp() {
        for (name, plain) in [
            ("2026-11-22-0400-offers.csv", "offers.csv"),
            ("2026-11-22-0400-2-offers.csv", "offers.csv"),
            ("2026-11-22-0400-2026-11-21.csv", "2026-11-21.csv"),
            ("2026-11-22-0400-17-2026-11-21.csv", "2026-11-21.csv"),
        ] {
            assert_eq!(without_stamp(name), Some(plain), "{name}");
        }
        assert_eq!((without_stamp("offers.csv"), without_stamp("2026-11-22-04ü-a")), (None, None));
    }

    #[test]
    fn what_is_being_written_is_no_file_yet() {
        for name in ["a.csv.part", "a.csv.TMP", ".a.csv", "a.csv~", "a.csv.rejected.csv", "a.csv.errors.txt"] {
            assert!(!is_finished(name), "{name}");
        }
        assert!(is_finished("a.csv"));
    }
}
