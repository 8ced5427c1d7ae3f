//! What clients see when something breaks: the process, the disk, the store. Nothing sleeps; the table of what was seen is
//! printed once all tests have played, and shown with `-- --nocapture`.

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
