//! When a recipient is tried again, and when no more.

use chrono::TimeDelta;

/// Minutes to wait after the first, second … attempt; later ones wait as long as the last.
const WAITS: [i64; 4] = [1, 5, 15, 60];

/// What was not delivered after so long is failed: nobody is helped by a reminder that is older.
const GIVE_UP_AFTER: TimeDelta = TimeDelta::days(5);

/// Nothing is given up before it had the whole ladder of waits: a queue that stood still for a week starts anew.
const FEWEST_ATTEMPTS: i32 = 5;

/// How long to wait after this attempt (1 is the first).
pub fn wait_after(attempt: i32) -> TimeDelta {
    let index = usize::try_from(attempt.max(1) - 1).unwrap_or(0).min(WAITS.len() - 1);
    TimeDelta::minutes(WAITS[index])
}

/// Whether a recipient who was put off in this attempt is given up; `age` is the time since he could first be tried.
pub fn is_over(attempt: i32, age: TimeDelta) -> bool {
    age >= GIVE_UP_AFTER && attempt >= FEWEST_ATTEMPTS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_an_hour_and_stay_there() {
        let minutes: Vec<i64> = (0..8).map(|attempt| wait_after(attempt).num_minutes()).collect();
        assert_eq!(minutes, [1, 1, 5, 15, 60, 60, 60, 60]);
        assert_eq!(wait_after(i32::MAX).num_minutes(), 60);
    }

    #[test]
    fn five_days_end_it_but_never_the_first_attempts() {
        assert!(!is_over(90, TimeDelta::days(5) - TimeDelta::seconds(1)));
        assert!(is_over(90, TimeDelta::days(5)));
        assert!(!is_over(1, TimeDelta::days(30)));
    }
}
