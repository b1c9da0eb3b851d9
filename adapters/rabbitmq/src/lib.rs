//! Bus and queue on RabbitMQ.
