//! Looks over the senders' shoulders for what must not be seen: the secrets of the soak.

use super::runs::Run;

/// Knows them.
pub struct Watcher {
    secrets: Vec<String>,
}

impl Watcher {
    /// Looks for these.
    pub fn new(secrets: Vec<String>) -> Watcher {
        Watcher { secrets }
    }

    /// Looks at the arguments and the environment of living senders: any user of the machine can see the first.
    pub fn look(&self, runs: &[Run]) {
        for run in runs {
            for file in ["cmdline", "environ"] {
                // it may just have ended
                let path = format!("/proc/{}/{file}", run.child.id());
                let text = String::from_utf8_lossy(&std::fs::read(path).unwrap_or_default()).into_owned();
                self.refuse(&text, &format!("{file} of run {}", run.number));
            }
        }
    }

    /// Fails if there is a secret in a text.
    pub fn refuse(&self, text: &str, place: &str) {
        for secret in &self.secrets {
            assert!(!text.contains(secret.as_str()), "a secret stands in {place}:\n{text}");
        }
    }
}
