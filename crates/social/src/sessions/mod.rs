//! Sessions of the web client: sign-in, access tokens, refresh-token rotation, devices.

pub mod model;
pub mod passwords;
