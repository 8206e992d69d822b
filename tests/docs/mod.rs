//! Everything that is written down about wvl beside the code: completions, pages, the README, what is installed. On drift:
//! `make docs` writes it anew.

mod completions;
mod install;
mod newcomer;
mod pages;
mod views;
