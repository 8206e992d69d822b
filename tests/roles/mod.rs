//! Who may do what: `wvl role`, and that no command does what psql as the same role may not.

mod commands;
mod matrix;
