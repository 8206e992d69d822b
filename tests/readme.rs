//! What the README tells somebody to type beside wvl's own commands. Those are read by clap in `src/cli/examples.rs`, and the first
//! five minutes are typed in `tests/docs/newcomer.rs`.

#[test]
fn the_targets_of_make_that_the_readme_names_exist() {
    let readme = include_str!("../README.md");
    let makefile = include_str!("../Makefile");
    let named: Vec<&str> =
        readme.split("make ").skip(1).filter_map(|rest| rest.split([' ', '`', '\n', ';']).next()).collect();
    for target in ["demo", "test", "bench", "install", "deb"] {
        assert!(named.contains(&target), "make {target} is not named");
        assert!(makefile.contains(&format!("\n{target}:")), "make {target} is no target");
    }
}

#[test]
fn the_files_that_the_readme_names_are_there() {
    let readme = include_str!("../README.md");
    let named = readme.split('`').skip(1).step_by(2);
    let ours = named
        .filter(|name| ["src/", "templates/", "migrations/", "tests/"].iter().any(|folder| name.starts_with(folder)));
    let ours: Vec<&str> = ours.filter(|name| !name.contains('*')).collect();
    assert!(ours.len() >= 4, "{ours:?}");
    for name in ours {
        assert!(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(name).exists(), "{name} is not there");
    }
}
