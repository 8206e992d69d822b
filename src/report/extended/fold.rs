//! Which groups may be shown: none that is so small that its figures are those of persons (§ 87 BetrVG). Pure.

/// A group with something to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Member<T> {
    /// Its name.
    pub name: String,
    /// How many people work in it; of documents that belong to nobody 0.
    pub size: i64,
    /// Its figures.
    pub figures: T,
}

/// What is left to be shown of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Folded<T> {
    /// Groups by themselves, in their order.
    pub shown: Vec<Member<T>>,
    /// Groups that only stand together.
    pub others: Vec<Member<T>>,
    /// Some were too small.
    pub is_folded: bool,
}

/// Folds the groups that are smaller than `smallest`.
///
/// What is folded must not be found by taking the others from the total: it holds at least two groups and as many people as the
/// smallest that is shown. If that takes all groups, only the total may be shown, and nothing is left here. Groups count whether
/// or not they have figures today: which ones are folded does not change from day to day.
pub(super) fn fold<T>(members: Vec<Member<T>>, smallest: i64) -> Folded<T> {
    let (nobodys, mut groups): (Vec<_>, Vec<_>) = members.into_iter().partition(|member| member.size == 0);
    let mut order: Vec<usize> = (0..groups.len()).collect();
    order.sort_by_key(|at| (groups[*at].size, groups[*at].name.clone()));
    let small = groups.iter().filter(|group| group.size < smallest).count();
    let mut count = small;
    if small > 0 {
        let size_of = |count: usize| order.iter().take(count).map(|at| groups[*at].size).sum::<i64>();
        while count < order.len() && (count < 2 || size_of(count) < smallest) {
            count += 1;
        }
        if count == order.len() {
            return Folded { shown: Vec::new(), others: Vec::new(), is_folded: true };
        }
    }
    let mut others = nobodys;
    let mut folded: Vec<usize> = order.into_iter().take(count).collect();
    folded.sort_unstable();
    for at in folded.into_iter().rev() {
        others.push(groups.remove(at));
    }
    Folded { shown: groups, others, is_folded: small > 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(sizes: &[(&str, i64)]) -> (String, String, bool) {
        let member = |(name, size): &(&str, i64)| Member { name: (*name).to_owned(), size: *size, figures: () };
        let folded = fold(sizes.iter().map(member).collect(), 5);
        let names = |members: &[Member<()>]| {
            let mut names: Vec<&str> = members.iter().map(|member| member.name.as_str()).collect();
            names.sort_unstable();
            names.join(" ")
        };
        (names(&folded.shown), names(&folded.others), folded.is_folded)
    }

    fn told(shown: &str, others: &str, is_folded: bool) -> (String, String, bool) {
        (shown.to_owned(), others.to_owned(), is_folded)
    }

    #[test]
    fn groups_of_five_stand_by_themselves() {
        assert_eq!(folded(&[("a", 5), ("b", 9)]), told("a b", "", false));
        assert_eq!(folded(&[]), told("", "", false));
        assert_eq!(folded(&[("a", 5)]), told("a", "", false));
    }

    #[test]
    fn what_is_folded_cannot_be_told_from_the_total() {
        // one small group takes the smallest further one with it
        assert_eq!(folded(&[("a", 4), ("b", 5), ("c", 9)]), told("c", "a b", true));
        // two that are five together hide each other
        assert_eq!(folded(&[("a", 4), ("b", 1), ("c", 9)]), told("c", "a b", true));
        assert_eq!(folded(&[("a", 1), ("b", 1), ("c", 9), ("d", 8)]), told("c", "a b d", true));
    }

    #[test]
    fn where_nothing_can_hide_only_the_total_is_shown() {
        assert_eq!(folded(&[("a", 4), ("b", 5)]), told("", "", true));
        assert_eq!(folded(&[("a", 1), ("b", 2), ("c", 1)]), told("", "", true));
        assert_eq!(folded(&[("a", 4)]), told("", "", true));
    }

    #[test]
    fn what_belongs_to_nobody_gives_nobody_away() {
        assert_eq!(folded(&[("", 0), ("b", 5), ("c", 9)]), told("b c", "", false));
        assert_eq!(folded(&[("x", 0), ("a", 4), ("b", 5), ("c", 9)]), told("c", "a b x", true));
    }
}
