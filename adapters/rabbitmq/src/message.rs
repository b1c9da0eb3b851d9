//! A task of Celery as a message of AMQP and back; a job's own facts travel as headers that Celery passes by.
//!
//! A message of ours bears its user (`user_id`): RabbitMQ lets nobody bear another's. What comes without it is somebody else's.

use celery_wire::{Error, Task};
use engine::queue::NewJob;
use lapin::{
    BasicProperties,
    types::{AMQPValue, FieldArray, FieldTable, ShortString},
};
use serde_json::{Map, Value};

/// The header of a job's priority.
const PRIORITY: &str = "job_priority";
/// The headers of a dead job: what its last try said, how often it was tried, when it was given up.
pub(crate) const DEAD: [&str; 3] = ["job_error", "job_attempts", "job_died_at"];
/// The deepest table that is read.
const DEEP: u8 = 16;

/// A job of ours as a task that was tried so often.
pub(crate) fn task_of(job: &NewJob, attempt: u32) -> Result<Task, Error> {
    let mut task = Task::of_job(&job.key, &job.kind, &job.body, job.run_at_ms)?;
    task.retries = attempt;
    task.extra.insert(PRIORITY.to_owned(), job.priority.into());
    Ok(task)
}

/// The job in a task; `None`: it is none of ours. What came without a time may run since `now_ms`.
pub(crate) fn job_of(task: &Task, now_ms: u64) -> Option<NewJob> {
    let job = task.job()?;
    let priority = task.extra.get(PRIORITY).and_then(Value::as_u64).unwrap_or(0);
    Some(NewJob {
        key: job.key,
        kind: job.kind,
        body: job.body.into(),
        run_at_ms: job.run_at_ms.unwrap_or(now_ms),
        priority: u8::try_from(priority).unwrap_or(u8::MAX),
    })
}

/// The properties of a task's message, sent by this user.
pub(crate) fn properties_of(task: &Task, user: Option<&str>) -> BasicProperties {
    let mut properties = json_properties(&task.headers()).with_delivery_mode(2);
    properties = properties.with_priority(task.priority);
    let correlation = task.correlation_id.as_ref().unwrap_or(&task.id);
    if let Ok(correlation) = ShortString::try_new(correlation.as_str()) {
        properties = properties.with_correlation_id(correlation);
    }
    if let Some(Ok(reply_to)) = task.reply_to.as_deref().map(ShortString::try_new) {
        properties = properties.with_reply_to(reply_to);
    }
    if let Some(Ok(user)) = user.map(ShortString::try_new) {
        properties = properties.with_user_id(user);
    }
    properties
}

/// JSON in UTF-8 with these headers.
pub(crate) fn json_properties(headers: &Map<String, Value>) -> BasicProperties {
    BasicProperties::default()
        .with_content_type("application/json".into())
        .with_content_encoding("utf-8".into())
        .with_headers(table(headers))
}

/// The headers of a message as Celery sees them: what RabbitMQ adds (`x-death`) is not its.
pub(crate) fn headers_of(properties: &BasicProperties) -> Map<String, Value> {
    let mut headers = Map::new();
    for (name, value) in properties.headers().iter().flatten() {
        if !name.as_str().starts_with("x-") {
            headers.insert(name.to_string(), json(value, DEEP));
        }
    }
    headers
}

/// Reads a task. Its priority is what the broker was told.
pub(crate) fn task_in(properties: &BasicProperties, body: &[u8]) -> Result<Task, Error> {
    let text = |it: &Option<ShortString>| it.as_ref().map(ToString::to_string);
    let kind = text(properties.content_type()).unwrap_or_else(|| "application/json".to_owned());
    let encoding = text(properties.content_encoding()).unwrap_or_else(|| "utf-8".to_owned());
    let headers = headers_of(properties);
    let plain = matches!(headers.get("compression"), None | Some(Value::Null));
    if kind != "application/json" || !encoding.eq_ignore_ascii_case("utf-8") || !plain {
        return Err(Error::Content(kind.chars().take(60).collect()));
    }
    let mut task = Task::parse(&headers, body)?;
    task.reply_to = text(properties.reply_to());
    task.correlation_id = text(properties.correlation_id());
    task.priority = properties.priority().unwrap_or(0);
    Ok(task)
}

fn table(fields: &Map<String, Value>) -> FieldTable {
    let mut table = FieldTable::default();
    for (name, value) in fields {
        if let Ok(name) = ShortString::try_new(name.as_str()) {
            table.insert(name, amqp(value));
        }
    }
    table
}

fn amqp(value: &Value) -> AMQPValue {
    match value {
        Value::Null => AMQPValue::Void,
        Value::Bool(value) => AMQPValue::Boolean(*value),
        Value::Number(number) => match number.as_i64() {
            Some(number) => AMQPValue::LongLongInt(number),
            None => AMQPValue::Double(number.as_f64().unwrap_or(0.0)),
        },
        Value::String(text) => AMQPValue::LongString(text.as_str().into()),
        Value::Array(items) => {
            AMQPValue::FieldArray(FieldArray::from(items.iter().map(amqp).collect::<Vec<_>>()))
        }
        Value::Object(fields) => AMQPValue::FieldTable(table(fields)),
    }
}

fn json(value: &AMQPValue, deep: u8) -> Value {
    let Some(deeper) = deep.checked_sub(1) else { return Value::Null };
    match value {
        AMQPValue::Boolean(value) => (*value).into(),
        AMQPValue::ShortShortInt(number) => (*number).into(),
        AMQPValue::ShortShortUInt(number) => (*number).into(),
        AMQPValue::ShortInt(number) => (*number).into(),
        AMQPValue::ShortUInt(number) => (*number).into(),
        AMQPValue::LongInt(number) => (*number).into(),
        AMQPValue::LongUInt(number) => (*number).into(),
        AMQPValue::LongLongInt(number) => (*number).into(),
        AMQPValue::Timestamp(number) => (*number).into(),
        AMQPValue::Float(number) => (*number).into(),
        AMQPValue::Double(number) => (*number).into(),
        AMQPValue::ShortString(text) => text.as_str().into(),
        AMQPValue::LongString(text) => String::from_utf8_lossy(text.as_bytes()).into(),
        AMQPValue::ByteArray(bytes) => String::from_utf8_lossy(bytes.as_slice()).into(),
        AMQPValue::FieldArray(items) => {
            items.as_slice().iter().map(|item| json(item, deeper)).collect()
        }
        AMQPValue::FieldTable(fields) => {
            let field =
                |(name, value): (&ShortString, &AMQPValue)| (name.to_string(), json(value, deeper));
            Value::Object(fields.inner().iter().map(field).collect())
        }
        AMQPValue::Void | AMQPValue::DecimalValue(_) => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Headers of real tasks go into AMQP's types and come back as they were.
    #[test]
    fn celerys_headers_survive_the_way_through_amqp() {
        let golden = include_str!("../../../crates/celery-wire/tests/golden/amqp_tasks.json");
        let tasks: Vec<Value> = serde_json::from_str(golden).unwrap();
        assert!(tasks.len() > 5);
        for theirs in tasks {
            let headers = theirs["headers"].as_object().unwrap();
            let properties = json_properties(headers);
            assert_eq!(&headers_of(&properties), headers);
            let task = task_in(&properties, theirs["body"].as_str().unwrap().as_bytes()).unwrap();
            assert_eq!(task.id, theirs["headers"]["id"].as_str().unwrap());
        }
    }

    #[test]
    fn a_job_survives_as_a_message() {
        let body = bytes::Bytes::from_static(b"{\"n\":1}");
        let job = NewJob {
            key: "a".to_owned(),
            kind: "test.kind".to_owned(),
            body,
            run_at_ms: 1_234,
            priority: 200,
        };
        let task = task_of(&job, 3).unwrap();
        let properties = properties_of(&task, Some("guest"));
        let read = task_in(&properties, &task.body()).unwrap();
        assert_eq!((job_of(&read, 0), read.retries), (Some(job), 3));
        assert_eq!(properties.user_id().as_ref().unwrap().as_str(), "guest");
    }
}
