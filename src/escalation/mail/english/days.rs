//! Days as an office says them: "overdue since yesterday", "expires in 41 days".

use rust_decimal::Decimal;

use crate::escalation::mail::speech::Fact;
use crate::template::{Language, decimal};

/// "overdue since yesterday", "due tomorrow", "expires in 41 days", "had a birthday yesterday".
pub(super) fn fact(fact: Fact) -> String {
    match fact {
        Fact::Overdue(days) => format!("overdue {}", since(days)),
        Fact::DueIn(days) => format!("due {}", ahead(days)),
        Fact::RunsOutIn(days) => format!("expires {}", ahead(days)),
        Fact::Birthday(days @ ..=0) => format!("has a birthday {}", ahead(-days)),
        Fact::Birthday(1) => "had a birthday yesterday".to_owned(),
        Fact::Birthday(days) => format!("had a birthday {} ago", counted_days(days)),
    }
}

/// "since yesterday", "for 3 days": behind "overdue".
pub(super) fn since(days: i64) -> String {
    match days {
        ..=0 => "since today".to_owned(),
        1 => "since yesterday".to_owned(),
        _ => format!("for {}", counted_days(days)),
    }
}

/// "in 7 days"
pub(super) fn ahead(days: i64) -> String {
    match days {
        ..=0 => "today".to_owned(),
        1 => "tomorrow".to_owned(),
        _ => format!("in {}", counted_days(days)),
    }
}

/// "1 day", "41 days"
pub(super) fn counted_days(days: i64) -> String {
    let unit = if days == 1 { "day" } else { "days" };
    format!("{} {unit}", decimal(Decimal::from(days), 0, Language::English))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn office_words() {
        let table = [
            (Fact::DueIn(41), "due in 41 days"),
            (Fact::DueIn(1), "due tomorrow"),
            (Fact::DueIn(0), "due today"),
            (Fact::Overdue(0), "overdue since today"),
            (Fact::Overdue(1), "overdue since yesterday"),
            (Fact::Overdue(2), "overdue for 2 days"),
            (Fact::Overdue(1234), "overdue for 1,234 days"),
            (Fact::RunsOutIn(41), "expires in 41 days"),
            (Fact::RunsOutIn(1), "expires tomorrow"),
            (Fact::RunsOutIn(0), "expires today"),
            (Fact::Birthday(-7), "has a birthday in 7 days"),
            (Fact::Birthday(-1), "has a birthday tomorrow"),
            (Fact::Birthday(0), "has a birthday today"),
            (Fact::Birthday(1), "had a birthday yesterday"),
            (Fact::Birthday(3), "had a birthday 3 days ago"),
        ];
        for (told, words) in table {
            assert_eq!(fact(told), words);
        }
    }
}
