//! Named points between two effects, where a test can kill or delay the process. In a release they are nothing at all.
//!
//! A build with the feature `failpoints` (every build of the tests: Cargo.toml names wvl among its own dev-dependencies)
//! counts the points that a process passes, over all names. A driver runs the binary again and again and kills it at the
//! first, the second, the third … until a run passes. Who they are and in which order is whatever the code does: a new
//! point needs no list.

#[cfg(feature = "failpoints")]
pub use live::{Orders, is_set, number, pass, set_up};

/// Passes a point.
#[cfg(not(feature = "failpoints"))]
pub const fn pass(_name: &'static str) {}

/// Whether a test has switched something off that only saves work, such as the lock of a job.
#[cfg(not(feature = "failpoints"))]
pub const fn is_set(_name: &'static str) -> bool {
    false
}

/// A number that a test puts in the place of ours: `lease-seconds=return(3)`.
#[cfg(not(feature = "failpoints"))]
pub const fn number(_name: &'static str) -> Option<u64> {
    None
}

#[cfg(feature = "failpoints")]
mod live {
    use std::fs::OpenOptions;
    use std::io::Write;
    use std::path::PathBuf;
    use std::sync::{Mutex, PoisonError};

    use nix::sys::signal::{Signal, kill};
    use nix::unistd::Pid;

    use crate::error::{Error, Result};

    /// What a test wants of this process; main reads it from the environment.
    #[derive(Debug, Default)]
    pub struct Orders {
        /// `name=action;name=action`, in the syntax of the crate fail: `no-job-lock=return;claimed=sleep(200)`.
        pub points: Option<String>,
        /// The process dies at the point with this number, counted from 1 over all names.
        pub kill_at: Option<String>,
        /// A file that gets a line with the name of each point passed, before anything happens there.
        pub log: Option<PathBuf>,
    }

    struct Counter {
        passed: u64,
        kill_at: Option<u64>,
        log: Option<PathBuf>,
    }

    static COUNTER: Mutex<Counter> = Mutex::new(Counter { passed: 0, kill_at: None, log: None });

    /// Takes the orders of a test.
    ///
    /// Errors: of kind `Usage` if they cannot be read: a test that orders nothing proves nothing.
    pub fn set_up(orders: Orders) -> Result<()> {
        for point in orders.points.iter().flat_map(|points| points.split(';')).filter(|point| !point.trim().is_empty())
        {
            let wrong = |why: &str| Error::usage(format!("FAILPOINTS: {point}: {why}"));
            let (name, action) = point.split_once('=').ok_or_else(|| wrong("there is no name=action"))?;
            fail::cfg(name.trim(), action).map_err(|why| wrong(&why))?;
        }
        let kill_at = match orders.kill_at {
            Some(text) => Some(text.parse().map_err(|_| Error::usage(format!("WVL_KILL_AT: {text} is no number")))?),
            None => None,
        };
        *COUNTER.lock().unwrap_or_else(PoisonError::into_inner) = Counter { passed: 0, kill_at, log: orders.log };
        Ok(())
    }

    /// Passes a point: counts it, dies there if that was ordered, and does what `FAILPOINTS` says of its name.
    pub fn pass(name: &'static str) {
        if count(name) {
            // no destructor, no ROLLBACK, no goodbye: the machine has lost its power
            let _ = kill(Pid::this(), Signal::SIGKILL);
            loop {
                std::thread::park();
            }
        }
        fail::fail_point!(name, |_| ());
    }

    /// Whether a test has switched something off that only saves work, such as the lock of a job.
    pub fn is_set(name: &'static str) -> bool {
        fail::fail_point!(name, |_| true);
        false
    }

    /// A number that a test puts in the place of ours: `lease-seconds=return(3)`.
    pub fn number(name: &'static str) -> Option<u64> {
        fail::fail_point!(name, |text| text.and_then(|text: String| text.parse().ok()));
        None
    }

    /// Whether this is the point to die at.
    fn count(name: &str) -> bool {
        let mut counter = COUNTER.lock().unwrap_or_else(PoisonError::into_inner);
        counter.passed += 1;
        if let Some(path) = &counter.log {
            // a point that is missing in the log is seen by the test that reads it
            let file = OpenOptions::new().append(true).create(true).open(path);
            drop(file.and_then(|mut file| file.write_all(format!("{name}\n").as_bytes())));
        }
        counter.kill_at == Some(counter.passed)
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        /// One test: orders are those of the process, and the tests of a process run at the same time.
        #[test]
        fn orders_are_read_or_refused() {
            let points = |text: &str| set_up(Orders { points: Some(text.to_owned()), ..Orders::default() });
            assert_eq!(points("a").unwrap_err().to_string(), "FAILPOINTS: a: there is no name=action");
            assert!(points("a=fly").unwrap_err().to_string().starts_with("FAILPOINTS: a=fly: unrecognized"));
            let kill_at = Orders { kill_at: Some("soon".to_owned()), ..Orders::default() };
            assert_eq!(set_up(kill_at).unwrap_err().to_string(), "WVL_KILL_AT: soon is no number");

            let folder = tempfile::tempdir().unwrap();
            let log = folder.path().join("log");
            let points = Some(" this-test-one=return ; ;".to_owned());
            set_up(Orders { points, log: Some(log.clone()), ..Orders::default() }).unwrap();
            assert!(is_set("this-test-one"));
            assert!(!is_set("this-test-two"));
            pass("this-test-one");
            pass("this-test-two");
            let text = std::fs::read_to_string(log).unwrap();
            // other tests pass points too
            let mine: Vec<&str> = text.lines().filter(|line| line.starts_with("this-test-")).collect();
            assert_eq!(mine, ["this-test-one", "this-test-two"]);
        }
    }
}
