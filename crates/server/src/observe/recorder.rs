//! Gives every figure the name that the world knows it by, and its meaning: the crates that count know neither the product's
//! name nor this table.

use metrics::{Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit};

use super::figures::{FIGURES, Kind, shown};

/// A recorder behind the table of figures.
pub struct Named<R>(R);

impl<R: Recorder> Named<R> {
    /// Tells the recorder what each figure means.
    pub fn new(inner: R) -> Named<R> {
        for figure in FIGURES {
            let (name, doc) = (KeyName::from(shown(figure.name)), figure.doc.into());
            match figure.kind {
                Kind::Counter => inner.describe_counter(name, None, doc),
                Kind::Gauge => inner.describe_gauge(name, None, doc),
                Kind::Histogram => inner.describe_histogram(name, None, doc),
            }
        }
        Named(inner)
    }
}

fn named(key: &Key) -> Key {
    Key::from_parts(shown(key.name()), key.labels().cloned().collect::<Vec<_>>())
}

impl<R: Recorder> Recorder for Named<R> {
    // What figures mean stands in the table alone.
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, metadata: &Metadata<'_>) -> Counter {
        self.0.register_counter(&named(key), metadata)
    }
    fn register_gauge(&self, key: &Key, metadata: &Metadata<'_>) -> Gauge {
        self.0.register_gauge(&named(key), metadata)
    }
    fn register_histogram(&self, key: &Key, metadata: &Metadata<'_>) -> Histogram {
        self.0.register_histogram(&named(key), metadata)
    }
}
