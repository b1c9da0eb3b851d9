//! Sessions of the web client: sign-in, short-lived access tokens, rotating refresh tokens, devices.

pub mod model;
pub mod passwords;

mod sign_in;
pub use sign_in::{Device as SignInDevice, SignInError, SignedIn, open_session, prove, sign_in};

mod refresh;
pub use refresh::{RefreshError, refresh, sign_out};

mod access;
pub use access::{Access, AccessCache, check_access};

mod devices;
pub(crate) use devices::forget;
pub use devices::{Device, devices, end_device};

mod sweep;
pub use sweep::sweep;

#[cfg(test)]
mod tests;
