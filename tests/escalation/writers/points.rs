//! Points in the middle of a run at which somebody else acts.
//!
//! The registry of failpoints belongs to the whole process; a point waits only in a thread that asked for it, so that
//! other tests pass by.

use std::cell::RefCell;
use std::sync::mpsc::{Receiver, Sender};

use fail::FailScenario;

/// The points of a run in the order in which it passes them; without mails it passes neither "rendered" nor "queued".
pub const NAMES: [&str; 5] = ["found", "claimed", "rendered", "queued", "before-commit"];

thread_local! {
    static MEETING: RefCell<Option<(Sender<&'static str>, Receiver<()>)>> = const { RefCell::new(None) };
}

/// The points as long as this lives.
pub struct Points {
    _scenario: FailScenario<'static>,
}

impl Points {
    /// Also takes the lock of the job out of order.
    pub fn set_up() -> Points {
        let scenario = FailScenario::setup();
        for name in NAMES {
            fail::cfg_callback(name, move || meet(name)).unwrap();
        }
        fail::cfg("no-job-lock", "return").unwrap();
        Points { _scenario: scenario }
    }
}

/// Tells of the point, and waits to be sent on.
fn meet(name: &'static str) {
    MEETING.with_borrow(|meeting| {
        if let Some((told, go_on)) = meeting {
            told.send(name).unwrap();
            go_on.recv().unwrap();
        }
    });
}

/// Works in this thread, telling of each point.
pub fn at_points<T>(told: Sender<&'static str>, go_on: Receiver<()>, work: impl FnOnce() -> T) -> T {
    MEETING.set(Some((told, go_on)));
    let value = work();
    MEETING.set(None);
    value
}
