//! wvl-views(7): the views for queries of one's own, from the comments in the database, and what a view of one's own must
//! yield.

use std::fmt::Write as _;

use diesel::prelude::*;
use diesel::sql_types::Text;
use wvl::escalation::view_contract::contract;

use super::pages::{escaped, settled};
use crate::env::{TestDatabase, bare_command, run};

const FILE: &str = "man/wvl-views.7";

const HEAD: &str = r#".TH "WVL-VIEWS" "7" "{date}" "wvl {version}" "wvl"
.nh
.ad l
.SH "NAME"
wvl\-views \- views of the database for queries, and views that escalate
.SH "DESCRIPTION"
The views whose names begin with v_ are made for queries of your own:
.BR wvl\-query (1)
runs one read\-only, and psql, a spreadsheet or a report generator may read them too.
Within a major version they keep their names and columns; new columns come behind the others.
They show what the role that asks may see.
.PP
A view of your own can be an escalation type: see VIEW CONTRACT.
"#;

const CONTRACT_HEAD: &str = r#".SH "VIEW CONTRACT"
An escalation type reads its items from a view.
A section [escalation.NAME] of
.BR wvl.toml (5)
with source = "view:SCHEMA.VIEW" makes a type of any view, over any table of the database, a foreign table too.
.B wvl config validate
asks the database about it.
The view yields the bare instant, so that an index can be used; which instant is now says wvl.as_of().
Rows with a due date that cannot be meant (before 1900, the year 9999) are left out and named.
.PP
These columns must be there:
"#;

const TAIL: &str = r#".SH "EXAMPLES"
.nf
wvl query "SELECT * FROM v_overdue WHERE stage >= 2"
wvl query "SELECT handler, count(*) FROM v_overdue GROUP BY 1 ORDER BY 2 DESC" \-O csv\-de \-o faellig.csv
wvl db psql \-c "\ed+ v_pipeline"
.fi
.SH "SEE ALSO"
.BR wvl (1),
.BR wvl\-query (1),
.BR wvl\-escalate (1),
.BR wvl.toml (5)
"#;

#[derive(QueryableByName)]
struct Column {
    #[diesel(sql_type = Text)]
    view: String,
    #[diesel(sql_type = Text)]
    about: String,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Text)]
    meaning: String,
}

const COLUMNS: &str = "\
SELECT v.relname::text AS view, obj_description(v.oid) AS about, attname::text AS name, \
       format_type(atttypid, atttypmod) AS kind, col_description(v.oid, attnum) AS meaning \
FROM pg_class v JOIN pg_attribute ON attrelid = v.oid AND attnum > 0 \
WHERE v.relnamespace = 'wvl'::regnamespace AND v.relkind = 'v' AND v.relname LIKE 'v\\_%' \
ORDER BY v.relname COLLATE \"C\", attnum";

#[test]
fn the_page_of_the_views_says_what_the_database_says() {
    let database = TestDatabase::new();
    let columns: Vec<Column> = diesel::sql_query(COLUMNS).load(&mut database.connect()).unwrap();
    let overview = run(&mut bare_command(&["man"])).stdout;
    let date = overview.lines().find_map(|line| line.strip_prefix(".TH ")).unwrap().split('"').nth(5).unwrap();
    let mut page = HEAD.replace("{date}", date).replace("{version}", env!("CARGO_PKG_VERSION"));
    let mut view = "";
    for column in &columns {
        if column.view != view {
            view = &column.view;
            write!(page, ".SH \"{view}\"\n{}\n", escaped(&column.about)).unwrap();
        }
        let (name, kind) = (escaped(&column.name), escaped(&column.kind));
        write!(page, ".TP\n\\fB{name}\\fR  \\fI{kind}\\fR\n{}\n", escaped(&column.meaning)).unwrap();
    }
    page.push_str(CONTRACT_HEAD);
    let mut was_required = true;
    for column in contract() {
        if was_required && !column.is_required {
            page.push_str(".PP\nThese may be there, and are empty where they are not:\n");
        }
        was_required = column.is_required;
        write!(page, ".TP\n\\fB{}\\fR  \\fI{}\\fR\n{}\n", column.name, column.types, escaped(column.meaning)).unwrap();
    }
    page.push_str(TAIL);
    settled(FILE, &page);
}
