//! The pure decisions of the engine against cases worked out by hand, and against a plain model.

mod gate;
mod model;
mod recipients;
pub mod simulator;
mod timing;
