//! sociosphere-http.
