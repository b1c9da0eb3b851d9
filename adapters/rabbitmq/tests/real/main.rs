//! Everything that is asked of the adapter, on a running RabbitMQ: the contract suites, and faults.
//!
//! A suite uses the RabbitMQ of `SOCIOSPHERE_TEST_QUEUE_AMQP_URL` (`…_BUS_AMQP_URL`; or `SOCIOSPHERE_TEST_QUEUE_URL`, if it begins
//! with `amqp`) if there is one, else a server that this program starts for itself. Each test has a prefix of its own.

mod bus;
mod celery;
mod faults;
mod queue;
mod server;
mod support;
