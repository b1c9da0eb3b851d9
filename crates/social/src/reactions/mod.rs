//! Reactions: like, share, bookmark, pin.
