//! Every noun of CLI.md that is a register has its verbs, and they answer.

use super::{NOW, fails, office, ok};
use crate::env::{TestDatabase, TestEnvironment, bare_command, run};

/// Nouns with the verbs that they must have beside list, show, new and set.
const NOUNS: [(&str, &[&str]); 15] = [
    ("customer", &["import", "export"]),
    ("contact-person", &["import", "export"]),
    ("employee", &["import", "export", "leave"]),
    ("company", &["import", "export"]),
    ("team", &["import", "export"]),
    ("department", &["import", "export"]),
    ("site", &["import", "export"]),
    ("absence", &["cancel", "import", "export"]),
    ("product", &["import", "export"]),
    ("purchase-order", &["close", "import", "export"]),
    ("notice", &["done", "import", "export"]),
    ("task", &["done", "import", "export"]),
    ("contract", &["close", "import", "export"]),
    ("ticket", &["close", "import", "export"]),
    ("document", &["close", "import", "export"]),
];

/// The filters of CLI.md.
const FILTERS: [&str; 9] =
    ["--mine", "--employee", "--team", "--customer", "--open", "--overdue", "--from", "--to", "--search"];

/// The office with one record of every noun, made by the command line.
fn full_office() -> TestEnvironment {
    let office = office();
    for new in [
        &["contact-person", "new", "10001", "Berger", "--birthday", "14.3.1969", "--email", "berger@kunde.example"][..],
        &["employee", "set", "14", "--pg-role", "wvl"],
        &["absence", "new", "14", "--from", "21.12."],
        &["notice", "new", "Preisliste"],
        &["task", "new", "Anruf"],
        &["ticket", "new", "Drucker"],
    ] {
        ok(&office, new);
    }
    office
}

fn verbs(noun: &str) -> Vec<String> {
    let help = run(&mut bare_command(&[noun, "--help"])).stdout;
    let commands = help.split("Commands:\n").nth(1).unwrap_or_default().split("\n\n").next().unwrap_or_default();
    let is_verb = |line: &&str| line.starts_with("  ") && !line.starts_with("   ");
    commands.lines().filter(is_verb).filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

#[test]
fn every_register_has_its_verbs_and_they_answer() {
    let office = full_office();
    for (noun, more) in NOUNS {
        let verbs = verbs(noun);
        let needed = ["list", "show", "new", "set"].iter().chain(more);
        for verb in needed {
            assert!(verbs.iter().any(|known| known == verb), "{noun} has no {verb}: {verbs:?}");
        }
        let listed: serde_json::Value = serde_json::from_str(&ok(&office, &[noun, "list", "--json"])).unwrap();
        let rows = listed.as_array().unwrap();
        assert!(!rows.is_empty(), "{noun} list is empty");
        let key = ["number", "name", "id"].into_iter().find(|key| !rows[0][key].is_null()).unwrap();
        let number = match &rows[0][key] {
            serde_json::Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let mut show = vec![noun, "show", &number, "--json"];
        let kind = rows[0]["kind"].as_str().unwrap_or_default();
        if noun == "document" {
            show.extend(["--kind", kind]);
        }
        let shown: serde_json::Value = serde_json::from_str(&ok(&office, &show)).unwrap();
        assert_eq!(shown[key], rows[0][key], "{noun}");
        for format in ["table", "tsv", "csv", "csv-de", "jsonl"] {
            ok(&office, &[noun, "list", "-O", format]);
            show.truncate(3);
            if noun == "document" {
                show.extend(["--kind", kind]);
            }
            ok(&office, &[&show[..], &["-O", format]].concat());
        }
        // nothing to change, nobody to change
        let said = fails(&office, 2, &[noun, "set", &number]);
        assert!(said.contains("--"), "{noun}: {said}");
    }
}

#[test]
fn every_list_answers_its_filters_and_says_which_it_has() {
    let office = full_office();
    for (noun, _) in NOUNS {
        let help = run(&mut bare_command(&[noun, "list", "--help"])).stdout;
        for filter in FILTERS {
            let value = match filter {
                "--employee" => Some("14"),
                "--team" => Some("Technik"),
                "--customer" => Some("10001"),
                "--from" | "--to" => Some("2026-11-20"),
                "--search" => Some("a"),
                _ => None,
            };
            let arguments = [&[noun, "list", filter][..], value.as_slice(), &["--as-of", NOW]].concat();
            let run = office.wvl(&arguments);
            if help.contains(&format!(" {filter}")) {
                assert_eq!(run.code, 0, "{arguments:?}: {}", run.stderr);
            } else {
                assert_eq!(run.code, 2, "{arguments:?}");
                assert!(
                    run.stderr.contains("can be filtered by ") && run.stderr.contains("--search"),
                    "{}",
                    run.stderr
                );
            }
        }
        fails(&office, 4, &[noun, "list", "--search", "gibt es nicht", "--fail-empty"]);
    }
}

#[test]
fn what_is_made_here_gets_a_number_and_what_comes_from_the_erp_keeps_its_own() {
    let office = office();
    let contract = [
        "contract",
        "new",
        "Wartung Server",
        "--customer",
        "10001",
        "--notice-by",
        "30.9.2027",
        "--amount",
        "1.180,50",
    ];
    assert_eq!(ok(&office, &contract), "V-2026-0001\n");
    assert_eq!(
        ok(
            &office,
            &["contract", "show", "V-2026-0001", "--columns", "number,customer,notice_by,amount,currency,status"]
        ),
        "V-2026-0001\t10001\t2027-09-30\t1180.50\tEUR\tactive\n"
    );
    let said = ok(&office, &["contract", "new", "TÜV Sprinter", "--ends", "31.3.2027", "-O", "table"]);
    assert!(
        said.starts_with("Vertrag V-2026-0002 angelegt: ") && said.contains("→ wvl contract show V-2026-0002"),
        "{said}"
    );
    ok(&office, &["contract", "close", "V-2026-0002"]);
    assert_eq!(ok(&office, &["contract", "list", "--open", "--columns", "number"]), "V-2026-0001\nW-100\n");
    let said = fails(&office, 65, &["contract", "new", "Noch einer", "--number", "W-100"]);
    assert!(said.contains("exists already"), "{said}");

    let order = [
        "purchase-order",
        "new",
        "Switches",
        "--supplier",
        "10001",
        "--expected",
        "fr",
        "--amount",
        "698",
        "--currency",
        "chf",
    ];
    assert_eq!(ok(&office, &order), "BE-2026-0001\n");
    assert_eq!(ok(&office, &["purchase-order", "new", "Toner", "--number", "4500012345"]), "4500012345\n");
    ok(&office, &["purchase-order", "set", "BE-2026-0001", "--date", "gestern", "--receipt", "teilweise"]);
    assert_eq!(
        ok(
            &office,
            &[
                "purchase-order",
                "show",
                "BE-2026-0001",
                "--columns",
                "order_date,expected,receipt_status,net_amount,currency"
            ]
        ),
        "2026-11-22\t2026-11-27\tpartial\t698.00\tCHF\n"
    );

    assert_eq!(
        ok(&office, &["product", "new", "FW-1", "Firewall", "--group", "Hardware", "--price", "1.299,00"]),
        "FW-1\n"
    );
    ok(&office, &["product", "set", "FW-1", "--cost", "900", "--active", "no", "--name", "Firewall klein"]);
    assert_eq!(ok(&office, &["product", "list", "--open", "--columns", "number"]), "SW-24\n");
    assert_eq!(
        ok(&office, &["product", "show", "FW-1", "--columns", "name,price,cost"]),
        "Firewall klein\t1299.00\t900.00\n"
    );

    assert_eq!(ok(&office, &["contact-person", "new", "10001", "Berger", "--number", "77"]), "77\n");
    ok(&office, &["contact-person", "set", "77", "--last-name", "Berger-Klein", "--birthday", "14.3.1969"]);
    assert_eq!(
        ok(&office, &["contact-person", "show", "77", "--columns", "last_name,birthday"]),
        "Berger-Klein\t1969-03-14\n"
    );
    ok(&office, &["contact-person", "set", "77", "--active", "no"]);
    assert_eq!(ok(&office, &["contact-person", "list", "--open"]), "");

    assert_eq!(ok(&office, &["site", "new", "Ulm"]), "Ulm\n");
    ok(&office, &["employee", "set", "14", "--site", "ulm", "--mobile", "0171 4711", "--language", "en"]);
    assert_eq!(ok(&office, &["employee", "show", "14", "--columns", "site,mobile,language"]), "Ulm\t0171 4711\ten\n");
    assert!(
        fails(&office, 2, &["employee", "set", "14", "--channels", "mail,sms"]).contains("there is no channel sms")
    );
    for (wish, stored) in [("E-Mail", "mail\n"), ("keine", "\n")] {
        ok(&office, &["employee", "set", "14", "--channels", wish]);
        assert_eq!(ok(&office, &["employee", "show", "14", "--columns", "channels"]), stored, "{wish}");
    }
    ok(&office, &["team", "set", "Technik", "--name", "Service"]);
    ok(&office, &["department", "set", "Technik", "--name", "Service"]);
    assert_eq!(ok(&office, &["team", "list", "--columns", "name"]), "Einkauf\nService\n");
}

#[test]
fn prospects_and_suppliers_are_partners_of_another_kind() {
    let office = office();
    ok(&office, &["customer", "new", "70001", "Großhandel AG", "--kind", "Lieferant"]);
    ok(&office, &["customer", "new", "20001", "Bäckerei Korn", "--kind", "prospect", "--follow-up", "+2w"]);
    assert_eq!(ok(&office, &["customer", "list", "--kind", "supplier", "--columns", "number"]), "70001\n");
    assert_eq!(ok(&office, &["customer", "list", "--kind", "Interessent", "--open", "--columns", "number"]), "20001\n");
    let said = ok(&office, &["customer", "set", "70001", "--city", "Ulm", "-O", "table"]);
    assert!(said.starts_with("Lieferant 70001: Ort – → Ulm\n"), "{said}");
    let said = ok(&office, &["customer", "set", "70001", "--city", "Aalen", "-O", "table", "--lang", "en"]);
    assert!(said.starts_with("Supplier 70001: City Ulm → Aalen\n"), "{said}");
    ok(&office, &["customer", "set", "20001", "--kind", "customer", "--active", "no"]);
    let kinds = ok(&office, &["customer", "export", "--columns", "number,kind,active", "--sort", "number"]);
    assert_eq!(kinds, "number,kind,active\n10001,customer,true\n20001,customer,false\n70001,supplier,true\n");
}

#[test]
fn what_an_item_belongs_to_can_be_corrected() {
    let office = office();
    ok(&office, &["company", "new", "Service GmbH"]);
    assert!(fails(&office, 65, &["company", "new", "Service GmbH"]).contains("exists already"));
    ok(&office, &["site", "new", "Aalen", "--company", "service gmbh"]);
    ok(&office, &["department", "set", "Technik", "--company", "Service GmbH", "--head", "14"]);
    assert_eq!(
        ok(&office, &["department", "show", "Technik", "--columns", "head,company"]),
        "Anna Schmidt\tService GmbH\n"
    );
    assert_eq!(ok(&office, &["site", "list", "--columns", "name,company", "--limit", "1"]), "Aalen\tService GmbH\n");
    assert!(fails(&office, 4, &["site", "new", "Ulm", "--company", "Mars"]).contains("companies: Firma, Service GmbH"));

    let ticket = ok(&office, &["ticket", "new", "Drucker", "--department", "Technik"]);
    let ticket = ticket.trim();
    ok(&office, &["contact-person", "new", "10001", "Berger", "--number", "77"]);
    ok(
        &office,
        &["ticket", "set", ticket, "--customer", "10001", "--contact-person", "77", "--link", "https://x.example/1"],
    );
    assert_eq!(
        ok(&office, &["ticket", "show", ticket, "--columns", "customer,contact_person,department,link"]),
        "10001\tBerger\tTechnik\thttps://x.example/1\n"
    );
    let notice = ok(&office, &["notice", "new", "Preisliste"]);
    let notice = notice.trim();
    let shown = || ok(&office, &["notice", "show", notice, "--columns", "kind,customer,due"]);
    let before = shown();
    ok(&office, &["notice", "set", notice, "--customer", "10001"]);
    assert_eq!(shown(), before.replace("system\t", "customer\t10001"), "due when it was");
    ok(&office, &["notice", "set", notice, "--customer", "keine", "--on", "30.11."]);
    assert_eq!(shown(), "system\t\t2026-11-30T00:00:00+01:00\n");
    let task = ok(&office, &["task", "new", "Anruf", "--department", "Technik"]);
    assert_eq!(ok(&office, &["task", "show", task.trim(), "--columns", "department"]), "Technik\n");
}

#[test]
fn values_that_no_column_takes_are_refused_with_the_way_out() {
    let office = office();
    for (wrong, told) in [
        (&["product", "set", "SW-24", "--price", "1.234"][..], "write 1234 or 1.2340"),
        (&["product", "set", "SW-24", "--price", "1000000000000000"], "10^15"),
        (&["contract", "set", "W-100", "--currency", "Euro"], "three letters"),
        (&["customer", "set", "10001", "--country", "Deutschland"], "two letters"),
        (&["customer", "set", "10001", "--language", "fr"], "de (deutsch)"),
        (&["employee", "set", "14", "--birthday", "2030-01-01"], "1980-05-17"),
        (&["employee", "set", "14"], "--help"),
        (&["employee", "new", "vierzehn", "Eva", "Neu"], "a whole number"),
        // the week before, told as it is written: next year's would be meant
        (&["absence", "new", "14", "--from", "17.11."], "write the year"),
        (&["contact-person", "new", "10001", " "], "must not be empty"),
    ] {
        let said = fails(&office, 2, wrong);
        assert!(said.contains(told), "{wrong:?}: {said}");
    }
    ok(&office, &["employee", "set", "3", "--pg-role", "vogt"]);
    let said = fails(&office, 65, &["employee", "set", "14", "--pg-role", "vogt"]);
    assert!(said.contains("belongs to employee 3") && said.contains("--pg-role keine"), "{said}");
    assert!(fails(&office, 4, &["employee", "set", "14", "--site", "Mars"]).contains("sites: Zentrale"));
    assert!(fails(&office, 4, &["product", "set", "999", "--active", "no"]).contains("wvl product list --search"));
    assert!(fails(&office, 65, &["team", "set", "Technik", "--name", "Einkauf"]).contains("exists already"));
}

#[test]
fn edits_at_the_same_time_lose_nothing() {
    let office = office();
    let edits: Vec<_> = (0..4)
        .map(|index| {
            let flag = ["--phone", "--street", "--city", "--matchcode"][index];
            office.command(&["customer", "set", "10001", flag, "neu", "--as-of", NOW]).spawn().unwrap()
        })
        .collect();
    for mut edit in edits {
        assert!(edit.wait().unwrap().success());
    }
    let made = |title: &str| office.command(&["contract", "new", title, "--as-of", NOW]).output();
    std::thread::scope(|scope| {
        let runs: Vec<_> = ["a", "b", "c"].map(|title| scope.spawn(move || made(title))).into_iter().collect();
        let mut numbers: Vec<String> =
            runs.into_iter().map(|run| String::from_utf8(run.join().unwrap().unwrap().stdout).unwrap()).collect();
        numbers.sort();
        assert_eq!(numbers, ["V-2026-0001\n", "V-2026-0002\n", "V-2026-0003\n"]);
    });
    let stored = "SELECT concat_ws(' ', phone, street, city, matchcode) FROM partners";
    assert_eq!(office.database.text(stored), "neu neu neu neu");
}

/// The company of the demo, without its weeks before.
fn demo_company() -> TestEnvironment {
    let text = wvl::demo::place::CONFIGURATION.replace("signing_keys_file = \"signing-keys\"", "");
    let settings = wvl::settings::Settings::load(&wvl::config::Source::from_text("wvl.toml", &text), &[]).unwrap().0;
    let database = TestDatabase::new();
    let calendar = settings.calendar("default").unwrap();
    assert!(wvl::demo::company::fill(&mut database.connect(), NOW.parse().unwrap(), calendar).unwrap());
    TestEnvironment::with_database(database)
}

#[test]
fn the_registers_of_a_whole_company_answer_and_are_read_back() {
    let company = demo_company();
    for (noun, _) in NOUNS {
        let rows: Vec<serde_json::Value> = serde_json::from_str(&ok(&company, &[noun, "list", "--json"])).unwrap();
        assert!(!rows.is_empty(), "{noun}");
        for row in [&rows[0], &rows[rows.len() / 2]] {
            let key = ["number", "name", "id"].into_iter().find(|key| !row[key].is_null()).unwrap();
            let number = row[key].as_str().map_or_else(|| row[key].to_string(), str::to_owned);
            let kind = row["kind"].as_str().filter(|_| noun == "document").map(|kind| ["--kind", kind]);
            let show = [&[noun, "show", &number, "-O", "table"][..], kind.as_ref().map_or(&[], |kind| kind)].concat();
            for language in ["de", "en"] {
                let shown = ok(&company, &[&show[..], &["--lang", language]].concat());
                assert!(shown.contains(&number), "{show:?}: {shown}");
            }
        }
        for format in ["csv", "csv-de"] {
            let file = format!("{noun}.{format}.csv");
            ok(&company, &[noun, "export", "-O", format, "-o", &file]);
            let said = ok(&company, &[noun, "import", &file, "-n"]);
            assert!(said.starts_with("new 0, changed 0, same ") && said.ends_with(", wrong 0\n"), "{noun}: {said}");
        }
    }
}
