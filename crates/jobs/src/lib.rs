//! sociosphere-jobs.
