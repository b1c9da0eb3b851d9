//! Timelines: home, public, tag, account.
