//! `src/db/schema.rs` equals the database that the migrations make. On drift:
//! `WVL_WRITE_SCHEMA=1 cargo test --test all schema::` writes it anew.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use diesel::prelude::*;
use diesel::sql_types::{Array, Bool, Text};

use crate::env::TestDatabase;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/db/schema.rs");
const HEADER: &str = "\
//! Tables as diesel sees them: generated from the migrated database by tests/schema.rs, never edited.
#![expect(missing_docs, reason = \"the database's own comments describe tables and columns\")]
";
/// Words that are no name of a Rust field.
const KEYWORDS: &[&str] = &["type", "match", "ref", "move", "use", "in", "for", "where", "self", "box"];
/// The largest table diesel is built for; 64 columns cost a minute of every build.
const MOST_COLUMNS: usize = 32;

#[derive(QueryableByName)]
struct Column {
    #[diesel(sql_type = Text)]
    table_name: String,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Bool)]
    required: bool,
    #[diesel(sql_type = Array<Text>)]
    primary_key: Vec<String>,
}

#[derive(QueryableByName)]
struct ForeignKey {
    #[diesel(sql_type = Text)]
    child: String,
    #[diesel(sql_type = Text)]
    column: String,
    #[diesel(sql_type = Text)]
    parent: String,
}

#[test]
fn schema_rs_equals_the_database() {
    let database = TestDatabase::new();
    let mut connection = database.connect();
    let generated = rendered(&columns(&mut connection), &foreign_keys(&mut connection));
    let present = std::fs::read_to_string(FILE).unwrap();
    if present == generated {
        return;
    }
    if std::env::var_os("WVL_WRITE_SCHEMA").is_some() {
        std::fs::write(FILE, generated).unwrap();
        return;
    }
    let differing = present.lines().zip(generated.lines()).position(|(present, generated)| present != generated);
    let line = differing.unwrap_or_else(|| present.lines().count().min(generated.lines().count()));
    panic!(
        "src/db/schema.rs differs from the database in line {}:\n  file      {:?}\n  database  {:?}\n\
         write it anew: WVL_WRITE_SCHEMA=1 cargo test --test all schema::",
        line + 1,
        present.lines().nth(line).unwrap_or_default(),
        generated.lines().nth(line).unwrap_or_default(),
    );
}

fn columns(connection: &mut PgConnection) -> Vec<Column> {
    diesel::sql_query(
        "SELECT relname::text AS table_name, attname::text AS name, format_type(atttypid, NULL) AS kind, \
                attnotnull AS required, \
                ARRAY(SELECT key.attname::text FROM pg_index \
                      JOIN pg_attribute key ON key.attrelid = indrelid AND key.attnum = ANY (indkey) \
                      WHERE indrelid = pg_class.oid AND indisprimary \
                      ORDER BY array_position(indkey::int2[], key.attnum)) AS primary_key \
         FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid \
         WHERE relnamespace = 'wvl'::regnamespace AND relkind IN ('r', 'p') AND attnum > 0 AND NOT attisdropped \
           AND relname <> '__diesel_schema_migrations' \
         ORDER BY relname COLLATE \"C\", attnum",
    )
    .load(connection)
    .unwrap()
}

/// Keys of one column to another table.
fn foreign_keys(connection: &mut PgConnection) -> Vec<ForeignKey> {
    diesel::sql_query(
        "SELECT child.relname::text AS child, attname::text AS column, parent.relname::text AS parent \
         FROM pg_constraint JOIN pg_class child ON child.oid = conrelid JOIN pg_class parent ON parent.oid = confrelid \
         JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1] \
         WHERE contype = 'f' AND cardinality(conkey) = 1 AND conrelid <> confrelid \
           AND child.relnamespace = 'wvl'::regnamespace \
         ORDER BY child.relname COLLATE \"C\", attnum",
    )
    .load(connection)
    .unwrap()
}

fn rendered(columns: &[Column], foreign_keys: &[ForeignKey]) -> String {
    let mut text = HEADER.to_owned();
    let tables: Vec<&[Column]> = columns.chunk_by(|one, next| one.table_name == next.table_name).collect();
    for table in &tables {
        text.push_str(&rendered_table(table));
    }
    text.push('\n');
    // diesel knows one way at most to join two tables; where there are several the query says which
    let mut pairs: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for key in foreign_keys {
        pairs.entry((&key.child, &key.parent)).or_default().push(&key.column);
    }
    for ((child, parent), columns) in &pairs {
        if let [column] = columns[..]
            && !pairs.contains_key(&(*parent, *child))
        {
            writeln!(text, "diesel::joinable!({child} -> {parent} ({}));", field(column)).unwrap();
        }
    }
    text.push_str("\ndiesel::allow_tables_to_appear_in_same_query!(\n");
    for table in &tables {
        writeln!(text, "    {},", table[0].table_name).unwrap();
    }
    text.push_str(");\n");
    text
}

fn rendered_table(columns: &[Column]) -> String {
    let Column { table_name, primary_key, .. } = &columns[0];
    assert!(!primary_key.is_empty(), "table {table_name} has no primary key");
    assert!(columns.len() <= MOST_COLUMNS, "table {table_name} has more than {MOST_COLUMNS} columns");
    let key: Vec<String> = primary_key.iter().map(|column| field(column)).collect();
    let mut text = format!("\ndiesel::table! {{\n    wvl.{table_name} ({}) {{\n", key.join(", "));
    for column in columns {
        let name = field(&column.name);
        if name != column.name {
            writeln!(text, "        #[sql_name = \"{}\"]", column.name).unwrap();
        }
        let kind = sql_type(&column.kind);
        let kind = if column.required { kind.to_owned() } else { format!("Nullable<{kind}>") };
        writeln!(text, "        {name} -> {kind},").unwrap();
    }
    text.push_str("    }\n}\n");
    text
}

fn field(column: &str) -> String {
    if KEYWORDS.contains(&column) { format!("{column}_") } else { column.to_owned() }
}

/// diesel's name of a type; one that is missing here is a decision somebody should make.
fn sql_type(kind: &str) -> &'static str {
    match kind {
        "bigint" => "Int8",
        "integer" => "Int4",
        "smallint" => "Int2",
        // the name of a role is sent like text
        "text" | "name" => "Text",
        "boolean" => "Bool",
        "date" => "Date",
        "time without time zone" => "Time",
        "timestamp with time zone" => "Timestamptz",
        "numeric" => "Numeric",
        "double precision" => "Float8",
        "jsonb" => "Jsonb",
        "uuid" => "Uuid",
        "bytea" => "Bytea",
        "text[]" => "Array<Nullable<Text>>",
        "bigint[]" => "Array<Nullable<Int8>>",
        "smallint[]" => "Array<Nullable<Int2>>",
        "integer[]" => "Array<Nullable<Int4>>",
        "tstzrange" => "Tstzrange",
        "tstzmultirange" => "Tstzmultirange",
        "daterange" => "Daterange",
        other => panic!("no diesel type for {other}: name it in tests/schema.rs"),
    }
}
