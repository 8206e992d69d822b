//! Targets: a register without a number, whose key may be empty in part.

use super::{fails, office, ok};

#[test]
fn a_target_is_known_by_what_it_is_of() {
    let office = office();
    let file = "Monat;Kennzahl;Mandant;ADM;Betrag;Währung\n2026-11;Aufträge;;;320.000,00;\n11/2026;DB;;;55.000;EUR\n\
                01.11.2026;Auftrag;;14;150.000,50;\n2026-11;orders;;;20.000;CHF\n";
    office.write("ziele.csv", file);
    assert_eq!(ok(&office, &["target", "import", "ziele.csv"]), "new 4, changed 0, same 0, wrong 0\n");
    assert_eq!(ok(&office, &["target", "import", "ziele.csv"]), "new 0, changed 0, same 4, wrong 0\n");
    assert_eq!(
        ok(&office, &["target", "list", "--from", "2026-11", "--to", "2026-11"]),
        "2026-11-01\tmargin\t\t\t\t55000.00\tEUR\n2026-11-01\torders\t\t\t\t320000.00\tEUR\n\
         2026-11-01\torders\t\t\t\t20000.00\tCHF\n2026-11-01\torders\t\t14\tAnna Schmidt\t150000.50\tEUR\n"
    );
    assert_eq!(ok(&office, &["target", "list", "--employee", "14", "--columns", "amount"]), "150000.50\n");
    assert_eq!(ok(&office, &["target", "list", "--from", "2026-12"]), "");

    // a file without the columns means the house in euros, and nobody else
    office.write("mehr.csv", "month,figure,amount\n2026-11,orders,330000\n2026-12,orders,400000\n");
    assert_eq!(ok(&office, &["target", "import", "mehr.csv"]), "new 1, changed 1, same 0, wrong 0\n");
    let stored = "SELECT string_agg(amount::text, ' ' ORDER BY amount) FROM sales_targets WHERE figure = 'orders' AND month = '2026-11-01'";
    assert_eq!(office.database.text(stored), "20000 150000.50 330000");
    let firm = office.database.text("SELECT name FROM companies");
    office.write("mandant.csv", format!("month,figure,company,amount\n2026-11,orders,{firm},330000\n"));
    assert_eq!(ok(&office, &["target", "import", "mandant.csv"]), "new 1, changed 0, same 0, wrong 0\n");
}

#[test]
fn what_is_wrong_with_a_target_is_told_at_once() {
    let office = office();
    office.write(
        "ziele.csv",
        "month,figure,field_rep,amount\n2026-11-30,orders,,1\n2026-13,orders,,1\n2026-11,umsatz,,1\n2026-11,gewinn,,1\n\
         2026-11,margin,99,1\n2026-12,orders,,1\n12/2026,Aufträge,,2\n2026-12,margin,14,1\n2026-12,margin,14,1\n2027-01,orders,,\n,orders,,1\n",
    );
    let said = fails(&office, 65, &["target", "import", "ziele.csv"]);
    for told in [
        "line 2, column month: \"2026-11-30\" is a day within a month",
        "line 3, column month: ",
        "line 5, column figure: \"gewinn\" is none of Angebote, Aufträge",
        "line 6, column field_rep: employee 99 is not known",
        "line 8, column ",
        "the same target stands in line 7 already",
        "the same target stands in line 9 already",
        "line 11, column amount: is empty",
        "line 12, column month: is empty",
    ] {
        assert!(said.contains(told), "{told}\n{said}");
    }
    assert_eq!(office.database.number("SELECT count(*) FROM sales_targets"), 0);
    let refused = fails(&office, 2, &["target", "import", "ziele.csv", "--complete"]);
    assert!(refused.contains("a target of 0 counts as none"), "{refused}");
}
