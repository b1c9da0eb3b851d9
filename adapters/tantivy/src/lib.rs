//! sociosphere-tantivy.
