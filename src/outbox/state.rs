//! How far the delivery to one recipient is, as the database keeps it and as people read it.

use crate::register::Words;

/// The states as the database keeps them and as the office says them.
pub static STATES: Words = Words(&[
    ("queued", &["wartet"]),
    ("sending", &["wird gesendet"]),
    ("retry", &["wird wiederholt"]),
    ("sent", &["zugestellt"]),
    ("discarded", &["verworfen"]),
    ("held", &["zurückgehalten"]),
    ("unknown", &["ungeklärt"]),
    ("failed", &["gescheitert", "nicht zustellbar"]),
]);

/// The state of a recipient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Not tried yet.
    Queued,
    /// A sender holds it until its lease ends.
    Sending,
    /// Tried, and to be tried again.
    Retry,
    /// The other side has taken it.
    Sent,
    /// Refused for good, or tried for too long.
    Failed,
    /// Mail to somebody outside that may have arrived: a person decides.
    Unknown,
    /// Kept back: a person decides.
    Held,
    /// A person has said that it is not to be sent.
    Discarded,
}

impl State {
    /// All of them, those that somebody has to look at last.
    pub const ALL: [State; 8] = [
        State::Queued,
        State::Sending,
        State::Retry,
        State::Sent,
        State::Discarded,
        State::Held,
        State::Unknown,
        State::Failed,
    ];

    /// As the database keeps it.
    pub fn as_str(self) -> &'static str {
        match self {
            State::Queued => "queued",
            State::Sending => "sending",
            State::Retry => "retry",
            State::Sent => "sent",
            State::Failed => "failed",
            State::Unknown => "unknown",
            State::Held => "held",
            State::Discarded => "discarded",
        }
    }

    /// The state of that name.
    pub fn by_name(name: &str) -> Option<State> {
        State::ALL.into_iter().find(|state| state.as_str() == name)
    }

    /// As the office says it.
    pub fn german(self) -> &'static str {
        STATES.for_people(self.as_str())
    }

    /// Whether somebody has to look at it: it did not arrive, or nobody knows.
    pub fn needs_somebody(self) -> bool {
        matches!(self, State::Failed | State::Unknown | State::Held)
    }

    /// Whether nothing happens any more without a person.
    pub fn is_final(self) -> bool {
        !matches!(self, State::Queued | State::Sending | State::Retry)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_is_found_by_its_name() {
        for state in State::ALL {
            assert_eq!(State::by_name(state.as_str()), Some(state));
        }
        assert_eq!(State::by_name("lost"), None);
        let words: Vec<&str> = STATES.0.iter().map(|(stored, _)| *stored).collect();
        assert_eq!(words, State::ALL.map(State::as_str));
    }
}
