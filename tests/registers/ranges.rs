//! `--from` and `--to`: both days are included, whatever a day means in the column.

use crate::env::TestEnvironment;

#[test]
fn both_days_belong_to_the_range() {
    let environment = TestEnvironment::new();
    for (noun, file) in [
        // a promise for a day ends with it
        (
            "task",
            "Nr;Titel;Fällig\nvor;a;22.11.2026\nerster;b;23.11.2026\nabends;c;23.11.2026 23:59\nletzter;d;24.11.2026\n\
                  danach;e;25.11.2026\nnie;f;\n",
        ),
        // an event begins with it
        (
            "ticket",
            "Nr;Titel;Eröffnet\nvor;a;22.11.2026 23:59\nerster;b;23.11.2026\nabends;c;23.11.2026 23:59\n\
                    letzter;d;24.11.2026 23:59\ndanach;e;25.11.2026\n",
        ),
        // a day is one
        (
            "document",
            "Art;Nr;Datum\nAngebot;vor;22.11.2026\nAngebot;erster;23.11.2026\nAngebot;letzter;24.11.2026\n\
                      Angebot;danach;25.11.2026\n",
        ),
    ] {
        environment.write("in.csv", file);
        environment.ok(&[noun, "import", "in.csv", "--as-of", "2026-11-26T09:00"]);
        let numbers = |range: &[&str]| {
            let list = [&[noun, "list", "--columns", "number", "--as-of", "2026-11-26T09:00"], range].concat();
            let mut numbers: Vec<String> = environment.ok(&list).lines().map(str::to_owned).collect();
            numbers.sort();
            numbers.join(" ")
        };
        let all = if noun == "document" { "erster letzter" } else { "abends erster letzter" };
        assert_eq!(numbers(&["--from", "2026-11-23", "--to", "24.11."]), all, "{noun}");
        let one = if noun == "document" { "erster" } else { "abends erster" };
        assert_eq!(numbers(&["--from", "mo", "--to", "mo"]), one, "{noun}");
        assert_eq!(numbers(&["--to", "22.11."]), "vor", "{noun}");
        assert_eq!(numbers(&["--from", "25.11."]), "danach", "{noun}");
    }
}
