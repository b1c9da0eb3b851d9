//! Who hears an event: one exhaustive match.
