//! Notifications.

pub mod model;
