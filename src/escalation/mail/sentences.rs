//! The sentences of a mail about one item: the fact, what this reader should do about it, and why he or she hears of it.
//! Pure; tested as tables. An announcement asks for the same as a stage, without "heute".

use super::days::{self, DueDay};
use super::entry::{Entry, Role, Step};
use super::wording::{self, Fact};
use crate::outbox::settings::AddressForm;
use crate::template::{clip, one_line};

/// "seit gestern überfällig", "läuft ab in 41 Tagen", "hat heute Geburtstag". `days_past` is negative ahead of the day.
pub(super) fn fact(entry: &Entry, days_past: i64) -> String {
    let ahead = matches!(entry.step, Step::Announce(_));
    match (wording::of(&entry.type_key).fact, ahead) {
        (Fact::Birthday, _) => days::birthday(days_past),
        (Fact::RunsOut, true) => days::runs_out_in(-days_past),
        (Fact::Due, true) => days::due_in(-days_past),
        (Fact::Due | Fact::RunsOut, false) => days::overdue(days_past),
    }
}

/// The first sentence: "Die Wiedervorlage zum Angebot AN-137325 ist seit gestern überfällig."
pub(super) fn first_sentence(entry: &Entry, days_past: i64) -> String {
    let wording = wording::of(&entry.type_key);
    let fact = fact(entry, days_past);
    match wording.fact {
        Fact::Birthday => format!("{} {fact}.", one_line(&entry.title)),
        // "läuft ab" brings its own verb
        _ if fact.starts_with("läuft") => format!("{} {} {fact}.", wording.subject, one_line(&entry.reference)),
        _ => format!("{} {} ist {fact}.", wording.subject, one_line(&entry.reference)),
    }
}

/// What the reader should do: the handler does it, the supervisor clears the way, the company head decides.
pub(super) fn request(entry: &Entry, form: AddressForm) -> String {
    let informal = form == AddressForm::Du;
    let choose = |du: &str, sie: &str| if informal { du.to_owned() } else { sie.to_owned() };
    let wording = wording::of(&entry.type_key);
    let who = one_line(entry.whose_turn());
    let with_whom = if who.is_empty() { String::new() } else { format!(" mit {who}") };

    let asked = if wording.fact == Fact::Birthday {
        wording.request(form).to_owned()
    } else {
        match entry.role {
            Role::Handler | Role::FieldRep | Role::InsideRep => wording.request(form).to_owned(),
            Role::Supervisor if who.is_empty() => choose(
                "Niemand ist dafür eingetragen: Bitte gib es heute jemandem.",
                "Niemand ist dafür eingetragen: Bitte geben Sie es heute jemandem.",
            ),
            Role::Supervisor => choose(
                &format!("Bitte klär heute{with_whom}, was im Weg steht, oder gib die Sache jemand anderem."),
                &format!(
                    "Bitte klären Sie heute{with_whom}, was im Weg steht, oder geben Sie die Sache jemand anderem."
                ),
            ),
            Role::CompanyHead => choose(
                &format!("Bitte entscheide heute{with_whom}, wie es weitergeht."),
                &format!("Bitte entscheiden Sie heute{with_whom}, wie es weitergeht."),
            ),
            Role::DepartmentHead => choose(
                &format!("Bitte sorg dafür, dass deine Abteilung das heute weiterbringt{}.", in_charge(&who)),
                &format!("Bitte sorgen Sie dafür, dass Ihre Abteilung das heute weiterbringt{}.", in_charge(&who)),
            ),
            Role::Department | Role::Team if who.is_empty() => choose(
                "Bitte übernimm es heute oder klär im Team, wer es tut.",
                "Bitte übernehmen Sie es heute oder klären Sie im Team, wer es tut.",
            ),
            Role::Department | Role::Team => choose(
                &format!("Bitte frag {who}, wie es steht, oder übernimm es selbst."),
                &format!("Bitte fragen Sie {who}, wie es steht, oder übernehmen Sie es selbst."),
            ),
            Role::Fallback => choose(
                "Wer dafür zuständig wäre, ist nicht zu erreichen: Bitte gib es heute jemandem.",
                "Wer dafür zuständig wäre, ist nicht zu erreichen: Bitte geben Sie es heute jemandem.",
            ),
            Role::Other => choose(
                &format!("Zur Kenntnis{}: Bitte hilf, wenn du kannst.", in_charge(&who)),
                &format!("Zur Kenntnis{}: Bitte helfen Sie, wenn Sie können.", in_charge(&who)),
            ),
        }
    };
    // an advance notice is early on purpose
    let asked = if matches!(entry.step, Step::Announce(_)) { in_time(&asked) } else { asked };
    match &entry.deputy_for {
        None => asked,
        Some(absent) => format!("{} ist abwesend. {asked}", one_line(absent)),
    }
}

fn in_charge(who: &str) -> String {
    if who.is_empty() { String::new() } else { format!(" (zuständig: {who})") }
}

fn in_time(asked: &str) -> String {
    asked.replacen(" heute", " rechtzeitig", 1)
}

/// "Stufe 2", "Stufe 3, 2. Wiederholung", "Vorlauf"
pub(super) fn stage_words(step: Step) -> String {
    match step {
        Step::Stage(stage) => format!("Stufe {stage}"),
        Step::Repeat(stage, count) => format!("Stufe {stage}, {count}. Wiederholung"),
        Step::Announce(_) => "Vorlauf".to_owned(),
    }
}

/// What stands behind the label "Eskalationsstufe": "2", "Stufe 3, 2. Wiederholung", "Vorlauf, noch 41 Tage".
pub(super) fn stage_value(step: Step, days_past: i64) -> String {
    match step {
        Step::Stage(stage) => stage.to_string(),
        Step::Repeat(..) => stage_words(step),
        Step::Announce(_) if days_past >= 0 => "Vorlauf, heute".to_owned(),
        Step::Announce(_) => format!("Vorlauf, noch {}", days::counted_days(-days_past)),
    }
}

/// Why one gets this mail about one item, as the last lines of it.
pub(super) fn reason(entry: &Entry, form: AddressForm) -> String {
    let standing_in = match &entry.deputy_for {
        None => String::new(),
        Some(absent) => format!("in Vertretung von {} ", one_line(absent)),
    };
    let of_whom = match (entry.role, one_line(entry.whose_turn())) {
        (Role::Supervisor, who) if !who.is_empty() => format!(" von {who}"),
        _ => String::new(),
    };
    let note = match entry.note.as_deref().map(one_line) {
        Some(note) if !note.is_empty() => format!(" {}.", note.trim_end_matches('.')),
        _ => String::new(),
    };
    let area = clip(&one_line(&entry.area), 80);
    let about = match wording::of(&entry.type_key).fact {
        _ if area.is_empty() => String::new(),
        // nobody is late with a birthday
        Fact::Birthday => format!(" zu „{area}“"),
        Fact::Due | Fact::RunsOut => format!(" zu „{area}“ ({})", stage_words(entry.step)),
    };
    let part = joined(&format!("{standing_in}{}{of_whom}", role_words(entry.role, form)));
    format!("{} diese Mail{about}{part}.{note}", you_get(form))
}

/// Why one gets a mail about several items: each part one has in them, once.
pub(super) fn reason_of_all(entries: &[Entry], form: AddressForm) -> String {
    let mut parts: Vec<String> = Vec::new();
    for entry in entries {
        let mut part = role_words(entry.role, form).to_owned();
        if let Some(absent) = &entry.deputy_for {
            part = format!("in Vertretung von {} {part}", one_line(absent));
        }
        if !parts.contains(&part) {
            parts.push(part);
        }
    }
    let listed = match parts.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} und {last}", rest.join(", ")),
        Some((last, _)) => last.clone(),
        None => String::new(),
    };
    format!("{} diese Mail{}.", you_get(form), joined(&clip(&listed, 400)))
}

/// A part that is a clause of its own comes after a comma.
fn joined(part: &str) -> String {
    if part.starts_with("weil") || part.starts_with("ersatzweise") { format!(", {part}") } else { format!(" {part}") }
}

fn you_get(form: AddressForm) -> &'static str {
    match form {
        AddressForm::Du => "Du bekommst",
        AddressForm::Sie => "Sie bekommen",
    }
}

fn role_words(role: Role, form: AddressForm) -> &'static str {
    let informal = form == AddressForm::Du;
    match role {
        Role::Handler => "als Bearbeiter",
        Role::FieldRep => "als ADM (Außendienst)",
        Role::InsideRep => "als IDM (Innendienst)",
        Role::Supervisor => "als Vorgesetzter",
        Role::CompanyHead => "als Geschäftsleitung",
        Role::DepartmentHead => "als Abteilungsleitung",
        Role::Department if informal => "als Teil deiner Abteilung",
        Role::Department => "als Teil Ihrer Abteilung",
        Role::Team if informal => "als Teil deines Teams",
        Role::Team => "als Teil Ihres Teams",
        Role::Fallback => "ersatzweise, weil jemand anderes nicht zu erreichen ist",
        Role::Other if informal => "weil deine Adresse dafür eingetragen ist",
        Role::Other => "weil Ihre Adresse dafür eingetragen ist",
    }
}

/// "fällig am Mo, 08.03.2021" is printed from these two.
pub(super) fn due_parts(due: DueDay) -> (String, Option<String>) {
    (due.day.to_string(), due.time.map(|time| time.format("%H:%M").to_string()))
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    fn entry(type_key: &str, step: Step, role: Role) -> Entry {
        Entry { type_key: type_key.to_owned(), step, role, ..sample::offer() }
    }

    #[test]
    fn first_sentences() {
        let table = [
            (
                "offer-follow-up",
                Step::Stage(1),
                1,
                "Die Wiedervorlage zum Angebot AN-137325 ist seit gestern überfällig.",
            ),
            ("contract-expiry", Step::Announce(90), -41, "Die Frist zum Vertrag AN-137325 läuft ab in 41 Tagen."),
            ("contract-expiry", Step::Stage(2), 3, "Die Frist zum Vertrag AN-137325 ist seit 3 Tagen überfällig."),
            ("task", Step::Announce(1), -1, "Die Aufgabe AN-137325 ist morgen fällig."),
            ("birthday", Step::Announce(7), -7, "Eskalations- und Report-Server hat in 7 Tagen Geburtstag."),
            ("birthday", Step::Stage(1), 0, "Eskalations- und Report-Server hat heute Geburtstag."),
            ("own-view", Step::Repeat(3, 2), 20, "Der Vorgang AN-137325 ist seit 20 Tagen überfällig."),
        ];
        for (key, step, days, sentence) in table {
            assert_eq!(first_sentence(&entry(key, step, Role::Handler), days), sentence);
        }
    }

    #[test]
    fn each_role_is_asked_for_its_own_part() {
        let du = |role| request(&entry("offer-follow-up", Step::Stage(2), role), AddressForm::Du);
        let sie = |role| request(&entry("offer-follow-up", Step::Stage(2), role), AddressForm::Sie);
        assert_eq!(du(Role::FieldRep), "Bitte frag heute beim Kunden nach oder setz eine neue Wiedervorlage.");
        assert_eq!(
            du(Role::Supervisor),
            "Bitte klär heute mit Andrea Berg, was im Weg steht, oder gib die Sache jemand anderem."
        );
        assert_eq!(sie(Role::CompanyHead), "Bitte entscheiden Sie heute mit Andrea Berg, wie es weitergeht.");
        let roles =
            [Role::Handler, Role::Supervisor, Role::CompanyHead, Role::DepartmentHead, Role::Team, Role::Fallback];
        for (index, role) in roles.iter().enumerate() {
            assert!(sie(*role).contains("Sie") && !du(*role).contains("Sie "), "{role:?}");
            for other in &roles[index + 1..] {
                assert_ne!(du(*role), du(*other));
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
        assert_eq!(request(&nobody, AddressForm::Du), "Niemand ist dafür eingetragen: Bitte gib es heute jemandem.");
        let team = Entry { role: Role::Team, ..nobody };
        assert_eq!(request(&team, AddressForm::Du), "Bitte übernimm es heute oder klär im Team, wer es tut.");
    }

    #[test]
    fn a_deputy_hears_for_whom_and_never_why() {
        let deputy = Entry { deputy_for: Some("Clara Weiß".into()), ..entry("task", Step::Stage(1), Role::Handler) };
        let asked = request(&deputy, AddressForm::Du);
        assert_eq!(asked, "Clara Weiß ist abwesend. Bitte erledige sie heute oder setz einen neuen Termin.");
        assert_eq!(
            reason(&deputy, AddressForm::Du),
            "Du bekommst diese Mail zu „Angebote: Wiedervorlage“ (Stufe 1) in Vertretung von Clara Weiß als Bearbeiter."
        );
    }

    #[test]
    fn an_advance_notice_does_not_say_today() {
        let asked = request(&entry("contract-expiry", Step::Announce(90), Role::Handler), AddressForm::Du);
        assert_eq!(asked, "Bitte klär rechtzeitig, ob der Vertrag verlängert oder gekündigt wird, und trag es ein.");
    }

    #[test]
    fn stages_in_words() {
        assert_eq!(stage_words(Step::Repeat(3, 2)), "Stufe 3, 2. Wiederholung");
        assert_eq!(stage_value(Step::Stage(1), 1), "1");
        assert_eq!(stage_value(Step::Announce(90), -41), "Vorlauf, noch 41 Tage");
        assert_eq!(stage_value(Step::Announce(1), -1), "Vorlauf, noch 1 Tag");
    }

    #[test]
    fn a_note_ends_the_reason() {
        let noted = Entry { note: Some("Ein Bearbeiter ist nicht eingetragen.".into()), ..sample::offer() };
        assert!(
            reason(&noted, AddressForm::Sie).ends_with("als ADM (Außendienst). Ein Bearbeiter ist nicht eingetragen.")
        );
    }
}
