//! Real database servers for tests. Each one listens on a free port of the loopback interface, keeps its files in a
//! folder of its own, and ends with its handle; should the tests be killed, a watchdog ends it and removes the folder.
//!
//! Nothing is skipped where a server is not installed: the test fails and says what to install.

mod postgres;
mod process;
mod redis;
mod redis_cluster;
mod redis_sentinel;

pub use postgres::Postgres;
pub use redis::Redis;
pub use redis_cluster::RedisCluster;
pub use redis_sentinel::RedisSentinel;
