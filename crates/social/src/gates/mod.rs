//! The gates: e-mail domains and address ranges from which nobody signs up, or only by staff's leave.

pub mod model;

mod range;
pub use range::{BadRange, Range};

mod keep;
pub use keep::{
    GateError, block_address, block_domain, blocked_addresses, blocked_domains, unblock_address,
    unblock_domain,
};

mod pass;
pub use pass::{Verdict, is_barred, pass};

#[cfg(test)]
mod tests;
