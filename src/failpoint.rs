//! Named points between two effects, where a test can kill or delay the process. In a release they are nothing at all.

/// Passes a point.
#[cfg(feature = "failpoints")]
pub fn pass(name: &'static str) {
    fail::fail_point!(name);
}

/// Passes a point.
#[cfg(not(feature = "failpoints"))]
pub fn pass(_name: &'static str) {}

/// Whether a test has switched something off that only saves work, such as the lock of a job.
#[cfg(feature = "failpoints")]
pub fn is_set(name: &'static str) -> bool {
    fail::fail_point!(name, |_| true);
    false
}

/// Whether a test has switched something off that only saves work, such as the lock of a job.
#[cfg(not(feature = "failpoints"))]
pub fn is_set(_name: &'static str) -> bool {
    false
}
