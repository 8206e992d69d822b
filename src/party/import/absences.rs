//! The file of absences. An export says who is away when, and never why.

use super::EMPLOYEE;
use crate::import::{Cell, Closing, Derived, Register, column};
use crate::party::absence;

/// Absences: one for each employee and first day.
pub static ABSENCES: Register = Register {
    noun: "absence",
    table: "wvl.absences",
    key: &["employee", "first_day"],
    columns: &[
        column(
            "employee",
            &["Personalnummer", "Personalnr", "Pers-Nr", "PNr", "Mitarbeiternummer", "employee_number"],
            Cell::Count,
            "personnel number of who is away",
        )
        .refers("employee_id", EMPLOYEE)
        .key(),
        column("first_day", &["Erster Tag", "Von", "Beginn", "Start", "ab"], Cell::Day, "first day").key(),
        column(
            "last_day",
            &["Letzter Tag", "Bis", "Ende"],
            Cell::Day,
            "last day, inclusive; empty or left out: the first of a new one",
        ),
        // the reason is entered and never told; without the column an import leaves it alone
        column("kind", &["Art", "Typ", "Grund"], Cell::OneOf(&absence::KIND), "why; nobody else reads it")
            .or("'other'")
            .exported_as(""),
        column("note", &["Bemerkung", "Notiz"], Cell::Text, "a remark for the office").exported_as(""),
    ],
    derived: &[Derived { column: "last_day", sql: "coalesce(t.last_day, s.first_day)" }],
    check: include_str!("absences_check.sql"),
    closing: Closing::Refused("“wvl absence cancel NUMBER” takes one back that does not take place"),
    ..Register::PLAIN
};
