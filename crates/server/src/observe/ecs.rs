//! Log lines as JSON in the Elastic Common Schema: `@timestamp` first, one object a line, everything escaped. Lines of a
//! request and of all that it caused have its `trace.id`.

use std::fmt;

use graph::TraceId;
use serde_json::{Map, Value};
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    fmt::{FmtContext, FormatEvent, FormatFields, format::Writer},
    registry::LookupSpan,
};

/// The longest text of one field; what is longer is cut.
const LONGEST: usize = 8 * 1024;

/// Formats events.
pub struct Ecs;

impl<S, N> FormatEvent<S, N> for Ecs
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut fields = Fields(Map::new());
        let now = jiff::Timestamp::now();
        fields.0.insert("@timestamp".to_owned(), format!("{now:.3}").into());
        let level = event.metadata().level().to_string().to_lowercase();
        fields.0.insert("log.level".to_owned(), level.into());
        fields.0.insert("message".to_owned(), "".into());
        fields.0.insert("ecs.version".to_owned(), "8.17".into());
        fields.0.insert("service.name".to_owned(), "sociosphere".into());
        fields.0.insert("service.version".to_owned(), env!("CARGO_PKG_VERSION").into());
        fields.0.insert("process.pid".to_owned(), std::process::id().into());
        if let Some(trace) = TraceId::current() {
            fields.0.insert("trace.id".to_owned(), trace.to_string().into());
        }
        fields.0.insert("log.logger".to_owned(), event.metadata().target().into());
        event.record(&mut fields);
        // Lines that come by way of the crate `log` bring their logger as a field, and places in sources of libraries.
        if let Some(target) = fields.0.remove("log.target") {
            fields.0.insert("log.logger".to_owned(), target);
            for place in ["log.module_path", "log.file", "log.line"] {
                fields.0.remove(place);
            }
        }
        writeln!(writer, "{}", Value::Object(fields.0))
    }
}

struct Fields(Map<String, Value>);

impl Fields {
    fn put(&mut self, field: &Field, value: Value) {
        // A field is a text or a tree in an index, never both: `error` is a tree in the schema, and so is what is ours.
        let name = match field.name() {
            "error" => "error.message".to_owned(),
            name if name == "message" || name.contains('.') => name.to_owned(),
            name => format!("sociosphere.{name}"),
        };
        self.0.insert(name, value);
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.record_str(field, &format!("{value:?}"));
    }
    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value.chars().take(LONGEST).collect::<String>().into());
    }
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value.into());
    }
    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value.into());
    }
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, value.into());
    }
    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value.into());
    }
}
