//! A temporary folder for the files of one test.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::{env, fs, process};

/// A new folder. It is removed on drop, with everything in it.
#[derive(Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// Creates a folder that is not used by any other test.
    ///
    /// # Panics
    /// Panics if the folder cannot be created.
    #[must_use]
    pub fn make() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = env::temp_dir().join(format!("jwt-tests-{}-{number}", process::id()));
        fs::create_dir(&path).expect("a new folder");
        Self(path)
    }

    /// Returns the path of a file in the folder.
    #[must_use]
    pub fn file(&self, name: impl AsRef<Path>) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Leftovers do not affect other tests.
        let _ = fs::remove_dir_all(&self.0);
    }
}
