use std::path::{Path, PathBuf};

/// Returns the file itself, or every `.json` file in the folder, sorted by name.
pub(crate) fn json_files(path: &Path) -> Result<Vec<PathBuf>, String> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let entries = std::fs::read_dir(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let mut paths: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.retain(|path| path.is_dir() || path.extension().is_some_and(|extension| extension == "json"));
    paths.sort();
    let nested: Result<Vec<_>, String> = paths.iter().map(|path| json_files(path)).collect();
    Ok(nested?.concat())
}
