//! sociosphere-local.
