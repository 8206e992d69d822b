//! Certificates of the tests, made by openssl.

use std::path::Path;
use std::process::{Command, Stdio};

/// A certificate for localhost; `validity` as `openssl ca` has it, `YYMMDDHHMMSSZ`. Certificate and key in PEM.
pub fn certificate(folder: &Path, validity: [&str; 2]) -> (Vec<u8>, Vec<u8>) {
    let openssl = |arguments: &[&str]| {
        let made = Command::new("openssl").args(arguments).current_dir(folder).stderr(Stdio::null()).status();
        assert!(made.unwrap().success(), "{arguments:?}");
    };
    std::fs::write(folder.join("index.txt"), "").unwrap();
    std::fs::write(folder.join("serial"), "01").unwrap();
    std::fs::write(
        folder.join("ca.cnf"),
        "[ca]\ndefault_ca = own\n[own]\ndir = .\ndatabase = index.txt\nserial = serial\nnew_certs_dir = .\n\
         default_md = sha256\npolicy = any\nx509_extensions = names\n[any]\ncommonName = supplied\n\
         [names]\nsubjectAltName = DNS:localhost\n",
    )
    .unwrap();
    openssl(&["req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-keyout", "key.pem", "-out", "r.pem"]);
    let [from, until] = validity;
    openssl(&[
        "ca",
        "-batch",
        "-config",
        "ca.cnf",
        "-selfsign",
        "-notext",
        "-in",
        "r.pem",
        "-keyfile",
        "key.pem",
        "-startdate",
        from,
        "-enddate",
        until,
        "-out",
        "cert.pem",
    ]);
    (std::fs::read(folder.join("cert.pem")).unwrap(), std::fs::read(folder.join("key.pem")).unwrap())
}
