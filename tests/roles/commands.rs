//! `wvl role`: making, giving, taking.

use crate::env::TestEnvironment;

/// A role of this test alone; roles belong to the whole server.
fn forget(environment: &TestEnvironment, role: &str) {
    environment.database.execute_as_superuser(&format!("DROP ROLE IF EXISTS \"{role}\""));
}

#[test]
fn a_role_is_made_given_rights_and_loses_them() {
    let environment = TestEnvironment::new();
    let role = "wvl_test_role_anna";
    forget(&environment, role);
    environment
        .database
        .execute("INSERT INTO employees (number, first_name, last_name, pg_role) VALUES (14, 'Anna', 'Weiß', NULL), (15, 'Bo', 'Alt', 'wvl_test_role_gone')");
    let unknown = environment.wvl(&["role", "grant", role, "work"]);
    assert_eq!(unknown.code, 4, "{}", unknown.stderr);
    assert!(unknown.stderr.contains("--create makes it"), "{}", unknown.stderr);

    let rehearsed = environment.wvl(&["role", "grant", role, "work", "--create", "-n"]);
    assert!(rehearsed.code == 0 && rehearsed.stderr.contains("darf jetzt work (nur Probe"), "{}", rehearsed.stderr);
    assert_eq!(environment.wvl(&["role", "grant", role, "work"]).code, 4, "a rehearsal makes nothing");

    assert_eq!(environment.ok(&["role", "grant", role, "work", "--create", "--employee", "14"]), format!("{role}\n"));
    assert_eq!(environment.wvl(&["role", "grant", role, "read", "--create"]).code, 65);
    environment.ok(&["role", "grant", role, "read"]);
    let listed = environment.ok(&["role", "list", "-O", "csv"]);
    assert!(listed.contains(&format!("{role},read; work,14,Anna Weiß,true,\n")), "{listed}");
    assert!(listed.contains("wvl_test_role_gone,,15,Bo Alt,false,missing\n"), "{listed}");
    assert!(listed.contains("wvl,,,,true,owner\n"), "{listed}");

    environment.ok(&["role", "revoke", role, "work"]);
    let listed = environment.ok(&["role", "list", "-O", "csv"]);
    assert!(listed.contains(&format!("{role},read,14,")), "{listed}");
    environment.ok(&["role", "revoke", role]);
    assert!(environment.ok(&["role", "list", "-O", "csv"]).contains(&format!("{role},,14,Anna Weiß,true,nothing\n")));
    forget(&environment, role);
}

#[test]
fn a_right_that_comes_by_another_way_is_named() {
    let environment = TestEnvironment::new();
    let (role, group) = ("wvl_test_role_bo", "wvl_test_role_office");
    forget(&environment, role);
    forget(&environment, group);
    environment.database.execute_as_superuser(&format!(
        "CREATE ROLE {group}; CREATE ROLE {role} LOGIN; GRANT wvl_work TO {group}; GRANT {group} TO {role}"
    ));
    let kept = environment.wvl(&["role", "revoke", role, "work"]);
    assert_eq!(kept.code, 65);
    assert!(kept.stderr.contains(&format!("would keep the right work as a member of {group}")), "{}", kept.stderr);
    forget(&environment, role);
    forget(&environment, group);
}

#[test]
fn who_may_not_hand_out_rights_is_told_the_statement() {
    let mut environment = TestEnvironment::new();
    let role = "wvl_test_role_boss";
    let url = environment.database.url_as(role);
    environment.database.execute_as_superuser(&format!("GRANT wvl_admin TO {role}"));
    environment.database.url = url;
    environment.configure("");
    let refused = environment.wvl(&["role", "grant", role, "cron"]);
    assert_eq!(refused.code, 77, "{}", refused.stderr);
    assert!(refused.stderr.contains(&format!("runs: GRANT wvl_cron TO \"{role}\";")), "{}", refused.stderr);
}

#[test]
fn odd_names_stay_names() {
    let environment = TestEnvironment::new();
    let role = "wvl_test_role_\"; DROP TABLE wvl.tasks; --";
    let drop = || {
        environment
            .database
            .execute_as_superuser("DROP ROLE IF EXISTS \"wvl_test_role_\"\"; DROP TABLE wvl.tasks; --\"")
    };
    drop();
    environment.ok(&["role", "grant", role, "read", "--create"]);
    environment.ok(&["role", "revoke", role]);
    environment.ok(&["task", "list"]);
    drop();
    for wrong in ["wvl_admin", "pg_monitor", "public", "", "a\nb"] {
        assert_eq!(environment.wvl(&["role", "grant", wrong, "read"]).code, 2, "{wrong}");
    }
    assert_eq!(environment.wvl(&["role", "grant", "anna", "root"]).code, 2);
}
