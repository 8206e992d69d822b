//! A monitor and a program of the administrator's hear how a job ended, and can do nothing to it.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use native_tls::{Identity, TlsAcceptor};

use super::office;
use crate::env::{TestEnvironment, run};

/// What the monitor does with a request.
#[derive(Clone, Copy, Debug)]
enum Mood {
    Answers(u16),
    Hangs,
    HangsUp,
    /// Answers a byte at a time, for ever.
    Drips,
}

trait Stream: Read + Write {}

impl<S: Read + Write> Stream for S {}

/// A monitor on 127.0.0.1 that ends with the test.
struct Monitor {
    port: u16,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Monitor {
    fn start(mood: Mood) -> Monitor {
        Monitor::start_with(mood, None)
    }

    /// With a certificate it is asked over TLS.
    fn start_with(mood: Mood, acceptor: Option<TlsAcceptor>) -> Monitor {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let monitor = Monitor { port: listener.local_addr().unwrap().port(), requests: Arc::default() };
        let requests = Arc::clone(&monitor.requests);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, requests, acceptor) = (stream.unwrap(), Arc::clone(&requests), acceptor.clone());
                std::thread::spawn(move || {
                    let mut stream: Box<dyn Stream> =
                        match acceptor.map(|acceptor| acceptor.accept(stream.try_clone().unwrap())) {
                            None => Box::new(stream),
                            Some(Ok(encrypted)) => Box::new(encrypted),
                            // who does not trust us has hung up
                            Some(Err(_)) => return,
                        };
                    let mut bytes = Vec::new();
                    let mut buffer = [0; 1024];
                    while !bytes.ends_with(b"\r\n\r\n") {
                        let read = stream.read(&mut buffer).unwrap_or(0);
                        if read == 0 {
                            return;
                        }
                        bytes.extend_from_slice(&buffer[..read]);
                    }
                    let head = String::from_utf8(bytes).unwrap();
                    requests.lock().unwrap().push(head.lines().next().unwrap().to_owned());
                    match mood {
                        Mood::Answers(code) => {
                            let answer =
                                format!("HTTP/1.1 {code} x\r\nContent-Length: 2\r\nConnection: close\r\n\r\nOK");
                            let _ = stream.write_all(answer.as_bytes());
                        }
                        Mood::Hangs => std::thread::sleep(Duration::from_secs(60)),
                        Mood::HangsUp => {}
                        Mood::Drips => {
                            while stream.write_all(b"H").is_ok() {
                                std::thread::sleep(Duration::from_millis(50));
                            }
                        }
                    }
                });
            }
        });
        monitor
    }

    fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    /// An office whose flush it watches, with so much patience.
    fn office(&self, seconds: u32, more: &str) -> TestEnvironment {
        let port = self.port;
        office(&format!(
            "[job]\nping_timeout_seconds = {seconds}\n[job.mail-flush]\nping_url = \
             \"http://127.0.0.1:{port}/5a5a-secret?x=1\"\n{more}"
        ))
    }
}

fn get(path: &str) -> String {
    format!("GET /5a5a-secret{path}?x=1 HTTP/1.1")
}

#[test]
fn a_monitor_hears_of_the_start_and_the_end() {
    let monitor = Monitor::start(Mood::Answers(200));
    let environment = monitor.office(5, "");
    let run = environment.wvl(&["mail", "flush"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    assert_eq!(monitor.requests(), [get("/start"), get("")]);
    // neither a dry run nor another job is one of these
    environment.ok(&["mail", "flush", "--dry-run"]);
    environment.ok(&["escalate", "run"]);
    assert_eq!(monitor.requests().len(), 2);
}

#[test]
fn a_monitor_hears_of_a_failure_also_where_there_is_no_database() {
    let monitor = Monitor::start(Mood::Answers(200));
    let environment = monitor.office(5, "");
    let text = std::fs::read_to_string(environment.config()).unwrap();
    let url = environment.database.url.clone();
    environment.write("wvl.toml", text.replace(&url, "postgresql://wvl@127.0.0.1:1/wvl"));
    let run = environment.wvl(&["mail", "flush"]);
    assert_eq!(run.code, 69, "{}", run.stderr);
    assert_eq!(monitor.requests(), [get("/fail")]);
    // a slip of the fingers is no run
    assert_eq!(environment.wvl(&["mail", "flush", "--limit", "-1"]).code, 2);
    assert_eq!(monitor.requests().len(), 1);
}

#[test]
fn no_monitor_fails_a_job_or_delays_it_by_more_than_is_said() {
    for mood in [Mood::Answers(500), Mood::Hangs, Mood::HangsUp, Mood::Drips] {
        let monitor = Monitor::start(mood);
        let environment = monitor.office(2, "");
        let started = Instant::now();
        let run = environment.wvl(&["mail", "flush"]);
        assert_eq!((run.code, run.stdout.as_str(), run.stderr.as_str()), (0, "", ""), "{mood:?}");
        assert!(started.elapsed() < Duration::from_millis(2000 + 1500), "{mood:?} {:?}", started.elapsed());
        assert_eq!(environment.database.text("SELECT outcome FROM job_runs"), "ok");
    }
    // nobody listens, nobody is known, and no route
    for address in ["http://127.0.0.1:1/5a5a", "http://nowhere.invalid/5a5a", "https://127.0.0.1:1/5a5a"] {
        let environment =
            office(&format!("[job]\nping_timeout_seconds = 2\n[job.mail-flush]\nping_url = \"{address}\"\n"));
        let run = environment.wvl(&["mail", "flush"]);
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{address}");
    }
}

#[test]
fn the_address_of_a_monitor_is_nowhere_to_be_read() {
    let monitor = Monitor::start(Mood::Answers(404));
    let environment = monitor.office(2, "");
    environment.ok(&["mail", "flush"]);
    for words in
        [&["config", "show"][..], &["config", "show", "--json"], &["config", "validate"], &["runs", "list", "--json"]]
    {
        let run = environment.wvl(words);
        assert!(!run.stdout.contains("5a5a") && !run.stderr.contains("5a5a"), "{words:?} {}{}", run.stdout, run.stderr);
    }
    assert!(environment.ok(&["config", "show", "job.mail-flush"]).contains("http://127.0.0.1:"));
    let wrong = office("[job.mail-flush]\nping_url = \"hc.example/5a5a\"\n").wvl(&["mail", "flush"]);
    assert_eq!(wrong.code, 78);
    assert!(wrong.stderr.contains("job.mail-flush.ping_url") && !wrong.stderr.contains("5a5a"), "{}", wrong.stderr);
}

/// A job that fails for good: its folder does not exist.
fn failing(on_error: &str) -> TestEnvironment {
    let environment = office(&format!("[job]\non_error_timeout_seconds = 1\non_error = {on_error}\n"));
    std::fs::remove_dir(environment.path().join("in")).unwrap();
    environment
}

#[test]
fn a_program_hears_of_a_failure() {
    let environment = failing("[\"sh\", \"-c\", \"cat > \\\"$0\\\"; env | sort >> \\\"$0\\\"\", \"heard\"]");
    let run = environment.wvl(&["import", "run"]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    let heard = std::fs::read_to_string(environment.path().join("heard")).unwrap();
    let id = environment.database.number("SELECT id FROM job_runs");
    for part in [
        "failed with exit code 1\n",
        "wvl import run on ",
        "WVL_JOB=import run\n",
        "WVL_EXIT_CODE=1\n",
        &format!("wvl runs show {id}\n"),
        &format!("WVL_RUN={id}\n"),
        "/in: No such file or directory",
    ] {
        assert!(heard.contains(part), "{part}\n{heard}");
    }
    // nothing of ours but what it is told
    let names: Vec<&str> = heard.lines().filter_map(|line| line.split_once('=')).map(|(name, _)| name).collect();
    assert!(
        names.iter().all(|name| {
            ["WVL_", "PATH", "LANG", "HOME", "PWD", "OLDPWD", "SHLVL", "_"].iter().any(|known| name.starts_with(known))
        }),
        "{heard}"
    );
    assert!(!heard.contains("WVL_CONFIG") && !heard.contains("WVL_PG_BINDIR"), "{heard}");
    // a good run is nobody's business
    std::fs::remove_file(environment.path().join("heard")).unwrap();
    std::fs::create_dir(environment.path().join("in")).unwrap();
    environment.ok(&["import", "run"]);
    assert!(!environment.path().join("heard").exists());
}

#[test]
fn whatever_the_program_does_the_job_ends_as_it_ended() {
    for (command, told) in [
        ("[\"/nowhere/at-all\"]", "on_error /nowhere/at-all cannot be started"),
        ("[\"false\", \"geheim\"]", "on_error false failed (exit status: 1)"),
        ("[\"sh\", \"-c\", \"sleep 50; exit 0\"]", "on_error sh has not ended within 1 seconds"),
    ] {
        let environment = failing(command);
        let started = Instant::now();
        let run = environment.wvl(&["import", "run"]);
        assert_eq!(run.code, 1, "{}", run.stderr);
        assert!(started.elapsed() < Duration::from_secs(20));
        let warnings: Vec<&str> = run.stderr.lines().filter(|line| line.contains("on_error")).collect();
        assert_eq!(warnings.len(), 1, "{}", run.stderr);
        assert!(warnings[0].contains(told) && !run.stderr.contains("geheim"), "{}", run.stderr);
        assert_eq!(environment.database.number("SELECT exit_code FROM job_runs"), 1);
    }
}

#[test]
fn a_dump_that_finds_no_database_is_heard_of() {
    let monitor = Monitor::start(Mood::Answers(200));
    let environment = office(&format!(
        "[job]\non_error = [\"tee\", \"heard\"]\n[job.db-dump]\nfolder = \"backup\"\n\
         ping_url = \"http://127.0.0.1:{}/5a5a-secret?x=1\"\n",
        monitor.port
    ));
    std::fs::create_dir(environment.path().join("backup")).unwrap();
    let text = std::fs::read_to_string(environment.config()).unwrap();
    let nobody = "postgresql://127.0.0.1:1/nowhere";
    environment.write("wvl.toml", text.replace(&environment.database.url, nobody));
    let run = environment.wvl(&["db", "dump"]);
    assert_eq!(run.code, 69, "{}", run.stderr);
    assert_eq!(monitor.requests(), [get("/fail")]);
    let heard = std::fs::read_to_string(environment.path().join("heard")).unwrap();
    assert!(heard.contains("exit code 69"), "{heard}");
}

#[test]
fn a_bug_is_told_and_noted_too() {
    let monitor = Monitor::start(Mood::Answers(200));
    let environment = office(&format!(
        "[job]\non_error = [\"tee\", \"heard\"]\n[job.import-run]\nping_url = \"http://127.0.0.1:{}/5a5a-secret?x=1\"\n",
        monitor.port
    ));
    environment.write("in/customers.csv", "Nr;Name\n20001;Neu\n");
    let run = crate::env::run(environment.command(&["import", "run"]).env("FAILPOINTS", "import-before-move=panic"));
    assert_eq!(run.code, 70, "{}", run.stderr);
    assert_eq!(monitor.requests(), [get("/start"), get("/fail")]);
    let heard = std::fs::read_to_string(environment.path().join("heard")).unwrap();
    assert!(heard.contains("exit code 70") && heard.contains("import run has panicked"), "{heard}");
    assert_eq!(environment.database.text("SELECT concat_ws(' ', outcome, exit_code) FROM job_runs"), "failed 70");
}

#[test]
fn a_configuration_that_others_may_write_starts_no_program() {
    use std::os::unix::fs::PermissionsExt;
    let environment = failing("[\"touch\", \"heard\"]");
    std::fs::set_permissions(environment.config(), std::fs::Permissions::from_mode(0o666)).unwrap();
    let run = environment.wvl(&["import", "run"]);
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("on_error is refused"), "{}", run.stderr);
    assert!(!environment.path().join("heard").exists());
}

/// An authority of the house, and a server for localhost whom it vouches for.
fn authority(folder: &Path) -> TlsAcceptor {
    let openssl = |subject: &str, key: &str, certificate: &str, more: &[&str]| {
        let mut command = Command::new("openssl");
        command.args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", subject, "-keyout", key]);
        let made = command.args(["-out", certificate]).args(more).current_dir(folder).stderr(Stdio::null()).status();
        assert!(made.unwrap().success(), "{subject}");
    };
    openssl("/CN=Haus-CA", "ca.key", "ca.pem", &[]);
    let signed = ["-CA", "ca.pem", "-CAkey", "ca.key", "-addext", "subjectAltName=DNS:localhost"];
    openssl(
        "/CN=localhost",
        "server.key",
        "server.pem",
        &[&signed[..], &["-addext", "basicConstraints=CA:FALSE"]].concat(),
    );
    let read = |name: &str| std::fs::read(folder.join(name)).unwrap();
    TlsAcceptor::new(Identity::from_pkcs8(&read("server.pem"), &read("server.key")).unwrap()).unwrap()
}

#[test]
fn a_monitor_is_told_over_tls_only_if_somebody_vouches_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let monitor = Monitor::start_with(Mood::Answers(200), Some(authority(folder.path())));
    let of = |host: &str| {
        let url = format!("https://{host}:{}/5a5a-secret?x=1", monitor.port);
        office(&format!("[job.mail-flush]\nping_url = \"{url}\"\n"))
    };
    let flush = |environment: &TestEnvironment, trusts: bool| {
        let mut command = environment.command(&["mail", "flush"]);
        // where the machine keeps those it trusts; a test cannot write there
        let trusted = folder.path().join(if trusts { "ca.pem" } else { "nobody.pem" });
        let done = run(command.env("SSL_CERT_FILE", trusted).env("SSL_CERT_DIR", folder.path().join("nobody")));
        assert_eq!((done.code, done.stderr.as_str()), (0, ""), "no monitor fails a job");
    };
    flush(&of("localhost"), true);
    assert_eq!(monitor.requests(), [get("/start"), get("")]);
    // neither a stranger's certificate nor one for another name
    flush(&of("localhost"), false);
    flush(&of("127.0.0.1"), true);
    assert_eq!(monitor.requests().len(), 2, "{:?}", monitor.requests());
}
