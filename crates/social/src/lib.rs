//! sociosphere-social.
