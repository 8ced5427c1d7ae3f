//! Real servers for tests: databases, and the one that starts browsers. Each one listens on a free port of the loopback interface, keeps its files in its
//! own folder, and stops when its handle is dropped. If the tests are killed, a watchdog stops the server and removes
//! the folder.
//!
//! If a server is not installed, the test is not skipped. It fails and says what to install.

mod chromedriver;
mod postgres;
mod process;
mod redis;
mod redis_cluster;
mod redis_sentinel;

pub use chromedriver::ChromeDriver;
pub use postgres::Postgres;
pub use redis::Redis;
pub use redis_cluster::RedisCluster;
pub use redis_sentinel::RedisSentinel;
