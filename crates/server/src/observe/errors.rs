//! Error lines become groups: whoever writes `error!` need do no more. Panics write one.

use std::{fmt, panic, sync::Arc};

use graph::TraceId;
use social::errors::{Occurrence, Pot, Source, scrub};
use tracing::{
    Event, Level, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{Layer, layer::Context};

/// Puts each error line into a pot, whence it is written to the store later.
pub struct ErrorGroups(pub Arc<Pot>);

impl<S: Subscriber> Layer<S> for ErrorGroups {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if *event.metadata().level() != Level::ERROR {
            return;
        }
        let mut fields = Fields::default();
        event.record(&mut fields);
        let places = [event.metadata().target(), &fields.path, &fields.location, &fields.job];
        let place: Vec<_> = places.into_iter().filter(|place| !place.is_empty()).collect();
        self.0.note(Occurrence {
            source: Source::Server,
            title: fields.message,
            place: place.join(" "),
            detail: fields.error,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            request: fields.request,
            trace: TraceId::current().map(|trace| trace.to_string()).unwrap_or_default(),
            at_ms: u64::try_from(jiff::Timestamp::now().as_millisecond()).unwrap_or(0),
        });
    }
}

#[derive(Default)]
struct Fields {
    message: String,
    error: String,
    path: String,
    location: String,
    job: String,
    request: String,
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.record_str(field, &format!("{value:?}"));
    }
    fn record_str(&mut self, field: &Field, value: &str) {
        let into = match field.name() {
            "message" => &mut self.message,
            "error" | "error.message" => &mut self.error,
            "url.path" => &mut self.path,
            "error.location" => &mut self.location,
            "job.kind" => &mut self.job,
            "http.request.id" => &mut self.request,
            _ => return,
        };
        value.clone_into(into);
    }
}

/// Makes a log line of each panic, in place of the words on stderr, which may quote what somebody wrote.
pub fn hear_panics() {
    panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(|at| format!("{}:{}", at.file(), at.line()));
        let place = place.unwrap_or_default();
        let text = panic.payload_as_str().unwrap_or_default();
        tracing::error!(error.location = place, error.message = scrub(text), "panicked at {place}");
    }));
}
