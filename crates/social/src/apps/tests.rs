//! Stories of apps.
