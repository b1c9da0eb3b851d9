//! sociosphere-smtp.
