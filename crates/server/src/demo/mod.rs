//! The demo community: the people of a small harbour town, with six weeks of life behind them.
//!
//! What they say stands in `demo/` at the project's root, as a script that people can read; it is embedded in the
//! binary. Everything is built through the product's own verbs, on a clock that walks from then to now, so what is
//! seen is what the product made of it: nothing is written past it.

mod plan;
mod play;
mod script;
#[cfg(test)]
mod tests;

pub use play::{DemoError, Told, tell};
pub use script::{Person, Photo, Post, Script, ScriptError};

/// The password of everybody in the demo. It is printed, and no secret.
pub const PASSWORD: &str = "lanternhaven-demo";

/// `demo/`, embedded.
#[derive(rust_embed::Embed)]
#[folder = "$CARGO_MANIFEST_DIR/../../demo"]
struct Folder;
