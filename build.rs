//! Lists the folder `migrations/` for `db::migrations`, so that a new migration is compiled in without being named anywhere.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let folder = Path::new(&env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?).join("migrations");
    let mut names = Vec::new();
    for entry in fs::read_dir(&folder)? {
        let entry = entry?;
        if entry.path().join("up.sql").is_file() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    let mut code = String::from("static MIGRATIONS: &[Migration] = &[\n");
    for name in names {
        let up = folder.join(&name).join("up.sql");
        let down = folder.join(&name).join("down.sql");
        writeln!(code, "    Migration {{ name: {name:?}, up: include_str!({up:?}), down: include_str!({down:?}) }},")
            .map_err(io::Error::other)?;
    }
    code.push_str("];\n");
    fs::write(Path::new(&env::var("OUT_DIR").map_err(io::Error::other)?).join("migrations.rs"), code)?;
    println!("cargo::rerun-if-changed=migrations");
    println!("cargo::rerun-if-changed=build.rs");
    Ok(())
}
