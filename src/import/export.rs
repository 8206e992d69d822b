//! The way back: a register's records under the headings that its own import reads. What is exported and imported again
//! changes nothing.

use super::register::{Cell, Column, Place, Register};
use crate::register::{Field, Filters, Kind, Register as Listed};

/// The register as a list of all that its file can have: one row for each record, or for each line of one, with the head
/// repeated. `title` is what the office calls the record.
///
/// Left out is what cannot be read back from the tables ([`Column::exported`]).
pub fn export(register: &Register, title: &'static str) -> Listed {
    let mut from = format!("{} d", register.table);
    let mut order = "d.id".to_owned();
    if let Some((table, parent)) = register.details {
        from.push_str(&format!(" LEFT JOIN {table} x ON x.{parent:?} = d.id"));
    }
    if let Some(lines) = &register.lines {
        from.push_str(&format!(" LEFT JOIN {} l ON l.{:?} = d.id", lines.table, lines.parent));
        order.push_str(&format!(", l.{:?}", lines.number));
    }
    Listed {
        noun: register.noun,
        title,
        // once in the life of a process
        from: from.leak(),
        key: "d.id::text",
        titled_by_kind: false,
        fields: register.columns.iter().filter_map(field).collect(),
        filters: Filters::default(),
        order: order.leak(),
    }
}

/// `None` for a column that is not exported.
fn field(column: &Column) -> Option<Field> {
    let alias = match column.place {
        Place::Head => "d",
        Place::Details => "x",
        Place::Line => "l",
        Place::Own => "",
    };
    let sql = match (column.exported, column.reference, column.place) {
        (Some(""), _, _) | (None, None, Place::Own) => return None,
        (Some(sql), _, _) => sql.to_owned(),
        (None, Some(reference), _) => format!(
            "(SELECT r.{by:?} FROM {table} r WHERE r.id = {alias}.{stored:?})",
            by = reference.by,
            table = reference.table,
            stored = column.stored,
        ),
        (None, None, _) => format!("{alias}.{:?}", column.stored),
    };
    let kind = match column.cell {
        Cell::Count => Kind::Int,
        Cell::Decimal => Kind::Number,
        Cell::Day | Cell::Month => Kind::Day,
        Cell::Start => Kind::Instant,
        Cell::Promise => Kind::Promise,
        Cell::YesNo => Kind::Flag,
        Cell::OneOf(words) => Kind::Word(words),
        Cell::Text | Cell::Email | Cell::Currency | Cell::Country | Cell::Weekdays | Cell::Channels => Kind::Text,
    };
    let heading = column.headings.first().copied().unwrap_or(column.key);
    Some(Field::new(column.key, heading, kind, sql))
}
