//! Stories of posts.
