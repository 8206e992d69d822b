//! A row as a JSON object, written without building a tree first: an export writes millions of them.

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::{Cell, Column};

/// The columns of the rows in the order of their keys, as serde_json orders the keys of a tree.
pub(super) struct JsonColumns(Vec<(String, usize)>);

/// One row under its columns.
pub(super) struct JsonRow<'a> {
    pub columns: &'a JsonColumns,
    pub row: &'a [Cell],
}

impl JsonColumns {
    pub fn new(columns: &[Column]) -> JsonColumns {
        let mut keys: Vec<(String, usize)> =
            columns.iter().enumerate().map(|(index, column)| (column.key.clone(), index)).collect();
        keys.sort();
        JsonColumns(keys)
    }
}

impl Serialize for JsonRow<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(Some(self.columns.0.len()))?;
        for (key, index) in &self.columns.0 {
            match self.row.get(*index) {
                Some(Cell::Text(text)) => object.serialize_entry(key, text)?,
                Some(Cell::Int(number)) => object.serialize_entry(key, number)?,
                Some(cell @ (Cell::Money(_) | Cell::Day(_) | Cell::Instant(_))) => {
                    object.serialize_entry(key, &cell.for_programs())?;
                }
                Some(Cell::Empty) | None => object.serialize_entry(key, &())?,
                Some(cell @ (Cell::Number(_) | Cell::Flag(_) | Cell::List(_) | Cell::Json(_))) => {
                    object.serialize_entry(key, &cell.json())?;
                }
            }
        }
        object.end()
    }
}

#[cfg(test)]
mod tests {
    use rust_decimal::Decimal;

    use super::*;
    use crate::output::{Table, column};

    #[test]
    fn a_row_is_written_as_its_tree() {
        let at = "2026-11-23T08:00:00Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap();
        let cells = [
            Cell::Text("a\n\"ü\"\u{1b}".into()),
            Cell::Empty,
            Cell::Int(-7),
            Cell::Number(Decimal::new(1_500, 3)),
            Cell::Money(Decimal::new(5, 1)),
            Cell::Day("2026-11-23".parse().unwrap()),
            Cell::instant(Some(at), chrono_tz::Europe::Berlin),
            Cell::Flag(true),
            Cell::List(vec!["x".into(), "y".into()]),
            Cell::Json(serde_json::json!({ "b": [1, null], "a": {} })),
        ];
        let keys = ["z", "b", "y", "c", "x", "d", "w", "e", "v", "f"];
        let mut table = Table::new(keys.map(|key| column(key, key)).to_vec());
        table.push(cells.to_vec());
        let columns = JsonColumns::new(&table.columns);
        let row = JsonRow { columns: &columns, row: &cells };
        assert_eq!(serde_json::to_string(&row).unwrap(), table.json_rows()[0].to_string());
        assert_eq!(serde_json::to_string_pretty(&row).unwrap(), format!("{:#}", table.json_rows()[0]));
    }
}
