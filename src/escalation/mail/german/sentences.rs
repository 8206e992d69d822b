//! The sentences of a mail about one item, and why one gets it. Tested as tables.

use super::{German, days, wording};
use crate::escalation::mail::entry::{Entry, Role, Step};
use crate::escalation::mail::speech::{Fact, Kind};
use crate::template::{clip, one_line};

pub(super) fn first_sentence(entry: &Entry, fact: Fact) -> String {
    let subject = wording::of(&entry.type_key).subject;
    let words = days::fact(fact);
    match fact {
        Fact::Birthday(_) => format!("{} {words}.", one_line(&entry.title)),
        // "läuft ab" brings its own verb
        Fact::RunsOutIn(_) => format!("{subject} {} {words}.", one_line(&entry.reference)),
        Fact::Overdue(_) | Fact::DueIn(_) => format!("{subject} {} ist {words}.", one_line(&entry.reference)),
    }
}

impl German {
    pub(super) fn request_of(&self, entry: &Entry) -> String {
        let choose = |du: &str, sie: &str| self.choose(du, sie).to_owned();
        let own = || wording::of(&entry.type_key).request(self.form).to_owned();
        let who = one_line(entry.whose_turn());
        let with_whom = if who.is_empty() { String::new() } else { format!(" mit {who}") };
        let asked = match entry.role {
            _ if Kind::of(&entry.type_key) == Kind::Birthday => own(),
            Role::Handler | Role::FieldRep | Role::InsideRep => own(),
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
        };
        // an advance notice is early on purpose
        let asked = if matches!(entry.step, Step::Announce(_)) { in_time(&asked) } else { asked };
        match &entry.deputy_for {
            None => asked,
            Some(absent) => format!("{} ist abwesend. {asked}", one_line(absent)),
        }
    }

    pub(super) fn reason_of(&self, entry: &Entry) -> String {
        let standing_in = match &entry.deputy_for {
            None => String::new(),
            Some(absent) => format!("in Vertretung von {} ", one_line(absent)),
        };
        let of_whom = match (entry.role, one_line(entry.whose_turn())) {
            (Role::Supervisor, who) if !who.is_empty() => format!(" von {who}"),
            _ => String::new(),
        };
        let replaces = match &entry.replaces {
            None => String::new(),
            Some(name) => {
                format!(" Ersatzweise für {}: nicht mehr im Haus oder ohne brauchbare Mailadresse.", one_line(name))
            }
        };
        let area = clip(&one_line(&entry.area), 80);
        let about = match Kind::of(&entry.type_key) {
            _ if area.is_empty() => String::new(),
            // nobody is late with a birthday
            Kind::Birthday => format!(" zu „{area}“"),
            Kind::Due | Kind::RunsOut => format!(" zu „{area}“ ({})", stage(entry.step)),
        };
        let part = joined(&format!("{standing_in}{}{of_whom}", self.role_words(entry.role)));
        format!("{} diese Mail{about}{part}.{replaces}", self.you_get())
    }

    pub(super) fn reason_of_several(&self, entries: &[&Entry]) -> String {
        let mut parts: Vec<String> = Vec::new();
        for entry in entries {
            let mut part = self.role_words(entry.role).to_owned();
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
        format!("{} diese Mail{}.", self.you_get(), joined(&clip(&listed, 400)))
    }

    fn you_get(&self) -> &'static str {
        self.choose("Du bekommst", "Sie bekommen")
    }

    fn role_words(&self, role: Role) -> &'static str {
        match role {
            Role::Handler => "als Bearbeiter",
            Role::FieldRep => "als ADM (Außendienst)",
            Role::InsideRep => "als IDM (Innendienst)",
            Role::Supervisor => "als Vorgesetzter",
            Role::CompanyHead => "als Geschäftsleitung",
            Role::DepartmentHead => "als Abteilungsleitung",
            Role::Department => self.choose("als Teil deiner Abteilung", "als Teil Ihrer Abteilung"),
            Role::Team => self.choose("als Teil deines Teams", "als Teil Ihres Teams"),
            Role::Fallback => "ersatzweise, weil jemand anderes nicht zu erreichen ist",
            Role::Other => {
                self.choose("weil deine Adresse dafür eingetragen ist", "weil Ihre Adresse dafür eingetragen ist")
            }
        }
    }
}

fn in_charge(who: &str) -> String {
    if who.is_empty() { String::new() } else { format!(" (zuständig: {who})") }
}

fn in_time(asked: &str) -> String {
    asked.replacen(" heute", " rechtzeitig", 1)
}

/// A part that is a clause of its own comes after a comma.
fn joined(part: &str) -> String {
    if part.starts_with("weil") || part.starts_with("ersatzweise") { format!(", {part}") } else { format!(" {part}") }
}

pub(super) fn stage(step: Step) -> String {
    match step {
        Step::Stage(stage) => format!("Stufe {stage}"),
        Step::Repeat(stage, count) => format!("Stufe {stage}, {count}. Wiederholung"),
        Step::Announce(_) => "Vorlauf".to_owned(),
    }
}

pub(super) fn stage_value(step: Step, days_past: i64) -> String {
    match step {
        Step::Stage(number) => number.to_string(),
        Step::Repeat(..) => stage(step),
        Step::Announce(_) if days_past >= 0 => "Vorlauf, heute".to_owned(),
        Step::Announce(_) => format!("Vorlauf, noch {}", days::counted_days(-days_past)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::escalation::mail::sample;
    use crate::outbox::settings::AddressForm;

    const DU: German = German { form: AddressForm::Du };
    const SIE: German = German { form: AddressForm::Sie };

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
            assert_eq!(said(&entry(key, step, Role::Handler), days), sentence);
        }
    }

    #[test]
    fn each_role_is_asked_for_its_own_part() {
        let du = |role| DU.request_of(&entry("offer-follow-up", Step::Stage(2), role));
        let sie = |role| SIE.request_of(&entry("offer-follow-up", Step::Stage(2), role));
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
        assert_eq!(DU.request_of(&nobody), "Niemand ist dafür eingetragen: Bitte gib es heute jemandem.");
        let team = Entry { role: Role::Team, ..nobody };
        assert_eq!(DU.request_of(&team), "Bitte übernimm es heute oder klär im Team, wer es tut.");
    }

    #[test]
    fn a_deputy_hears_for_whom_and_never_why() {
        let deputy = Entry { deputy_for: Some("Clara Weiß".into()), ..entry("task", Step::Stage(1), Role::Handler) };
        let asked = DU.request_of(&deputy);
        assert_eq!(asked, "Clara Weiß ist abwesend. Bitte erledige sie heute oder setz einen neuen Termin.");
        assert_eq!(
            DU.reason_of(&deputy),
            "Du bekommst diese Mail zu „Angebote: Wiedervorlage“ (Stufe 1) in Vertretung von Clara Weiß als Bearbeiter."
        );
    }

    #[test]
    fn an_advance_notice_does_not_say_today() {
        let asked = DU.request_of(&entry("contract-expiry", Step::Announce(90), Role::Handler));
        assert_eq!(asked, "Bitte klär rechtzeitig, ob der Vertrag verlängert oder gekündigt wird, und trag es ein.");
    }

    #[test]
    fn stages_in_words() {
        assert_eq!(stage(Step::Repeat(3, 2)), "Stufe 3, 2. Wiederholung");
        assert_eq!(stage_value(Step::Stage(1), 1), "1");
        assert_eq!(stage_value(Step::Announce(90), -41), "Vorlauf, noch 41 Tage");
        assert_eq!(stage_value(Step::Announce(1), -1), "Vorlauf, noch 1 Tag");
    }

    #[test]
    fn a_stand_in_hears_for_whom() {
        let stand_in = Entry { replaces: Some("Clara Weiß".into()), ..sample::offer() };
        assert!(SIE.reason_of(&stand_in).ends_with(
            "als ADM (Außendienst). Ersatzweise für Clara Weiß: nicht mehr im Haus oder ohne brauchbare Mailadresse."
        ));
    }
}
