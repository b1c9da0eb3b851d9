//! sociosphere-server.
