//! The files of tasks and notices.

use super::{notice, task};
use crate::import::{Cell, Closing, Derived, Register, column};
use crate::party::import::{HANDLER, LINK, OF_COMPANY, OF_DEPARTMENT, OF_PARTNER, OF_TEAM};

/// Tasks.
pub static TASKS: Register = Register {
    noun: "task",
    table: "wvl.tasks",
    key: &["number"],
    columns: &[
        column("number", &["Aufgabennummer", "Aufgabe", "Nummer", "Nr"], Cell::Text, "number of the task").key(),
        column("title", &["Titel", "Betreff", "Bezeichnung"], Cell::Text, "what is to be done").for_new(),
        column("description", &["Beschreibung", "Text"], Cell::Text, "details"),
        column("status", &["Status"], Cell::OneOf(&task::STATUS), "its state").or("'open'"),
        column("priority", &["Priorität"], Cell::OneOf(&task::PRIORITY), "how important it is").or("'normal'"),
        OF_PARTNER,
        HANDLER,
        OF_TEAM,
        OF_DEPARTMENT,
        OF_COMPANY,
        column("due", &["Fällig", "Fällig am", "Fälligkeit", "bis", "Termin", "due_at"], Cell::Promise, "until when")
            .stored_in("due_at"),
        column("done", &["Erledigt", "Erledigt am", "done_at"], Cell::Start, "when it was done").stored_in("done_at"),
        LINK,
    ],
    derived: &[Derived {
        column: "done_at",
        // when a task was done that comes in done, nobody knows
        sql: "CASE WHEN {status} = 'done' THEN \
              CASE WHEN t.status <> 'done' THEN (SELECT wvl.as_of()) ELSE t.done_at END END",
    }],
    closing: Closing::By {
        open: "t.status = 'open'",
        set: "status = 'done', done_at = (SELECT wvl.as_of())",
        scope: None,
        own_range: Some("'task'"),
    },
    ..Register::PLAIN
};

/// Notices on customers and of systems.
pub static NOTICES: Register = Register {
    noun: "notice",
    table: "wvl.notices",
    key: &["number"],
    columns: &[
        column("number", &["Benachrichtigungsnummer", "Nummer", "Nr"], Cell::Text, "number of the notice").key(),
        column("kind", &["Art", "Typ"], Cell::OneOf(&notice::KIND), "on a customer, or of a system").for_new(),
        column("title", &["Titel", "Betreff", "Bezeichnung"], Cell::Text, "what it says").for_new(),
        column("description", &["Beschreibung", "Text"], Cell::Text, "details"),
        OF_PARTNER,
        HANDLER,
        OF_TEAM,
        OF_COMPANY,
        column("notify", &["Benachrichtigen am", "Termin", "Wiedervorlage", "notify_at"], Cell::Start, "when to tell")
            .stored_in("notify_at"),
        column(
            "raised",
            &["Gemeldet", "Gemeldet am", "Erzeugt am", "raised_at"],
            Cell::Start,
            "when the system raised it",
        )
        .stored_in("raised_at"),
        column("done", &["Erledigt", "Erledigt am", "done_at"], Cell::Start, "when somebody took note")
            .stored_in("done_at"),
        LINK,
    ],
    derived: &[Derived {
        column: "raised_at",
        sql: "coalesce(t.raised_at, CASE WHEN {kind} = 'system' THEN (SELECT wvl.as_of()) END)",
    }],
    ambiguous: &[("Fällig", "Benachrichtigen am (notify) or Gemeldet am (raised)"), ("due_at", "notify or raised")],
    check: include_str!("import_notices_check.sql"),
    closing: Closing::By {
        open: "t.done_at IS NULL",
        set: "done_at = (SELECT wvl.as_of())",
        scope: Some("kind"),
        own_range: Some("'notice'"),
    },
    ..Register::PLAIN
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::shared;

    #[test]
    fn no_heading_means_two_columns() {
        assert_eq!(shared(&TASKS), [""; 0]);
        assert_eq!(shared(&NOTICES), [""; 0]);
    }
}
