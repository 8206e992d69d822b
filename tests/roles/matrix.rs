//! The rights matrix: group × table × verb, as it is meant (`tests/data/rights.tsv`), as Postgres holds it, and as the commands
//! meet it. `WVL_WRITE_RIGHTS=1 cargo test matrix` writes the file anew; read the difference before it is committed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use diesel::PgConnection;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;
use wvl::db::{DatabaseSettings, Places};

use crate::env::environment::Run;
use crate::env::{TestDatabase, TestEnvironment};

/// The groups from the smallest on, and the role of each in these tests. The first is in none.
const ROLES: [(&str, &str); 5] = [
    ("", "wvl_test_matrix_nobody"),
    ("read", "wvl_test_matrix_read"),
    ("work", "wvl_test_matrix_work"),
    ("cron", "wvl_test_matrix_cron"),
    ("admin", "wvl_test_matrix_admin"),
];

const VERBS: [char; 4] = ['S', 'I', 'U', 'D'];

/// What a group may do, by relation: letters of [`VERBS`], small ones for some columns.
type Matrix = BTreeMap<String, [String; 5]>;

fn file() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/rights.tsv")
}

fn meant() -> Matrix {
    let text = std::fs::read_to_string(file()).unwrap();
    let rows = text.lines().filter(|line| !line.starts_with('#'));
    rows.map(|line| {
        let cells: Vec<&str> = line.split('\t').collect();
        let rights = |at: usize| if cells[at] == "-" { String::new() } else { cells[at].to_owned() };
        (cells[0].to_owned(), [String::new(), rights(1), rights(2), rights(3), rights(4)])
    })
    .collect()
}

fn connect_as(database: &TestDatabase, group: &str, role: &str) -> PgConnection {
    let url = database.url_as(role);
    if !group.is_empty() {
        database.execute_as_superuser(&format!("GRANT wvl_{group} TO {role}"));
    }
    let settings = DatabaseSettings { url: Some(url), ..DatabaseSettings::default() };
    wvl::db::connect(&settings, &Places::default()).unwrap()
}

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

fn names(connection: &mut PgConnection, sql: &str) -> Vec<String> {
    diesel::sql_query(sql).load::<Name>(connection).unwrap().into_iter().map(|row| row.name).collect()
}

/// Tries the statement as psql would; nothing of it stays.
fn may(connection: &mut PgConnection, statement: &str) -> bool {
    let tried = connection.batch_execute(&format!("BEGIN; {statement}; ROLLBACK"));
    let _ = connection.batch_execute("ROLLBACK");
    match tried {
        Ok(()) => true,
        Err(error) => {
            let said = error.to_string();
            if said.contains("permission denied") {
                return false;
            }
            // the right was looked at first; what follows is the table's business
            let of_the_table = ["null value", "violates", "cannot insert into", "cannot update", "cannot delete from"];
            assert!(of_the_table.iter().any(|sign| said.contains(sign)), "{statement}: {said}");
            !said.contains("view")
        }
    }
}

/// The columns of a relation that can be written; none of a sequence.
fn columns_of(owner: &mut PgConnection, relation: &str) -> Vec<String> {
    let sql = format!(
        "SELECT quote_ident(attname) AS name FROM pg_attribute JOIN pg_class c ON c.oid = attrelid \
         WHERE attrelid = 'wvl.{relation}'::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' \
           AND c.relkind <> 'S' ORDER BY attnum"
    );
    names(owner, &sql)
}

/// The statements that need a right: on the whole relation, and on less of it, where there is less.
fn statements(relation: &str, columns: &[String], identity: &[String]) -> [(char, String, Vec<String>); 4] {
    let each = |statement: &dyn Fn(&String) -> String| columns.iter().map(statement).collect::<Vec<_>>();
    let all = |separator: &str, part: &dyn Fn(&String) -> String| each(part).join(separator);
    // what Postgres numbers itself it refuses to change before it looks at any right
    let changeable: Vec<&String> = columns.iter().filter(|column| !identity.contains(column)).collect();
    let changed: Vec<String> = changeable.iter().map(|column| format!("{column} = {column}")).collect();
    let update = |set: &str| format!("UPDATE wvl.{relation} SET {set} WHERE false");
    let (named, default) = (all(", ", &|column| column.clone()), all(", ", &|_| "DEFAULT".to_owned()));
    [
        (
            'S',
            format!("SELECT * FROM wvl.{relation} LIMIT 0"),
            each(&|column| format!("SELECT {column} FROM wvl.{relation} LIMIT 0")),
        ),
        (
            'I',
            format!("INSERT INTO wvl.{relation} ({named}) OVERRIDING SYSTEM VALUE VALUES ({default})"),
            vec![format!("INSERT INTO wvl.{relation} DEFAULT VALUES")],
        ),
        ('U', update(&changed.join(", ")), changed.iter().map(|set| update(set)).collect()),
        ('D', format!("DELETE FROM wvl.{relation} WHERE false"), Vec::new()),
    ]
}

/// What Postgres lets each role do, found out by doing it.
fn held(database: &TestDatabase) -> Matrix {
    let mut owner = database.connect();
    let relations = names(
        &mut owner,
        "SELECT relname::text AS name FROM pg_class \
         WHERE relnamespace = 'wvl'::regnamespace AND relkind IN ('r', 'v', 'S') ORDER BY relname",
    );
    let statements: Vec<Vec<(char, String, Vec<String>)>> = relations
        .iter()
        .map(|relation| {
            let columns = columns_of(&mut owner, relation);
            if columns.is_empty() {
                let look = format!("SELECT * FROM wvl.{relation} LIMIT 0");
                return vec![('S', look, vec![]), ('U', format!("SELECT nextval('wvl.{relation}')"), vec![])];
            }
            let identity = names(
                &mut owner,
                &format!(
                    "SELECT quote_ident(attname) AS name FROM pg_attribute \
                     WHERE attrelid = 'wvl.{relation}'::regclass AND attidentity = 'a'"
                ),
            );
            self::statements(relation, &columns, &identity).to_vec()
        })
        .collect();
    let mut matrix = Matrix::new();
    for (at, (group, role)) in ROLES.iter().enumerate() {
        let mut connection = connect_as(database, group, role);
        for (relation, statements) in relations.iter().zip(&statements) {
            let mut rights = String::new();
            for (letter, whole, parts) in statements {
                if may(&mut connection, whole) {
                    rights.push(*letter);
                } else if parts.iter().any(|part| may(&mut connection, part)) {
                    rights.push(letter.to_ascii_lowercase());
                }
            }
            matrix.entry(relation.clone()).or_default()[at] = rights;
        }
    }
    matrix
}

fn written(matrix: &Matrix) -> String {
    let mut text = String::from(
        "# What each group may do with a table, view or sequence: S select, I insert, U update, D delete;\n\
         # small: with some columns.\n\
         # relation\tread\twork\tcron\tadmin\n",
    );
    for (relation, rights) in matrix {
        let cells: Vec<&str> = rights[1..].iter().map(|cell| if cell.is_empty() { "-" } else { cell }).collect();
        text.push_str(&format!("{relation}\t{}\n", cells.join("\t")));
    }
    text
}

#[test]
fn postgres_holds_the_matrix_that_is_meant() {
    let matrix = held(&TestDatabase::new());
    assert!(matrix.values().all(|rights| rights[0].is_empty()), "who is in no group may do something");
    if std::env::var_os("WVL_WRITE_RIGHTS").is_some() {
        std::fs::write(file(), written(&matrix)).unwrap();
    }
    assert_eq!(written(&matrix), std::fs::read_to_string(file()).unwrap());
}

/// A command and what it writes, as `table:verbs`; what it only looks at is `table:S`, and `*` is everything. `@file` is a file of the environment.
const COMMANDS: &[(&str, &str)] = &[
    ("customer new K9 Neu", "partners:I"),
    ("customer set 10001 --note x", "partners:U"),
    ("customer import customer.csv", "partners:I"),
    ("contact-person new 10001 Berger", "contact_persons:I number_ranges:U"),
    ("contact-person set 1 --position x", "contact_persons:U"),
    ("contact-person import contact-person.csv", "contact_persons:I"),
    ("document new Titel --kind offer --customer 10001", "documents:I number_ranges:U document_details:I"),
    ("document set A-1 --follow-up +1d", "documents:U"),
    ("document close A-1", "documents:U"),
    ("document import document.csv", "documents:I document_details:I document_lines:I"),
    ("purchase-order new Titel --supplier 70001", "purchase_orders:I number_ranges:U"),
    ("purchase-order set B-1 --expected +9d", "purchase_orders:U"),
    ("purchase-order set B-1 --line 1 --received 3", "purchase_order_lines:U"),
    ("purchase-order close B-1", "purchase_orders:U"),
    ("purchase-order import purchase-order.csv", "purchase_orders:I purchase_order_lines:I"),
    ("contract new Titel --customer 10001", "contracts:I number_ranges:U"),
    ("contract set V-1 --next-billing 1.1.", "contracts:U"),
    ("contract close V-1", "contracts:U"),
    ("contract import contract.csv", "contracts:I"),
    ("ticket new Titel", "tickets:I number_ranges:U ticket_events:I"),
    ("ticket set 2026-0001 --due +1d", "tickets:U"),
    ("ticket close 2026-0001", "tickets:U ticket_events:I"),
    ("ticket import ticket.csv", "tickets:I ticket_events:I"),
    ("task new Titel", "tasks:I number_ranges:U"),
    ("task set A-1 --due +1d", "tasks:U"),
    ("task done A-1", "tasks:U"),
    ("task import task.csv", "tasks:I"),
    ("notice new Titel --customer 10001 --on +1d", "notices:I number_ranges:U"),
    ("notice set B-1 --on +1d", "notices:U"),
    ("notice done B-1", "notices:U"),
    ("notice import notice.csv", "notices:I"),
    ("employee new 200 Eva Neu", "employees:I"),
    ("employee set 101 --phone 1", "employees:U"),
    ("employee set 101 --deputy 100", "employee_assignments:IUD"),
    ("employee leave 101 --on 31.12.2026 --successor 102", "employees:U employee_assignments:IUD team_members:ID"),
    ("employee import employee.csv", "employees:I"),
    ("absence new 101 --from 1.12.2026", "absences:I"),
    ("absence set @absence --to 9.1.2027", "absences:U"),
    ("absence cancel @absence", "absences:D"),
    ("absence import absence.csv", "absences:I"),
    ("department new Lager", "departments:I"),
    ("department set Technik --name Service", "departments:U"),
    ("department import department.csv", "departments:I"),
    ("team new Lager --add 101", "teams:I team_members:I"),
    ("team set Technik --remove 101", "team_members:D"),
    ("team set Technik --name Service", "teams:U"),
    ("team import team.csv", "teams:I"),
    ("site new Essen", "sites:I"),
    ("site set Aalen --name Bopfingen", "sites:U"),
    ("site import site.csv", "sites:I"),
    ("company new Zweite", "companies:I"),
    ("company set Firma --name Erste", "companies:U"),
    ("company import company.csv", "companies:I"),
    ("product new X1 Neu", "products:I"),
    ("product set FW-1 --price 5", "products:U"),
    ("product import product.csv", "products:I"),
    ("target import target.csv", "sales_targets:I"),
    ("target import targets.csv", "sales_targets:U"),
    ("mail queue retry @failed", "outbox_recipients:U"),
    ("mail queue discard @failed --yes", "outbox_recipients:U"),
    ("mail resolve @unknown --arrived", "outbox_recipients:U"),
    ("escalate ack A-1", "escalation_silences:I"),
    ("escalate mute A-1 --until +9d", "escalation_silences:I"),
    ("escalate run", "escalation_chains:IU escalation_steps:I escalation_marks:IU escalation_searches:IU"),
    ("escalate unmute A-2", "escalation_silences:U"),
    ("escalate baseline --yes", "escalation_chains:IU escalation_steps:I"),
];

/// Jobs write their diary and so are never tried as a rehearsal.
const JOBS: &[(&str, &str)] = &[
    (
        "escalate run --no-flush",
        "escalation_chains:IUD escalation_steps:I escalation_step_messages:I escalation_fallbacks:I outbox_messages:I \
                                 outbox_recipients:I escalation_marks:IU escalation_searches:IU job_runs:IU",
    ),
    ("mail test it@firma.example", "outbox_messages:IU outbox_recipients:IU outbox_guards:I"),
    ("mail flush", "outbox_messages:U outbox_recipients:U outbox_guards:I job_runs:IU"),
    ("escalate purge", "escalation_chains:D escalation_steps:D escalation_silences:D job_runs:IUD"),
    ("import run folder", "job_runs:IU"),
    ("db dump company.dump", "*:S job_runs:IU"),
];

/// Rights to write that no command above needs, and why there are none to try.
const UNTRIED: &[(&str, &str)] = &[
    (
        "companies:D contact_persons:D contracts:D departments:D documents:D document_lines:D document_details:D employees:D \
         notices:D partners:D products:D purchase_orders:D purchase_order_lines:D sites:D tasks:D teams:D tickets:D",
        "no command deletes it; who has made something by mistake takes it back with psql",
    ),
    ("document_lines:U document_details:U", "an import of what is known already, by the rows that differ"),
    ("document_events:I", "triggers write it whatever the command"),
    ("sales_targets:D", "no command does it; a target of 0 is none"),
    ("report_editions:ID", "made by whoever sends reports"),
    ("team_members:U number_ranges:ID", "no command does it; psql may"),
    ("escalation_marks:D escalation_steps:U", "the first run that reaches people takes back what was rehearsed"),
    ("escalation_searches:D escalation_step_messages:UD", "no command does it; what they belong to takes them along"),
    ("outbox_hosts:IU", "a flush to a server with max_per_minute"),
    ("outbox_messages:D outbox_recipients:D outbox_guards:D", "no command does it; an administrator may with psql"),
];

const LOOKING: &[(&str, &str)] = &[
    ("customer list", "partners"),
    ("contact-person list", "contact_persons"),
    ("document list", "documents"),
    ("document show A-1", "documents"),
    ("purchase-order list", "purchase_orders"),
    ("contract list", "contracts"),
    ("ticket show 2026-0001", "tickets"),
    ("task list", "tasks"),
    ("notice list", "notices"),
    ("employee list", "employees"),
    ("absence list", "absences"),
    ("department list", "departments"),
    ("team list", "teams"),
    ("site list", "sites"),
    ("company list", "companies"),
    ("product list", "products"),
    ("target list", "sales_targets"),
    ("escalate list", "escalation_chains"),
    ("escalate history", "escalation_steps"),
    ("today --employee 101", "tasks"),
    ("role list", "employees"),
    ("mail release", "outbox_guards"),
    ("mail queue list", "outbox_recipients"),
    ("mail resolve", "outbox_recipients"),
    ("status", "outbox_recipients"),
];

/// Needs an outbox that is held, and so is tried beside the others.
const RELEASE: (&str, &str) = ("mail release --yes", "outbox_guards:U outbox_recipients:U");

/// A house with one of everything, and files that bring one more of each.
fn house() -> TestEnvironment {
    let environment = TestEnvironment::new();
    environment.configure(
        "[escalation]\ncompany_heads = [100]\n\
         [escalation.offer-follow-up]\nactive = true\nat_once = true\nsaturday = true\nsunday = true\n\
         from = \"00:00\"\nto = \"24:00\"\n",
    );
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    environment
        .database
        .execute("INSERT INTO partners (number, kind, name) VALUES ('70001', 'supplier', 'Großhandel')");
    for (noun, file) in [
        ("company", "mandanten"),
        ("site", "standorte"),
        ("employee", "mitarbeiter"),
        ("department", "abteilungen"),
        ("team", "teams"),
        ("absence", "abwesenheiten"),
        ("customer", "kunden"),
        ("contact-person", "ansprechpartner"),
        ("product", "artikel"),
        ("target", "ziele"),
        ("contract", "vertraege"),
        ("document", "belege"),
        ("purchase-order", "bestellungen"),
        ("ticket", "tickets"),
        ("task", "aufgaben"),
        ("notice", "benachrichtigungen"),
    ] {
        environment.ok(&[noun, "import", folder.join(file).with_extension("csv").to_str().unwrap()]);
    }
    environment.database.execute(
        "INSERT INTO outbox_messages (id, message_id, kind, class, envelope_from, subject, raw, sha256)
             VALUES (gen_random_uuid(), '<1@wvl.example>', 'ticket', 'customer', '', 'Probe', 'x', sha256('x'));
         INSERT INTO outbox_recipients (id, message_id, address, state, done_at)
             SELECT n, id, 'kunde' || n, state, now() FROM outbox_messages,
                 (VALUES (8001, 'failed'), (8002, 'unknown')) AS v (n, state)",
    );
    for (noun, text) in [
        ("company", "name\nDritte\n"),
        ("site", "name\nUlm\n"),
        ("employee", "number,first_name,last_name\n300,Eva,Neu\n"),
        ("department", "name\nLager\n"),
        ("team", "name\nLager\n"),
        ("absence", "employee,first_day,last_day\n102,2026-12-01,2026-12-02\n"),
        ("customer", "number,name\nK8,Neu\n"),
        ("contact-person", "number,customer,last_name\n9,10001,Neu\n"),
        ("product", "number,name\nX2,Neu\n"),
        ("target", "month,figure,amount\n2027-01,orders,1\n"),
        ("targets", "month,figure,amount\n2026-11,orders,1\n"),
        ("contract", "number,name\nV-9,Neu\n"),
        ("document", "kind,number,customer,date,line,quantity\noffer,A-9,10001,2026-11-02,1,2\n"),
        ("purchase-order", "number,supplier,date,line,quantity\nB-9,70001,2026-11-02,1,2\n"),
        ("ticket", "number,title\n2026-0009,Neu\n"),
        ("task", "number,title,due\nA-9,Neu,2026-12-01\n"),
        ("notice", "number,kind,title,customer,notify\nB-9,customer,Neu,10001,2026-12-01\n"),
    ] {
        environment.write(&format!("{noun}.csv"), text);
    }
    std::fs::create_dir(environment.path().join("folder")).unwrap();
    environment.ok(&["escalate", "mute", "A-2", "--until", "+9d"]);
    environment
}

fn wants(list: &str) -> Vec<(String, char)> {
    let each = list.split_whitespace().map(|part| part.split_once(':').unwrap());
    each.flat_map(|(table, verbs)| verbs.chars().map(move |verb| (table.to_owned(), verb))).collect()
}

fn is_allowed(matrix: &Matrix, role: usize, wanted: &[(String, char)]) -> bool {
    wanted.iter().all(|(table, verb)| match table.as_str() {
        "*" => matrix.values().all(|rights| rights[role].contains(*verb)),
        table => matrix[table][role].contains(*verb),
    })
}

/// Says what is wrong with how a command ended, for a role that may or may not do it.
fn judge(matrix: &Matrix, at: usize, wanted: &[(String, char)], line: &str, run: &Run) -> Option<String> {
    let (group, _) = ROLES[at];
    let who = if group.is_empty() { "nobody" } else { group };
    if is_allowed(matrix, at, wanted) {
        return (run.code != 0).then(|| format!("{who} may, but: wvl {line}: {} {}", run.code, run.stderr));
    }
    if run.code != 77 {
        return Some(format!("{who} may not, but: wvl {line}: {} {}{}", run.code, run.stdout, run.stderr));
    }
    let smallest =
        (at + 1..ROLES.len()).find(|higher| is_allowed(matrix, *higher, wanted)).map(|higher| ROLES[higher].0);
    let advised = match (group, smallest) {
        ("", _) => "has no right in wvl".to_owned(),
        (_, Some(smallest)) => format!("lacks the right {smallest}"),
        (_, None) => return Some(format!("no group may: wvl {line}")),
    };
    (!run.stderr.contains(&advised)).then(|| format!("{who}: wvl {line}: \"{advised}\" is not in {}", run.stderr))
}

#[test]
fn no_command_does_what_the_role_may_not() {
    let environment = house();
    let matrix = meant();
    let absence = environment.database.text("SELECT max(id) FROM absences");
    let owner = environment.database.url.clone();
    let mut wrong = Vec::new();
    let relations: Vec<(String, Vec<String>)> = matrix
        .keys()
        .map(|relation| (relation.clone(), vec!["query".to_owned(), format!("SELECT * FROM {relation} LIMIT 0")]))
        .collect();
    for (at, (group, role)) in ROLES.iter().enumerate() {
        drop(connect_as(&environment.database, group, role));
        let as_role = owner.replacen("wvl@", &format!("{role}@"), 1);
        let config = std::fs::read_to_string(environment.config()).unwrap().replace(&owner, &as_role);
        let config = environment.write("role.toml", config);
        let mut try_it = |arguments: &[&str], more: &[&str], wanted: &[(String, char)]| {
            let mut command = crate::env::bare_command(arguments);
            command.args(more).arg("-c").arg(&config).current_dir(environment.path());
            wrong.extend(judge(&matrix, at, wanted, &arguments.join(" "), &crate::env::run(&mut command)));
        };
        for (line, table) in LOOKING {
            // what readers may not see of employees they do not get, and everything else they do
            let verb = if matrix[*table][at].contains('s') { 's' } else { 'S' };
            try_it(&line.split(' ').collect::<Vec<_>>(), &[], &[((*table).to_owned(), verb)]);
        }
        for (relation, query) in &relations {
            let query: Vec<&str> = query.iter().map(String::as_str).collect();
            try_it(&query, &[], &[(relation.clone(), 'S')]);
        }
        for (commands, more) in [(COMMANDS, &["-n"][..]), (JOBS, &[])] {
            for (line, list) in commands {
                let line = line.replace("@absence", &absence).replace("@failed", "8001").replace("@unknown", "8002");
                try_it(&line.split(' ').collect::<Vec<_>>(), more, &wants(list));
            }
        }
        wvl::db::transaction(&mut environment.database.connect(), wvl::outbox::guard::hold).unwrap();
        try_it(&RELEASE.0.split(' ').collect::<Vec<_>>(), &[], &wants(RELEASE.1));
        environment.ok(&["mail", "release", "--yes"]);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A right to write that no command of the lists above uses would be a hole in the test; one that is excused and used, a lie.
#[test]
fn every_right_to_write_has_a_command() {
    let tried: BTreeSet<(String, char)> =
        COMMANDS.iter().chain(JOBS).chain([&RELEASE]).flat_map(|(_, list)| wants(list)).collect();
    let untried: BTreeSet<(String, char)> = UNTRIED.iter().flat_map(|(list, _)| wants(list)).collect();
    let held: BTreeSet<(String, char)> = meant()
        .iter()
        .flat_map(|(relation, rights)| {
            let letters = rights.concat().to_ascii_uppercase();
            VERBS[1..].iter().filter(move |verb| letters.contains(**verb)).map(|verb| (relation.clone(), *verb))
        })
        .collect();
    let missing: Vec<_> = held.iter().filter(|right| !tried.contains(right) && !untried.contains(right)).collect();
    let superfluous: Vec<_> = untried.iter().filter(|right| !held.contains(right) || tried.contains(right)).collect();
    assert_eq!((missing, superfluous), (Vec::new(), Vec::new()));
}

/// What touches no table of ours, or none that others may not, and why.
const ELSEWHERE: &[(&str, &str)] = &[
    ("export", "looks at what list looks at"),
    ("list", "tried for every noun by its table, through query"),
    ("show", "like list"),
    ("calendar", "no database"),
    ("completions", "no database"),
    ("man", "no database"),
    ("cron", "the crontab of the machine"),
    ("check", "its exit codes are those of a plugin"),
    ("doctor", "looks, and says what it may not look at"),
    ("config", "no database but to prepare views"),
    ("query", "tried with every relation"),
    ("report gf-daily", "looks at relations, which query tries"),
    ("report department-daily", "like gf-daily"),
    ("report list", "looks at files"),
    ("report run", "looks at relations, which query tries"),
    ("report check", "like run"),
    ("demo", "a database of its own"),
    ("db", "the owner's business, but for the dump"),
    ("role grant", "Postgres' own rights, tested beside"),
    ("role revoke", "Postgres' own rights, tested beside"),
    ("mail render", "no database"),
    ("escalate types", "looks at the configuration"),
    ("escalate explain", "looks at what list looks at"),
    ("escalate simulate", "looks at what run looks at"),
];

/// The commands that a help text lists under "Commands:".
fn commands_of(help: &str) -> Vec<String> {
    let block = help.split("Commands:\n").nth(1).unwrap_or_default();
    let lines = block.lines().take_while(|line| !line.is_empty());
    let names = lines.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    names.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help").map(str::to_owned).collect()
}

/// A verb that nobody tries here would be a hole in the test.
#[test]
fn every_verb_is_tried_or_harmless() {
    let help = |arguments: &[&str]| crate::env::run(&mut crate::env::bare_command(arguments)).stdout;
    let tried: Vec<&str> = COMMANDS.iter().chain(JOBS).chain(LOOKING).map(|(line, _)| *line).collect();
    let mut missing = Vec::new();
    for noun in commands_of(&help(&["--help"])) {
        let verbs = commands_of(&help(&[&noun, "--help"]));
        let lines = match verbs.is_empty() {
            true => vec![noun.clone()],
            false => verbs.iter().map(|verb| format!("{noun} {verb}")).collect(),
        };
        missing.extend(lines.into_iter().filter(|line| {
            let verb = line.rsplit(' ').next().unwrap();
            let is_elsewhere = |name: &str| name == line || name == noun || name == verb;
            !tried.iter().any(|tried| *tried == line || tried.starts_with(&format!("{line} ")))
                && !ELSEWHERE.iter().any(|(name, _)| is_elsewhere(name))
        }));
    }
    assert_eq!(missing, Vec::<String>::new());
}
