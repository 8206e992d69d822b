//! "Did you mean": the nearest of the words that would have been right.

/// More suggestions than these are no help.
const MOST: usize = 3;

/// The candidate that `word` was probably meant to be, if one is near enough: at most a third of its letters differ.
/// Case and the difference between `-`, `_` and a space do not count.
pub fn nearest<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let wanted = folded(word);
    let allowed = (wanted.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (strsim::osa_distance(&wanted, &folded(candidate)), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// What `word` was probably meant to be, of names with what people call them: the nearest name, else that of the nearest
/// title, else the names of which it is a part (`name` of `first_name` and `last_name`), at most [`MOST`].
pub fn meant<'c>(word: &str, named: &[(&'c str, &str)]) -> Vec<&'c str> {
    if let Some(near) = nearest(word, named.iter().map(|(name, _)| *name)) {
        return vec![near];
    }
    let title = nearest(word, named.iter().map(|(_, title)| *title));
    if let Some((name, _)) = named.iter().find(|(_, known)| Some(*known) == title) {
        return vec![name];
    }
    let wanted = folded(word);
    let has_it = |name: &str| folded(name).split('_').any(|part| part == wanted);
    named.iter().map(|(name, _)| *name).filter(|name| has_it(name)).take(MOST).collect()
}

fn folded(word: &str) -> String {
    // a key of a megabyte must not cost a quadratic comparison
    word.chars()
        .take(80)
        .flat_map(char::to_lowercase)
        .map(|letter| if matches!(letter, '-' | ' ') { '_' } else { letter })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_near_word_only() {
        let keys = ["redirect_to", "from", "transport"];
        assert_eq!(nearest("redirect-to", keys), Some("redirect_to"));
        assert_eq!(nearest("tranpsort", keys), Some("transport"));
        assert_eq!(nearest("form", keys), Some("from"));
        assert_eq!(nearest("password", keys), None);
    }

    #[test]
    fn finds_what_it_is_called_and_what_it_is_a_part_of() {
        let columns = [("number", "Personalnummer"), ("first_name", "Vorname"), ("last_name", "Nachname")];
        assert_eq!(meant("name", &columns), ["first_name", "last_name"]);
        assert_eq!(meant("vorname", &columns), ["first_name"]);
        assert_eq!(meant("last-nam", &columns), ["last_name"]);
        assert_eq!(meant("colour", &columns), [""; 0]);
    }
}
