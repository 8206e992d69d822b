//! What each type is called in a sentence, and what its mail asks for. One row a type; an unknown one (a company's own
//! view) gets general words.

use crate::outbox::settings::AddressForm;

/// The words of one type.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wording {
    /// Nominative up to the number: "Die Wiedervorlage zum Angebot".
    pub(super) subject: &'static str,
    informal: &'static str,
    formal: &'static str,
}

impl Wording {
    /// What the person whose turn it is should do, and by when.
    pub(super) fn request(&self, form: AddressForm) -> &'static str {
        match form {
            AddressForm::Du => self.informal,
            AddressForm::Sie => self.formal,
        }
    }
}

const fn words(subject: &'static str, informal: &'static str, formal: &'static str) -> Wording {
    Wording { subject, informal, formal }
}

/// The words for a type key.
pub(super) fn of(type_key: &str) -> Wording {
    match type_key {
        "offer-follow-up" => words(
            "Die Wiedervorlage zum Angebot",
            "Bitte frag heute beim Kunden nach oder setz eine neue Wiedervorlage.",
            "Bitte fragen Sie heute beim Kunden nach oder setzen Sie eine neue Wiedervorlage.",
        ),
        "order-commissioning" => words(
            "Die Kommissionierung zum Auftrag",
            "Bitte kommissioniere den Auftrag heute oder vereinbare einen neuen Termin.",
            "Bitte kommissionieren Sie den Auftrag heute oder vereinbaren Sie einen neuen Termin.",
        ),
        "order-delivery-overdue" => words(
            "Die Lieferung zum Auftrag",
            "Bitte sorg heute für die Lieferung oder sag dem Kunden einen neuen Termin zu.",
            "Bitte sorgen Sie heute für die Lieferung oder sagen Sie dem Kunden einen neuen Termin zu.",
        ),
        "purchase-overdue" => words(
            "Der Wareneingang zur Bestellung",
            "Bitte frag heute beim Lieferanten nach und trag den neuen Termin ein.",
            "Bitte fragen Sie heute beim Lieferanten nach und tragen Sie den neuen Termin ein.",
        ),
        "customer-notification" => words(
            "Die Benachrichtigung",
            "Bitte gib dem Kunden heute Bescheid.",
            "Bitte geben Sie dem Kunden heute Bescheid.",
        ),
        "customer-activity" => words(
            "Die Tätigkeit",
            "Bitte erledige sie heute oder setz einen neuen Termin.",
            "Bitte erledigen Sie sie heute oder setzen Sie einen neuen Termin.",
        ),
        "customer-acquisition" => words(
            "Die Wiedervorlage zum Interessenten",
            "Bitte melde dich heute beim Interessenten oder setz eine neue Wiedervorlage.",
            "Bitte melden Sie sich heute beim Interessenten oder setzen Sie eine neue Wiedervorlage.",
        ),
        "invoice-licence-expiry" => words(
            "Die Lizenz zur Rechnung",
            "Bitte biete dem Kunden heute die Verlängerung an oder trag sie als verlängert ein.",
            "Bitte bieten Sie dem Kunden heute die Verlängerung an oder tragen Sie sie als verlängert ein.",
        ),
        "invoice-follow-up" => words(
            "Die Wiedervorlage zur Rechnung",
            "Bitte klär heute, wie es mit der Rechnung weitergeht, oder setz eine neue Wiedervorlage.",
            "Bitte klären Sie heute, wie es mit der Rechnung weitergeht, oder setzen Sie eine neue Wiedervorlage.",
        ),
        "contract-billing" => words(
            "Die Abrechnung zum Vertrag",
            "Bitte rechne den Vertrag heute ab.",
            "Bitte rechnen Sie den Vertrag heute ab.",
        ),
        "contract-expiry" => words(
            "Die Frist zum Vertrag",
            "Bitte klär heute, ob der Vertrag verlängert oder gekündigt wird, und trag es ein.",
            "Bitte klären Sie heute, ob der Vertrag verlängert oder gekündigt wird, und tragen Sie es ein.",
        ),
        "system-download" => words(
            "Die Systemmeldung",
            "Bitte sieh sie dir heute an und erledige sie.",
            "Bitte sehen Sie sie sich heute an und erledigen Sie sie.",
        ),
        "delivery-note" => words(
            "Die Rechnung zum Lieferschein",
            "Bitte rechne den Lieferschein heute ab oder klär, was noch fehlt.",
            "Bitte rechnen Sie den Lieferschein heute ab oder klären Sie, was noch fehlt.",
        ),
        "helpdesk-immediate" | "helpdesk-high" | "helpdesk-standard" | "helpdesk-low" | "helpdesk-very-low" => words(
            "Das Ticket",
            "Bitte bring es heute weiter oder sag dem Kunden, wann er von uns hört.",
            "Bitte bringen Sie es heute weiter oder sagen Sie dem Kunden, wann er von uns hört.",
        ),
        "birthday" => words(
            "",
            "Ein Anruf oder ein paar Zeilen von dir kommen gut an.",
            "Ein Anruf oder ein paar Zeilen von Ihnen kommen gut an.",
        ),
        "task" => words(
            "Die Aufgabe",
            "Bitte erledige sie heute oder setz einen neuen Termin.",
            "Bitte erledigen Sie sie heute oder setzen Sie einen neuen Termin.",
        ),
        "invoice-overdue" => words(
            "Die Zahlung zur Rechnung",
            "Bitte erinnere den Kunden heute an die Zahlung oder klär, was dagegen steht.",
            "Bitte erinnern Sie den Kunden heute an die Zahlung oder klären Sie, was dagegen steht.",
        ),
        _ => words(
            "Der Vorgang",
            "Bitte bring ihn heute weiter oder setz einen neuen Termin.",
            "Bitte bringen Sie ihn heute weiter oder setzen Sie einen neuen Termin.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_asks_for_something_in_both_forms() {
        for key in ["offer-follow-up", "contract-expiry", "helpdesk-low", "birthday", "task", "view-of-our-own"] {
            let wording = of(key);
            assert!(wording.request(AddressForm::Du).ends_with('.'), "{key}");
            assert!(wording.request(AddressForm::Sie).contains("Sie") || key == "birthday", "{key}");
        }
    }
}
