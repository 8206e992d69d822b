//! A row as Postgres sends it, whatever its columns are: their bytes, one behind the other.

use chrono_tz::Tz;
use diesel::deserialize::{self, QueryableByName};
use diesel::pg::Pg;
use diesel::row::{Field as _, NamedRow, Row as DieselRow};

use super::{Field, Wording};
use crate::output::Cell;

/// A record's id and its fields.
pub(super) struct Row {
    /// The internal key, the first column.
    pub id: i64,
    bytes: Vec<u8>,
    /// Where each field lies in the bytes; `None` for NULL.
    fields: Vec<Option<std::ops::Range<usize>>>,
}

impl QueryableByName<Pg> for Row {
    fn build<'a>(row: &impl NamedRow<'a, Pg>) -> deserialize::Result<Row> {
        let mut read = Row { id: 0, bytes: Vec::with_capacity(256), fields: Vec::with_capacity(row.field_count()) };
        for index in 0..row.field_count() {
            let field = DieselRow::get(row, index).ok_or("a column has gone")?;
            let value = field.value();
            if index == 0 {
                let value = value.ok_or("a record has no id")?;
                read.id = i64::from_be_bytes(value.as_bytes().try_into()?);
                continue;
            }
            let begin = read.bytes.len();
            read.fields.push(value.map(|value| {
                read.bytes.extend_from_slice(value.as_bytes());
                begin..read.bytes.len()
            }));
        }
        Ok(read)
    }
}

impl Row {
    /// The cells of these fields, which were asked for in this order.
    pub fn cells(&self, fields: &[&Field], zone: Tz, wording: Wording) -> Vec<Cell> {
        let mut cells = Vec::with_capacity(fields.len());
        self.push_cells(fields, zone, wording, &mut cells);
        cells
    }

    /// The same, into memory that is already there.
    pub fn push_cells(&self, fields: &[&Field], zone: Tz, wording: Wording, cells: &mut Vec<Cell>) {
        let values = self.fields.iter().map(|range| range.clone().and_then(|range| self.bytes.get(range)));
        cells.extend(fields.iter().zip(values).map(|(field, value)| field.cell(value, zone, wording)));
    }
}
