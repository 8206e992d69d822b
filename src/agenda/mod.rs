//! What somebody has to do or to know: tasks and notices.

pub mod import;
pub mod notice;
pub mod task;

use crate::register::handover::Holding;

/// In which columns employees hold what is open.
pub const HELD: [Holding; 2] = [
    Holding {
        title: "Aufgaben",
        role: "Bearbeiter",
        table: "wvl.tasks",
        column: "handler_id",
        number: "d.number",
        open: "d.status = 'open'",
        due: Some("d.due_at"),
    },
    Holding {
        title: "Benachrichtigungen",
        role: "Bearbeiter",
        table: "wvl.notices",
        column: "handler_id",
        number: "d.number",
        open: "d.done_at IS NULL",
        due: Some("coalesce(d.notify_at, d.raised_at)"),
    },
];
