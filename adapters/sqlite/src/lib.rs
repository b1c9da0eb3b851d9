//! sociosphere-sqlite.
