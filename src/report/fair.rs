//! Who gets a word where there is no room for all. Pure.

/// So many of one group stand there as long as others have something to say.
const OF_ONE_GROUP: usize = 2;

/// At most so many of all: two of each group, then what else there is room for, the first groups first. They stay in order.
pub(super) fn fair<T>(groups: Vec<Vec<T>>, most: usize) -> Vec<T> {
    let mut all: Vec<(usize, usize, T)> = Vec::new();
    for (group, members) in groups.into_iter().enumerate() {
        all.extend(members.into_iter().enumerate().map(|(place, member)| (group, place, member)));
    }
    all.sort_by_key(|(group, place, _)| (*place >= OF_ONE_GROUP, *group, *place));
    all.truncate(most);
    all.sort_by_key(|(group, place, _)| (*group, *place));
    all.into_iter().map(|(_, _, member)| member).collect()
}

#[cfg(test)]
mod tests {
    use super::fair;

    #[test]
    fn no_group_takes_the_room_of_the_others() {
        let told = |most| fair(vec![vec!["a", "b", "c", "d"], vec![], vec!["z"]], most).join(" ");
        assert_eq!([5, 3, 1, 0].map(told), ["a b c d z", "a b z", "a", ""]);
        assert!(fair(Vec::<Vec<u8>>::new(), 5).is_empty());
    }
}
