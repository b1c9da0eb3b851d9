//! sociosphere-graph.
