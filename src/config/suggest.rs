//! "Did you mean": the nearest of the words that would have been right.

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
}
