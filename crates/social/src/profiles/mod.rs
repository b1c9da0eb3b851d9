//! Profiles: what an account shows, and who may change it.
