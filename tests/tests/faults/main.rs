//! Tests what clients see when the process, the disk, or the store fails. No test sleeps. When all tests have finished,
//! a table of the results is printed; `-- --nocapture` shows it.

mod application;
mod disk_full;
mod flushed;
mod killed;
mod outage;
mod outages;
mod servers;
mod shared;
mod stores;
mod table;
mod under_load;
