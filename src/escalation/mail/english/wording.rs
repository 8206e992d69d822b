//! What each type is called in a sentence, and what its mail asks for. One row a type; an unknown one (a company's own
//! view) gets general words.

/// The words of one type.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wording {
    /// Up to the number: "The follow-up on offer".
    pub(super) subject: &'static str,
    /// The same for what runs out, ahead of time: a deadline expires, the decision it asked for becomes overdue.
    pub(super) subject_ahead: &'static str,
    /// What the person whose turn it is should do, and by when. "today" becomes "in good time" in an advance notice.
    pub(super) request: &'static str,
}

const fn words(subject: &'static str, request: &'static str) -> Wording {
    Wording { subject, subject_ahead: subject, request }
}

/// The words for a type key.
pub(super) fn of(type_key: &str) -> Wording {
    match type_key {
        "offer-follow-up" => {
            words("The follow-up on offer", "Please check with the customer today or set a new follow-up date.")
        }
        "order-commissioning" => {
            words("The picking of order", "Please have the order picked today or agree on a new date.")
        }
        "order-delivery-overdue" => {
            words("The delivery of order", "Please see to the delivery today or give the customer a new date.")
        }
        "purchase-overdue" => words(
            "The goods receipt for purchase order",
            "Please check with the supplier today and enter the new date.",
        ),
        "customer-notification" => words("The notice", "Please let the customer know today."),
        "customer-activity" => words("The activity", "Please complete it today or set a new date."),
        "customer-acquisition" => words(
            "The follow-up on prospect",
            "Please get in touch with the prospect today or set a new follow-up date.",
        ),
        "invoice-licence-expiry" => Wording {
            subject: "The renewal of the licence on invoice",
            subject_ahead: "The licence on invoice",
            request: "Please offer the customer a renewal today or record it as renewed.",
        },
        "invoice-follow-up" => words(
            "The follow-up on invoice",
            "Please settle today how to proceed with the invoice or set a new follow-up date.",
        ),
        "contract-billing" => words("The billing of contract", "Please bill the contract today."),
        "contract-expiry" => Wording {
            subject: "The decision on contract",
            subject_ahead: "The deadline for contract",
            request: "Please settle today whether the contract is to be renewed or terminated, and record it.",
        },
        "system-download" => words("The system message", "Please look at it today and deal with it."),
        "delivery-note" => words(
            "The invoice for delivery note",
            "Please invoice the delivery note today or find out what is still missing.",
        ),
        "helpdesk-immediate" | "helpdesk-high" | "helpdesk-standard" | "helpdesk-low" | "helpdesk-very-low" => {
            words("Ticket", "Please move it forward today or tell the customer when to expect an answer from us.")
        }
        "birthday" => words("", "A call or a few lines from you would be appreciated."),
        "task" => words("Task", "Please complete it today or set a new date."),
        "invoice-overdue" => words(
            "The payment of invoice",
            "Please remind the customer of the payment today or find out what is holding it up.",
        ),
        _ => words("Item", "Please move it forward today or set a new date."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::escalation::mail::speech::Kind;
    use crate::escalation::types::TYPES;

    #[test]
    fn every_type_asks_for_something_by_today() {
        let general = of("view-of-our-own");
        for info in TYPES {
            let words = of(info.key);
            assert_ne!(words.subject, general.subject, "{}", info.key);
            match Kind::of(info.key) {
                Kind::Birthday => {}
                _ => assert!(words.request.starts_with("Please ") && words.request.contains(" today"), "{}", info.key),
            }
            assert_eq!(words.subject != words.subject_ahead, Kind::of(info.key) == Kind::RunsOut, "{}", info.key);
        }
    }
}
