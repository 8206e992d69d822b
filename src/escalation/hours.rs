//! Hours as the office states them, exact to the second.

use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;

use crate::config::Complaint;

/// Ten years; what is longer was meant as something else.
const MAX_SECONDS: i64 = 10 * 366 * 24 * 3600;

/// A number of hours, kept in seconds: 0.25 is 900.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hours(i64);

impl Hours {
    /// No time at all; for a stage it means that the stage is off.
    pub const ZERO: Hours = Hours(0);

    /// Whole hours.
    pub const fn whole(hours: u32) -> Hours {
        Hours(hours as i64 * 3600)
    }

    /// This many seconds; negative ones are none.
    pub fn from_seconds(seconds: i64) -> Hours {
        Hours(seconds.max(0))
    }

    /// The same in seconds.
    pub fn seconds(self) -> i64 {
        self.0
    }

    /// Whether it is no time at all.
    pub fn is_zero(self) -> bool {
        self.0 == 0
    }
}

impl FromStr for Hours {
    type Err = Complaint;

    /// Reads `16`, `0.25`, `16.00`; whole seconds only, nothing negative.
    fn from_str(text: &str) -> Result<Hours, Complaint> {
        let no_hours = || Complaint::from(format!("\"{text}\" is no number of hours such as 16 or 0.25"));
        let hours = Decimal::from_str_exact(text.trim_start_matches('+')).map_err(|_| no_hours())?;
        if hours.is_sign_negative() && !hours.is_zero() {
            return Err(Complaint {
                message: format!("{text} hours are negative"),
                suggestion: Some("0 switches it off".to_owned()),
            });
        }
        let seconds = hours.checked_mul(Decimal::from(3600)).ok_or_else(no_hours)?.normalize();
        if seconds.scale() > 0 {
            return Err(Complaint {
                message: format!("{text} hours are no whole number of seconds"),
                suggestion: Some("write it with two decimals".to_owned()),
            });
        }
        match i64::try_from(seconds) {
            Ok(seconds) if seconds <= MAX_SECONDS => Ok(Hours(seconds)),
            _ => Err(format!("{text} hours are more than ten years").into()),
        }
    }
}

impl fmt::Display for Hours {
    /// As the configuration writes it: `16`, `0.25`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hours = (Decimal::from(self.0) / Decimal::from(3600)).round_dp(4).normalize();
        write!(f, "{hours}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_exact() {
        for (text, seconds) in [("16", 57_600), ("0.25", 900), ("16.00", 57_600), ("0", 0), ("0.1", 360), ("-0.0", 0)] {
            assert_eq!(text.parse::<Hours>().unwrap().seconds(), seconds, "{text}");
        }
        assert_eq!(Hours::from_seconds(900).to_string(), "0.25");
        assert_eq!("40.00".parse::<Hours>().unwrap().to_string(), "40");
        assert_eq!("0.01".parse::<Hours>().unwrap().to_string(), "0.01");
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for (text, told) in [
            ("-1", "-1 hours are negative"),
            ("0,25", "is no number of hours"),
            ("inf", "is no number"),
            ("nan", "is no number"),
            ("1e9", "is no number"),
            ("99999999", "more than ten years"),
            ("0.33333", "no whole number of seconds"),
            ("9999999999999999999999999999999", "is no number"),
        ] {
            let complaint = text.parse::<Hours>().unwrap_err();
            assert!(complaint.message.contains(told), "{text}: {}", complaint.message);
        }
    }
}
