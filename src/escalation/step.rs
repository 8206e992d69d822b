//! One step of a chain, and the number it has in the database.

use std::fmt;

/// A step of an item's chain: what has been, or is about to be, said about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// Found, and nothing said yet.
    Held,
    /// The advance notice configured for so many days before the due day.
    Announce(u32),
    /// A stage, counted from 1.
    Stage(i16),
    /// The last stage once more, for the n-th time.
    Repeat(u32),
}

/// Repeats are 101, 102, 103 …, whichever stage is the last and however many stages a type has.
const BEFORE_REPEATS: i64 = 100;

impl Step {
    /// The number in `escalation_chains.step` and `escalation_steps.step`.
    pub fn code(self) -> i32 {
        let code = match self {
            Step::Held => 0,
            Step::Announce(days) => -i64::from(days),
            Step::Stage(stage) => i64::from(stage),
            Step::Repeat(times) => BEFORE_REPEATS + i64::from(times),
        };
        i32::try_from(code).unwrap_or(i32::MAX)
    }

    /// The step of a number in the database.
    pub fn from_code(code: i32) -> Step {
        match i64::from(code) {
            0 => Step::Held,
            days @ ..0 => Step::Announce(u32::try_from(-days).unwrap_or(u32::MAX)),
            times if times > BEFORE_REPEATS => Step::Repeat(u32::try_from(times - BEFORE_REPEATS).unwrap_or(u32::MAX)),
            stage => Step::Stage(i16::try_from(stage).unwrap_or(i16::MAX)),
        }
    }

    /// Whether hours of later stages are counted from it: advance notices and finds are no step before.
    pub fn counts(self) -> bool {
        matches!(self, Step::Stage(_) | Step::Repeat(_))
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Step::Held => f.write_str("vorgemerkt"),
            Step::Announce(1) => f.write_str("Vorlauf 1 Tag"),
            Step::Announce(days) => write!(f, "Vorlauf {days} Tage"),
            Step::Stage(stage) => write!(f, "Stufe {stage}"),
            Step::Repeat(times) => write!(f, "{times}. Wiederholung"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Step;

    #[test]
    fn a_step_and_its_number_are_the_same_thing() {
        for (step, code) in [
            (Step::Held, 0),
            (Step::Announce(90), -90),
            (Step::Stage(3), 3),
            (Step::Repeat(1), 101),
            (Step::Repeat(250), 350),
        ] {
            assert_eq!(step.code(), code);
            assert_eq!(Step::from_code(code), step);
        }
    }
}
