//! `wvl escalate purge`: what is long over goes, what anybody may still ask for stays.

use super::house::{environment, offer};
use crate::env::TestEnvironment;

const OFFERS: &str = "[escalation.offer-follow-up]\nactive = true\n";

/// A chain of an offer with one step and an acknowledgement, the step so many days ago.
fn chain(type_key: &str, item: &str, version: i64, days: u32) -> String {
    format!(
        "INSERT INTO escalation_chains (type, item_id, due_version, step, last_at)
            VALUES ('{type_key}', {item}, {version}, 1, now() - interval '{days} days');
         INSERT INTO escalation_steps (type, item_id, due_version, step, at, due_at, reference, title, recipients)
            VALUES ('{type_key}', {item}, {version}, 1, now() - interval '{days} days', now(), 'R', 'T', '{{}}');
         INSERT INTO escalation_silences (kind, type, item_id, due_version, reference, since, until)
            VALUES ('acknowledged', '{type_key}', {item}, {version}, 'R',
                    now() - interval '{days} days', now() - interval '{days} days' + interval '1 hour');"
    )
}

/// Open (1), closed (2) and deleted (3) offers.
fn office() -> TestEnvironment {
    let environment = environment(OFFERS);
    environment.database.execute(&format!(
        "{}{}UPDATE documents SET id = 1 WHERE number = 'A-1';
         UPDATE documents SET id = 2, status = 'won', closed_at = now() WHERE number = 'A-2';",
        offer("A-1", "2026-11-19 00:00"),
        offer("A-2", "2026-11-19 00:00")
    ));
    environment
}

/// `type item version` of every chain; and that steps and silences are those of the chains.
fn left(environment: &TestEnvironment) -> String {
    for table in ["escalation_steps", "escalation_silences"] {
        let others = format!(
            "SELECT count(*) FROM (SELECT type, item_id, due_version FROM {table} EXCEPT
             SELECT type, item_id, due_version FROM escalation_chains WHERE step > 0) AS other"
        );
        assert_eq!(environment.database.number(&others), 0, "{table}");
    }
    environment.database.text(
        "SELECT coalesce(string_agg(concat_ws(' ', type, item_id, due_version), ', ' ORDER BY type, item_id, due_version), '')
         FROM escalation_chains",
    )
}

#[test]
fn only_what_has_left_its_view_and_is_old() {
    let environment = office();
    let offers = |item: &str, version, days| chain("offer-follow-up", item, version, days);
    environment.database.execute(&format!(
        "{}{}{}{}{}",
        // open, and moved since: all of its history stays
        offers("'1'", 10, 800),
        offers("'1'", 20, 500),
        offers("'2'", 10, 400),
        offers("'2'", 20, 300),
        offers("'3'", 10, 366),
    ));
    let everything =
        "offer-follow-up 1 10, offer-follow-up 1 20, offer-follow-up 2 10, offer-follow-up 2 20, offer-follow-up 3 10";
    assert_eq!(left(&environment), everything);
    let shown = environment.ok(&["escalate", "purge", "--dry-run"]);
    assert_eq!(shown, "offer-follow-up\ttrue\t2\t2\t2\n");
    assert_eq!(left(&environment), everything);
    assert_eq!(environment.database.number("SELECT count(*) FROM job_runs"), 0);

    let run = environment.wvl(&["escalate", "purge"]);
    assert_eq!((run.code, run.stdout.as_str(), run.stderr.as_str()), (0, "", ""));
    assert_eq!(left(&environment), "offer-follow-up 1 10, offer-follow-up 1 20, offer-follow-up 2 20");
    let noted = environment.database.text("SELECT concat_ws(' ', job, outcome, exit_code, counts::text) FROM job_runs");
    assert_eq!(noted, "escalate purge ok 0 {\"runs\": 0, \"steps\": 2, \"chains\": 2, \"silences\": 2}");
    environment.ok(&["escalate", "purge"]);
    assert_eq!(left(&environment), "offer-follow-up 1 10, offer-follow-up 1 20, offer-follow-up 2 20");
    environment.ok(&["escalate", "purge", "--older-than", "200"]);
    assert_eq!(left(&environment), "offer-follow-up 1 10, offer-follow-up 1 20");
}

#[test]
fn links_go_with_their_step_and_messages_stay() {
    let environment = office();
    environment.ok(&["escalate", "run", "--as-of", "2026-11-19T00:00", "--no-flush"]);
    environment.ok(&["escalate", "run", "--as-of", "2026-11-23T08:00", "--no-flush"]);
    assert_eq!(environment.database.number("SELECT count(*) FROM escalation_step_messages"), 1);
    environment.database.execute(
        "DELETE FROM documents; UPDATE escalation_chains SET last_at = now() - interval '366 days';
         UPDATE escalation_steps SET at = now() - interval '366 days'",
    );
    environment.ok(&["escalate", "purge"]);
    assert_eq!(environment.database.number("SELECT count(*) FROM escalation_steps"), 0);
    assert_eq!(environment.database.number("SELECT count(*) FROM escalation_step_messages"), 0);
    assert_eq!(environment.database.number("SELECT count(*) FROM outbox_messages"), 1);
}

/// Found and never spoken of: old by the due date, where the version is one.
#[test]
fn chains_that_never_spoke_and_silences_without_a_chain() {
    let environment = office();
    environment.database.execute(
        "INSERT INTO escalation_chains (type, item_id, due_version)
         SELECT 'offer-follow-up', item, extract(epoch FROM now() - days * interval '1 day')::bigint / 60
         FROM (VALUES ('1', 400), ('2', 400), ('3', 300)) AS found (item, days);
         INSERT INTO escalation_chains (type, item_id, due_version) VALUES ('helpdesk-low', '77', 3);
         INSERT INTO escalation_silences (kind, type, item_id, reference, since, until, lifted_at) VALUES
            ('muted', 'offer-follow-up', '1', 'A-1', now() - interval '500 days', now() - interval '400 days', NULL),
            ('muted', 'offer-follow-up', '2', 'A-2', now() - interval '500 days', now() - interval '400 days', NULL),
            ('muted', 'offer-follow-up', '2', 'A-2', now() - interval '500 days', now() + interval '400 days', NULL),
            ('muted', 'offer-follow-up', '3', 'A-3', now() - interval '500 days', now() - interval '400 days', NULL),
            ('muted', 'offer-follow-up', '4', 'A-4', now() - interval '500 days', now() + interval '400 days',
             now() - interval '400 days'),
            ('muted', 'offer-follow-up', '5', 'A-5', now() - interval '500 days', now() + interval '400 days', NULL)",
    );
    environment.ok(&["escalate", "purge"]);
    let chains = "SELECT string_agg(type || ' ' || item_id, ', ' ORDER BY type, item_id) FROM escalation_chains";
    assert_eq!(environment.database.text(chains), "offer-follow-up 1, offer-follow-up 3");
    let silences = "SELECT string_agg(reference, ' ' ORDER BY id) FROM escalation_silences";
    assert_eq!(environment.database.text(silences), "A-1 A-2 A-3 A-5");
}

#[test]
fn a_type_that_is_gone_is_said_and_one_that_cannot_be_read_is_left_alone() {
    let environment = office();
    environment
        .database
        .execute("CREATE TABLE public.cars (item_id text, reference text, title text, due_at timestamptz)");
    environment.configure(&format!(
        "{}{OFFERS}[escalation.cars]\nsource = \"view:public.cars\"\n",
        super::house::CONFIGURATION
    ));
    environment.database.execute(&format!(
        "{}{}{}INSERT INTO public.cars VALUES ('a', 'S-A 1', 'Auto', now());",
        chain("cars", "'a'", 1, 400),
        chain("cars", "'b'", 1, 400),
        chain("of-old", "'x'", 1, 400),
    ));
    environment.database.execute(&chain("of-old", "'y'", 1, 300));
    let run = environment.wvl(&["escalate", "purge"]);
    assert_eq!((run.code, run.stdout.as_str()), (0, ""), "{}", run.stderr);
    assert_eq!(run.stderr, "of-old is no longer configured: 1 old steps of it were purged\n");
    assert_eq!(left(&environment), "cars a 1, of-old y 1");

    environment.database.execute("DELETE FROM public.cars; DROP TABLE public.cars");
    environment.database.execute(&chain("offer-follow-up", "'3'", 1, 400));
    let run = environment.wvl(&["escalate", "purge"]);
    assert_eq!((run.code, run.stdout.as_str()), (3, ""), "{}", run.stderr);
    assert!(run.stderr.contains("cars is left alone, its items cannot be read"), "{}", run.stderr);
    assert_eq!(left(&environment), "cars a 1, of-old y 1");
    let noted = "SELECT outcome || ' ' || exit_code FROM job_runs ORDER BY id DESC LIMIT 1";
    assert_eq!(environment.database.text(noted), "partial 3");
}

#[test]
fn wrong_input_and_who_may_not() {
    let mut environment = office();
    for (arguments, code, part) in [
        (&["--older-than", "0"][..], 2, "1..=36500"),
        (&["--older-than", "ein Jahr"], 2, "invalid value"),
        (&["--as-of", "+400d"], 2, "--as-of names an instant ahead"),
    ] {
        let run = environment.wvl(&[&["escalate", "purge"], arguments].concat());
        assert_eq!(run.code, code, "{arguments:?}: {}", run.stderr);
        assert!(run.stderr.contains(part), "{arguments:?}: {}", run.stderr);
    }
    environment.ok(&["escalate", "purge", "--as-of", "+400d", "-n"]);
    let worker = environment.database.url_as("wvl_test_purge_worker");
    environment.database.execute_as_superuser("GRANT wvl_work TO wvl_test_purge_worker");
    environment.database.url = worker;
    environment.configure(OFFERS);
    let run = environment.wvl(&["escalate", "purge"]);
    assert_eq!(run.code, 77, "{}", run.stderr);
    assert!(run.stderr.contains("wvl_test_purge_worker may not delete escalations"), "{}", run.stderr);
}
