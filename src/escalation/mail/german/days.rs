//! Days as the office says them: "seit gestern überfällig", "läuft ab in 41 Tagen".

use rust_decimal::Decimal;

use crate::escalation::mail::speech::Fact;
use crate::template::{Language, decimal};

/// "seit gestern überfällig", "morgen fällig", "läuft ab in 41 Tagen", "hatte gestern Geburtstag".
pub(super) fn fact(fact: Fact) -> String {
    match fact {
        Fact::Overdue(days) => format!("{} überfällig", since(days)),
        Fact::DueIn(..=0) => "heute fällig".to_owned(),
        Fact::DueIn(1) => "morgen fällig".to_owned(),
        Fact::DueIn(days) => format!("fällig {}", ahead(days)),
        Fact::RunsOutIn(..=0) => "läuft heute ab".to_owned(),
        Fact::RunsOutIn(1) => "läuft morgen ab".to_owned(),
        Fact::RunsOutIn(days) => format!("läuft ab {}", ahead(days)),
        Fact::Birthday(days @ ..=0) => format!("hat {} Geburtstag", ahead(-days)),
        Fact::Birthday(1) => "hatte gestern Geburtstag".to_owned(),
        Fact::Birthday(days) => format!("hatte vor {} Geburtstag", dative_days(days)),
    }
}

/// "seit gestern"
pub(super) fn since(days: i64) -> String {
    match days {
        ..=0 => "seit heute".to_owned(),
        1 => "seit gestern".to_owned(),
        _ => format!("seit {}", dative_days(days)),
    }
}

/// "in 7 Tagen"
pub(super) fn ahead(days: i64) -> String {
    match days {
        ..=0 => "heute".to_owned(),
        1 => "morgen".to_owned(),
        _ => format!("in {}", dative_days(days)),
    }
}

/// "1 Tag", "41 Tage"
pub(super) fn counted_days(days: i64) -> String {
    if days == 1 { "1 Tag".to_owned() } else { format!("{} Tage", counted(days)) }
}

fn dative_days(days: i64) -> String {
    if days == 1 { "1 Tag".to_owned() } else { format!("{} Tagen", counted(days)) }
}

fn counted(days: i64) -> String {
    decimal(Decimal::from(days), 0, Language::German)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn office_words() {
        let table = [
            (Fact::DueIn(41), "fällig in 41 Tagen"),
            (Fact::DueIn(1), "morgen fällig"),
            (Fact::DueIn(0), "heute fällig"),
            (Fact::Overdue(0), "seit heute überfällig"),
            (Fact::Overdue(1), "seit gestern überfällig"),
            (Fact::Overdue(2), "seit 2 Tagen überfällig"),
            (Fact::Overdue(1234), "seit 1.234 Tagen überfällig"),
            (Fact::RunsOutIn(41), "läuft ab in 41 Tagen"),
            (Fact::RunsOutIn(1), "läuft morgen ab"),
            (Fact::RunsOutIn(0), "läuft heute ab"),
            (Fact::Birthday(-7), "hat in 7 Tagen Geburtstag"),
            (Fact::Birthday(-1), "hat morgen Geburtstag"),
            (Fact::Birthday(0), "hat heute Geburtstag"),
            (Fact::Birthday(1), "hatte gestern Geburtstag"),
            (Fact::Birthday(3), "hatte vor 3 Tagen Geburtstag"),
        ];
        for (told, words) in table {
            assert_eq!(fact(told), words);
        }
    }
}
