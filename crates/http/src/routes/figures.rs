//! Counts and times of answers, by method, route and status: labels with a bound, whatever clients send.

use std::{collections::HashMap, time::Duration};

use http::StatusCode;
use metrics::{Counter, Histogram};
use parking_lot::RwLock;

type Labels = (&'static str, &'static str, u16);

/// The counters that were needed so far. Finding one by its labels costs more than adding to it.
#[derive(Default)]
pub struct Figures(RwLock<HashMap<Labels, (Counter, Histogram)>>);

impl Figures {
    /// Counts an answer. Route and method are patterns or reasons that stand in the code: something with a bound.
    pub fn count(
        &self,
        method: &'static str,
        route: &'static str,
        status: StatusCode,
        took: Duration,
    ) {
        let labels = (method, route, status.as_u16());
        if let Some(found) = self.0.read().get(&labels) {
            return add(found, took);
        }
        let status = status.as_str().to_owned();
        let made = (
            metrics::counter!("http_requests_total",
                "method" => method, "route" => route, "status" => status),
            metrics::histogram!("http_request_seconds", "method" => method, "route" => route),
        );
        add(&made, took);
        self.0.write().insert(labels, made);
    }
}

fn add((counter, histogram): &(Counter, Histogram), took: Duration) {
    counter.increment(1);
    histogram.record(took.as_secs_f64());
}
