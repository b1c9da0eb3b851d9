//! Media: upload, process, serve, sweep.
//!
//! Pictures are processed before the answer, video and audio by a job. What is served was made by [`pipeline`]; equal
//! bytes are stored once; what belongs to nothing is swept after a day. Who may read the bytes is decided at
//! each reading, by what the media belongs to.

pub mod model;
pub mod pipeline;

mod upload;
pub use upload::{MediaError, describe, process_upload, upload};

mod hold;

mod room;
pub use room::{forget_room, used, used_by};

mod uploads;
pub use uploads::Uploads;

mod serve;
pub use serve::{Claim, Link, Variant, link, may_read, open, owned};

mod sweep;
pub use sweep::{discard, release, sweep};

mod totals;
pub use totals::{count, totals};

#[cfg(test)]
mod tests;
