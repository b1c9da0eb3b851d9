//! A whole instance in memory.
