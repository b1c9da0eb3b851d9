//! Cards: what a page that somebody linked says about itself.
//!
//! A post names the card of its first link when it is published; a job reads the page, once for all posts that link it,
//! through a client that is led to no private address. What is kept is plain text and a picture of our own making: nothing
//! of the page is shown or loaded from where it is.

mod address;
pub mod model;
mod page;

mod attach;
pub use attach::{attach, let_go, relist};

mod fetch;
pub use fetch::fetch;

mod sweep;
pub use sweep::sweep;

#[cfg(test)]
mod tests;
