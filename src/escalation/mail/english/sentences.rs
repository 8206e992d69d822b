//! The sentences of a mail about one item, and why one gets it. Tested as tables.

use super::{days, wording};
use crate::escalation::mail::entry::{Entry, Role, Step};
use crate::escalation::mail::speech::{Fact, Kind};
use crate::template::{clip, one_line};

pub(super) fn first_sentence(entry: &Entry, fact: Fact) -> String {
    let wording = wording::of(&entry.type_key);
    let words = days::fact(fact);
    let reference = one_line(&entry.reference);
    match fact {
        Fact::Birthday(_) => format!("{} {words}.", one_line(&entry.title)),
        // "expires" brings its own verb
        Fact::RunsOutIn(_) => format!("{} {reference} {words}.", wording.subject_ahead),
        Fact::DueIn(_) => format!("{} {reference} is {words}.", wording.subject),
        Fact::Overdue(_) => format!("{} {reference} has been {words}.", wording.subject),
    }
}

pub(super) fn request(entry: &Entry) -> String {
    let own = || wording::of(&entry.type_key).request.to_owned();
    let who = one_line(entry.whose_turn());
    let with_whom = if who.is_empty() { String::new() } else { format!(" with {who}") };
    let asked = match entry.role {
        _ if Kind::of(&entry.type_key) == Kind::Birthday => own(),
        Role::Handler | Role::FieldRep | Role::InsideRep => own(),
        Role::Supervisor if who.is_empty() => {
            "Nobody is in charge of this: please assign it to somebody today.".to_owned()
        }
        Role::Supervisor => {
            format!("Please find out today{with_whom} what is in the way, or hand it over to somebody else.")
        }
        Role::CompanyHead => format!("Please decide today{with_whom} how to proceed."),
        Role::DepartmentHead => {
            format!("Please make sure that your department moves this forward today{}.", in_charge(&who))
        }
        Role::Department | Role::Team if who.is_empty() => {
            "Please take it over today or agree in the team on who will.".to_owned()
        }
        Role::Department | Role::Team => format!("Please ask {who} how things stand, or take it over yourself."),
        Role::Fallback => {
            "Whoever would be in charge cannot be reached: please assign it to somebody today.".to_owned()
        }
        Role::Other => format!("For your information{}: please help if you can.", in_charge(&who)),
    };
    // an advance notice is early on purpose
    let asked = if matches!(entry.step, Step::Announce(_)) { in_time(&asked) } else { asked };
    match &entry.deputy_for {
        None => asked,
        Some(absent) => format!("{} is away. {asked}", one_line(absent)),
    }
}

pub(super) fn reason(entry: &Entry) -> String {
    let of_whom = match (entry.role, one_line(entry.whose_turn())) {
        (Role::Supervisor, who) if !who.is_empty() => format!(" of {who}"),
        _ => String::new(),
    };
    let replaces = match &entry.replaces {
        None => String::new(),
        Some(name) => {
            format!(" It would have gone to {}, who has left or has no usable mail address.", one_line(name))
        }
    };
    let area = clip(&one_line(&entry.area), 80);
    let about = match Kind::of(&entry.type_key) {
        _ if area.is_empty() => String::new(),
        // nobody is late with a birthday
        Kind::Birthday => format!(" about “{area}”"),
        Kind::Due | Kind::RunsOut => format!(" about “{area}” ({})", stage(entry.step)),
    };
    format!("You are receiving this mail{about} {}{of_whom}.{replaces}", part_of(entry))
}

pub(super) fn reason_of_all(entries: &[&Entry]) -> String {
    let mut parts: Vec<String> = Vec::new();
    for entry in entries {
        let part = part_of(entry);
        if !parts.contains(&part) {
            parts.push(part);
        }
    }
    let listed = match parts.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        Some((last, _)) => last.clone(),
        None => String::new(),
    };
    format!("You are receiving this mail {}.", clip(&listed, 400))
}

/// The reader's part in the item, or the part of the person he or she is the deputy of.
fn part_of(entry: &Entry) -> String {
    let role = match entry.role {
        Role::Handler => "as handler",
        Role::FieldRep => "as field sales rep",
        Role::InsideRep => "as inside sales rep",
        Role::Supervisor => "as supervisor",
        Role::CompanyHead => "as management",
        Role::DepartmentHead => "as head of department",
        Role::Department => "as part of your department",
        Role::Team => "as part of your team",
        Role::Fallback => "because somebody else cannot be reached",
        Role::Other => "because your address is entered for it",
    };
    match &entry.deputy_for {
        None => role.to_owned(),
        Some(absent) => format!("on behalf of {} {role}", one_line(absent)),
    }
}

fn in_charge(who: &str) -> String {
    if who.is_empty() { String::new() } else { format!(" (in charge: {who})") }
}

fn in_time(asked: &str) -> String {
    asked.replacen(" today", " in good time", 1)
}

pub(super) fn stage(step: Step) -> String {
    match step {
        Step::Stage(stage) => format!("Stage {stage}"),
        Step::Repeat(stage, count) => format!("Stage {stage}, {} repeat", ordinal(count)),
        Step::Announce(_) => "Advance notice".to_owned(),
    }
}

pub(super) fn stage_value(step: Step, days_past: i64) -> String {
    match step {
        Step::Stage(number) => number.to_string(),
        Step::Repeat(..) => stage(step),
        Step::Announce(_) if days_past >= 0 => "Advance notice, today".to_owned(),
        Step::Announce(_) => format!("Advance notice, {} left", days::counted_days(-days_past)),
    }
}

/// "1st", "2nd", "3rd", "11th", "21st"
fn ordinal(count: u32) -> String {
    let ending = match (count % 100, count % 10) {
        (11..=13, _) => "th",
        (_, 1) => "st",
        (_, 2) => "nd",
        (_, 3) => "rd",
        _ => "th",
    };
    format!("{count}{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::escalation::mail::sample;

    fn entry(type_key: &str, step: Step, role: Role) -> Entry {
        Entry { type_key: type_key.to_owned(), step, role, ..sample::offer() }
    }

    #[test]
    fn first_sentences() {
        let said = |entry: &Entry, days| first_sentence(entry, Fact::of(entry, days));
        let table = [
            (
                "offer-follow-up",
                Step::Stage(1),
                1,
                "The follow-up on offer AN-137325 has been overdue since yesterday.",
            ),
            ("contract-expiry", Step::Announce(90), -41, "The deadline for contract AN-137325 expires in 41 days."),
            ("contract-expiry", Step::Stage(2), 3, "The decision on contract AN-137325 has been overdue for 3 days."),
            ("task", Step::Announce(1), -1, "Task AN-137325 is due tomorrow."),
            ("birthday", Step::Announce(7), -7, "Eskalations- und Report-Server has a birthday in 7 days."),
            ("birthday", Step::Stage(1), 0, "Eskalations- und Report-Server has a birthday today."),
            ("own-view", Step::Repeat(3, 2), 20, "Item AN-137325 has been overdue for 20 days."),
        ];
        for (key, step, days, sentence) in table {
            assert_eq!(said(&entry(key, step, Role::Handler), days), sentence);
        }
    }

    #[test]
    fn each_role_is_asked_for_its_own_part() {
        let asked = |role| request(&entry("offer-follow-up", Step::Stage(2), role));
        assert_eq!(asked(Role::FieldRep), "Please check with the customer today or set a new follow-up date.");
        assert_eq!(
            asked(Role::Supervisor),
            "Please find out today with Andrea Berg what is in the way, or hand it over to somebody else."
        );
        assert_eq!(asked(Role::CompanyHead), "Please decide today with Andrea Berg how to proceed.");
        let roles =
            [Role::Handler, Role::Supervisor, Role::CompanyHead, Role::DepartmentHead, Role::Team, Role::Fallback];
        for (index, role) in roles.iter().enumerate() {
            for other in &roles[index + 1..] {
                assert_ne!(asked(*role), asked(*other));
            }
        }
    }

    #[test]
    fn an_item_of_nobody_is_given_to_somebody() {
        let nobody = Entry {
            responsible: String::new(),
            adm: String::new(),
            idm: String::new(),
            handler: String::new(),
            ..entry("task", Step::Stage(2), Role::Supervisor)
        };
        assert_eq!(request(&nobody), "Nobody is in charge of this: please assign it to somebody today.");
        let team = Entry { role: Role::Team, ..nobody };
        assert_eq!(request(&team), "Please take it over today or agree in the team on who will.");
    }

    #[test]
    fn a_deputy_hears_for_whom_and_never_why() {
        let deputy = Entry {
            deputy_for: Some("Clara Weiß".into()),
            area: "Tasks".into(),
            ..entry("task", Step::Stage(1), Role::Handler)
        };
        assert_eq!(request(&deputy), "Clara Weiß is away. Please complete it today or set a new date.");
        assert_eq!(
            reason(&deputy),
            "You are receiving this mail about “Tasks” (Stage 1) on behalf of Clara Weiß as handler."
        );
    }

    #[test]
    fn a_stand_in_hears_for_whom() {
        let stand_in = Entry { replaces: Some("Clara Weiß".into()), ..sample::offer() };
        assert!(reason(&stand_in).ends_with(
            "as field sales rep. It would have gone to Clara Weiß, who has left or has no usable mail address."
        ));
    }

    #[test]
    fn an_advance_notice_does_not_say_today() {
        let asked = request(&entry("contract-expiry", Step::Announce(90), Role::Handler));
        assert_eq!(
            asked,
            "Please settle in good time whether the contract is to be renewed or terminated, and record it."
        );
    }

    #[test]
    fn stages_in_words() {
        assert_eq!(stage(Step::Repeat(3, 2)), "Stage 3, 2nd repeat");
        assert_eq!(stage(Step::Repeat(3, 11)), "Stage 3, 11th repeat");
        assert_eq!(stage(Step::Repeat(3, 101)), "Stage 3, 101st repeat");
        assert_eq!(stage_value(Step::Stage(1), 1), "1");
        assert_eq!(stage_value(Step::Announce(90), -41), "Advance notice, 41 days left");
        assert_eq!(stage_value(Step::Announce(1), -1), "Advance notice, 1 day left");
    }
}
