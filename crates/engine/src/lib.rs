//! sociosphere-engine.
