//! `make install` and the Debian package put the same files in the same places, and switch nothing on.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::env::{bare_command, run};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// `make install` with the binary of this test, into this root directory.
fn install(root: &Path, prefix: &str) -> String {
    let mut command = Command::new("make");
    command.current_dir(ROOT).env_clear().env("PATH", "/usr/bin:/bin").arg("--silent").arg("install");
    command.arg(format!("DESTDIR={}", root.display())).arg(format!("PREFIX={prefix}"));
    let run = run(command.arg(concat!("WVL=", env!("CARGO_BIN_EXE_wvl"))));
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    run.stdout
}

fn collect(root: &Path, folder: &Path, files: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(root, &path, files);
        } else {
            files.insert(path.strip_prefix(root).unwrap().display().to_string());
        }
    }
}

/// The files of a tree, without the name of its root.
fn files(root: &Path) -> BTreeSet<String> {
    let mut files = BTreeSet::new();
    collect(root, root, &mut files);
    files
}

fn text(path: PathBuf) -> String {
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Where a package has each page, and each template.
fn pages_and_templates() -> BTreeSet<String> {
    let pages = files(&Path::new(ROOT).join("man")).into_iter();
    let pages = pages.map(|page| format!("usr/share/man/man{}/{page}", page.rsplit_once('.').unwrap().1));
    let templates = files(&Path::new(ROOT).join("templates")).into_iter();
    pages.chain(templates.map(|template| format!("usr/share/wvl/templates/{template}"))).collect()
}

#[test]
fn everything_lies_where_debian_expects_it() {
    let root = tempfile::tempdir().unwrap();
    install(root.path(), "/usr");
    let mut wanted = pages_and_templates();
    wanted.extend(
        [
            "etc/cron.d/wvl",
            "usr/bin/wvl",
            "usr/share/bash-completion/completions/wvl",
            "usr/share/doc/wvl/README.md",
            "usr/share/doc/wvl/examples/wvl.toml",
            "usr/share/fish/vendor_completions.d/wvl.fish",
            "usr/share/zsh/vendor-completions/_wvl",
        ]
        .map(str::to_owned),
    );
    assert_eq!(files(root.path()), wanted);
    let generated = run(&mut bare_command(&["config", "generate"])).stdout;
    assert_eq!(text(root.path().join("usr/share/doc/wvl/examples/wvl.toml")), generated);

    let cron = root.path().join("etc/cron.d/wvl");
    let jobs: Vec<String> =
        text(cron.clone()).lines().filter(|line| line.contains("/wvl ")).map(str::to_owned).collect();
    assert!(jobs.iter().any(|job| job == "#*/10 * * * * root [ ! -x /usr/bin/wvl ] || /usr/bin/wvl escalate run"));
    assert!(text(cron.clone()).lines().all(|line| line.starts_with('#')), "something is switched on");
    // once more: what somebody has switched on stays
    std::fs::write(&cron, "*/10 * * * * root /usr/bin/wvl escalate run\n").unwrap();
    let said = install(root.path(), "/usr");
    assert!(said.contains("stays as it is"), "{said}");
    assert_eq!(text(cron), "*/10 * * * * root /usr/bin/wvl escalate run\n");
}

#[test]
fn whoever_installs_into_a_home_writes_nothing_beside_it() {
    let root = tempfile::tempdir().unwrap();
    let home = root.path().join("home/anna/.local");
    install(Path::new(""), home.to_str().unwrap());
    let files = files(root.path());
    assert!(files.contains("home/anna/.local/bin/wvl") && files.contains("home/anna/.local/share/man/man1/wvl.1"));
    assert!(files.contains("home/anna/.local/share/zsh/site-functions/_wvl"));
    assert!(files.iter().all(|file| file.starts_with("home/anna/.local/")), "{files:?}");
}

/// The files of the Debian package, from Cargo.toml.
fn packaged() -> BTreeSet<String> {
    let manifest: toml::Table = text(Path::new(ROOT).join("Cargo.toml")).parse().unwrap();
    let deb = &manifest["package"]["metadata"]["deb"];
    let mut packaged = BTreeSet::new();
    for asset in deb["assets"].as_array().unwrap() {
        let part = |index: usize| asset[index].as_str().unwrap();
        let (source, target) = (part(0), part(1));
        let sources: Vec<String> = match source.split_once('*') {
            Some((folder, pattern)) => {
                let ending = pattern.trim_start_matches(['*', '/']);
                let all = files(&Path::new(ROOT).join(folder)).into_iter();
                all.filter(|file| file.ends_with(ending)).collect()
            }
            None => vec![Path::new(source).file_name().unwrap().to_str().unwrap().to_owned()],
        };
        packaged.extend(sources.into_iter().map(|file| match target.ends_with('/') {
            true => format!("{target}{file}"),
            false => target.to_owned(),
        }));
    }
    let conffiles: Vec<&str> =
        deb["conf-files"].as_array().unwrap().iter().map(|file| file.as_str().unwrap()).collect();
    for file in packaged.iter().filter(|file| file.starts_with("etc/")) {
        assert!(conffiles.contains(&format!("/{file}").as_str()), "{file} is no conffile");
    }
    packaged
}

#[test]
fn the_package_has_what_is_installed() {
    let root = tempfile::tempdir().unwrap();
    install(root.path(), "/usr");
    let (installed, packaged) = (files(root.path()), packaged());
    let only = |left: &BTreeSet<String>, right: &BTreeSet<String>| left.difference(right).cloned().collect::<Vec<_>>();
    assert_eq!(only(&installed, &packaged), ["usr/share/doc/wvl/examples/wvl.toml"]);
    assert_eq!(only(&packaged, &installed), ["etc/logrotate.d/wvl", "etc/wvl/wvl.toml"]);
}

#[test]
fn the_configuration_of_the_package_is_the_generated_one_with_one_place_for_all_users() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/packaging/generate"));
    command.env_clear().env("PATH", "/usr/bin:/bin").args([env!("CARGO_BIN_EXE_wvl"), "/usr"]);
    let made = run(command.arg(folder.path()).arg("wvl"));
    assert_eq!((made.code, made.stderr.as_str()), (0, ""));
    let generated = run(&mut bare_command(&["config", "generate"])).stdout;
    let packaged = text(folder.path().join("wvl.toml"));
    let differing: Vec<&str> = packaged.lines().filter(|line| !generated.lines().any(|known| known == *line)).collect();
    assert_eq!(differing, ["state_dir = \"/var/lib/wvl\"", "signing_keys_file = \"signing-keys\""]);
    let cron = text(folder.path().join("wvl.cron"));
    assert!(cron.contains("\n#*/5 * * * * wvl [ ! -x /usr/bin/wvl ] || /usr/bin/wvl mail flush\n"), "{cron}");
    let dump = "\n#15 3 * * * wvl [ ! -x /usr/bin/wvl ] || /usr/bin/wvl db dump /var/backups/wvl --keep 14\n";
    assert!(cron.contains(dump) && cron.contains("install -d -o wvl -m 700 /var/backups/wvl"), "{cron}");
    assert!(cron.lines().all(|line| line.starts_with('#')), "{cron}");
}
