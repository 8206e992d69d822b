//! The house's own rules, read from the source: who may import whom, and who writes which table.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// What a module may use besides itself. `settings` puts the sections of all slices together and is handed to processes.
const ARROWS: &[(&str, &[&str])] = &[
    // kernel
    ("error", &[]),
    ("failpoint", &["error"]),
    ("output", &["config", "error", "template"]),
    ("calendar", &["error"]),
    ("config", &["error"]),
    ("template", &["error"]),
    ("db", &["config", "error", "failpoint"]),
    ("import", &["calendar", "config", "db", "error", "outbox", "output", "register"]),
    ("outbox", &["config", "db", "error", "failpoint", "output", "register", "template"]),
    ("register", &["calendar", "config", "db", "error", "output", "template"]),
    ("query", &["config", "db", "error", "output", "register"]),
    // registers
    ("party", &["KERNEL"]),
    ("sales", &["party", "KERNEL"]),
    ("contract", &["party", "sales", "KERNEL"]),
    ("ticket", &["party", "contract", "KERNEL"]),
    ("agenda", &["party", "KERNEL"]),
    // processes
    ("escalation", &["party", "settings", "KERNEL"]),
    ("role", &["KERNEL"]),
    // aside
    ("job", &["escalation", "settings", "KERNEL"]),
    // the profiles of imports name columns of all registers
    ("settings", &["escalation", "job", "report", "party", "sales", "contract", "ticket", "agenda", "KERNEL"]),
    // read side: no register, no process may import it
    ("edition", &["escalation", "report", "settings", "KERNEL"]),
    ("report", &["escalation", "settings", "query", "KERNEL"]),
    ("watch", &["edition", "escalation", "settings", "job", "KERNEL"]),
    ("doctor", &["escalation", "report", "settings", "watch", "KERNEL"]),
    ("demo", &["escalation", "job", "settings", "party", "sales", "contract", "ticket", "agenda", "KERNEL"]),
];

const KERNEL: &[&str] =
    &["error", "failpoint", "output", "calendar", "config", "db", "template", "import", "outbox", "register"];

/// Who writes a table; everybody may read. The demo makes a company and may write all.
const OWNERS: &[(&str, &[&str])] = &[
    (
        "party",
        &[
            "companies",
            "sites",
            "employees",
            "departments",
            "teams",
            "team_members",
            "employee_assignments",
            "absences",
            "partners",
            "contact_persons",
        ],
    ),
    (
        "sales",
        &[
            "products",
            "documents",
            "document_details",
            "document_lines",
            "purchase_orders",
            "purchase_order_lines",
            "sales_targets",
        ],
    ),
    ("contract", &["contracts"]),
    ("ticket", &["tickets"]),
    ("agenda", &["tasks", "notices"]),
    ("outbox", &["outbox_guards", "outbox_hosts", "outbox_messages", "outbox_recipients"]),
    (
        "escalation",
        &[
            "escalation_chains",
            "escalation_steps",
            "escalation_fallbacks",
            "escalation_step_messages",
            "escalation_marks",
            "escalation_searches",
            "escalation_silences",
        ],
    ),
    ("edition", &["report_editions"]),
    ("db", &["number_ranges", "job_runs"]),
    // by triggers alone
    ("migrations", &["document_events", "ticket_events"]),
];

fn sources() -> Vec<(String, PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    let root = folders[0].clone();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let inside = path.strip_prefix(&root).unwrap();
            let first = inside.components().next().unwrap().as_os_str().to_string_lossy().into_owned();
            let module = first.strip_suffix(".rs").unwrap_or(&first).to_owned();
            if matches!(path.extension().and_then(|ending| ending.to_str()), Some("rs" | "sql")) {
                found.push((module, path.clone(), std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found
}

/// The code without its comments and without the tests inside a file.
fn code_of(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

fn imports_of(code: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        let items = match rest.strip_prefix('{') {
            Some(group) => items_of(group),
            None => vec![rest.split(|letter: char| !letter.is_alphanumeric() && letter != '_').next().unwrap()],
        };
        let heads = items.into_iter().map(|item| item.trim().split("::").next().unwrap_or_default());
        names.extend(heads.filter(|name| name.chars().next().is_some_and(char::is_lowercase)).map(str::to_owned));
    }
    names
}

/// The items of a group up to the brace that closes it; groups inside it belong to their item.
fn items_of(group: &str) -> Vec<&str> {
    let (mut items, mut depth, mut begin) = (Vec::new(), 0, 0);
    for (at, letter) in group.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth == 0 => {
                items.push(&group[begin..at]);
                return items;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                items.push(&group[begin..at]);
                begin = at + 1;
            }
            _ => {}
        }
    }
    panic!("a brace is not closed: {group}");
}

#[test]
fn imports_follow_the_arrows() {
    let arrows: BTreeMap<&str, BTreeSet<&str>> = ARROWS
        .iter()
        .map(|(module, uses)| {
            let kernel = if uses.contains(&"KERNEL") { KERNEL } else { &[] };
            (*module, uses.iter().chain(kernel).copied().filter(|name| *name != "KERNEL").collect())
        })
        .collect();
    let mut wrong = Vec::new();
    for (module, path, text) in sources() {
        if matches!(module.as_str(), "main" | "lib" | "cli") || path.extension().is_some_and(|ending| ending == "sql") {
            continue;
        }
        let Some(allowed) = arrows.get(module.as_str()) else {
            wrong.push(format!("{}: the module {module} has no arrows in tests/tidy.rs", path.display()));
            continue;
        };
        for used in imports_of(&code_of(&text)) {
            if used != module && !allowed.contains(used.as_str()) {
                wrong.push(format!("{}: {module} must not use {used}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_table_is_written_by_its_owner_alone() {
    let owner: BTreeMap<&str, &str> =
        OWNERS.iter().flat_map(|(module, tables)| tables.iter().map(|table| (*table, *module))).collect();
    let mut wrong = Vec::new();
    for (module, path, text) in sources() {
        if module == "demo" {
            continue;
        }
        for table in tables_written(&code_of(&text)) {
            match owner.get(table.as_str()) {
                Some(owner) if *owner == module => {}
                Some(owner) => wrong.push(format!("{}: {table} belongs to {owner}", path.display())),
                None => wrong.push(format!("{}: {table} has no owner in tests/tidy.rs", path.display())),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_table_has_an_owner() {
    let owned: BTreeSet<&str> = OWNERS.iter().flat_map(|(_, tables)| tables.iter().copied()).collect();
    let schema = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/db/schema.rs")).unwrap();
    let tables: BTreeSet<&str> = schema
        .lines()
        .filter_map(|line| line.trim_start().strip_prefix("wvl."))
        .filter_map(|line| line.split_once(' ').map(|(table, _)| table))
        .collect();
    assert!(!tables.is_empty());
    assert_eq!(owned, tables);
}

/// Tables that a piece of SQL or diesel's DSL inserts into, updates or deletes from.
fn tables_written(code: &str) -> BTreeSet<String> {
    let mut tables = BTreeSet::new();
    let word = |rest: &str| {
        let end = rest.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(rest.len());
        rest[..end].to_owned()
    };
    for verb in ["INSERT INTO wvl.", "UPDATE wvl.", "DELETE FROM wvl.", "TRUNCATE wvl.", "MERGE INTO wvl."] {
        tables.extend(code.match_indices(verb).map(|(at, _)| word(&code[at + verb.len()..])));
    }
    for verb in ["insert_into(", "diesel::update(", "diesel::delete(", "copy_from("] {
        for (at, _) in code.match_indices(verb) {
            let target = word(&code[at + verb.len()..]);
            if code[at + verb.len() + target.len()..].starts_with("::") {
                tables.insert(target);
            }
        }
    }
    tables.remove("");
    // lives no longer than its transaction
    tables.remove("import_rows");
    tables
}

#[test]
fn the_tidy_test_sees_what_it_looks_for() {
    let code = "use crate::{party::{employee, team}, sales};\nuse crate::contract;";
    assert_eq!(imports_of(code), ["contract", "party", "sales"].map(str::to_owned).into());
    let code = "use crate::{db, error::Result};\nuse crate::sales::document;\ncrate::outbox::flush()";
    assert_eq!(imports_of(code), ["db", "error", "outbox", "sales"].map(str::to_owned).into());
    let code = "INSERT INTO wvl.tasks (x) …; diesel::update(tickets::table.find(1)); diesel::update(rows)";
    assert_eq!(tables_written(code), ["tasks", "tickets"].map(str::to_owned).into());
}
