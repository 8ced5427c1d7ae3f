//! Sections in pages that a command fills in: between `<!-- name -->` and `<!-- /name -->`.

use std::path::Path;
use std::{fs, io};

/// An existing section.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    page: &'a Path,
    name: &'a str,
}

impl<'a> Place<'a> {
    /// Fails early, instead of after everything has been measured.
    pub fn find(page: &'a Path, name: &'a str) -> io::Result<Self> {
        let place = Self { page, name };
        place.filled("").map(|_| place)
    }

    pub fn fill(self, text: &str) -> io::Result<()> {
        fs::write(self.page, self.filled(text)?)
    }

    fn filled(self, text: &str) -> io::Result<String> {
        let Self { page, name } = self;
        filled(&fs::read_to_string(page)?, name, text)
            .ok_or_else(|| io::Error::other(format!("{} does not have a section {name}", page.display())))
    }
}

fn filled(page: &str, name: &str, text: &str) -> Option<String> {
    let (start, end) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->"));
    let (before, rest) = page.split_once(&start)?;
    let (_, after) = rest.split_once(&end)?;
    Some(format!("{before}{start}\n{}\n\n{end}{after}", text.trim()))
}

#[cfg(test)]
mod tests {
    use super::filled;

    #[test]
    fn what_stood_there_goes_and_the_rest_stays() {
        let page = "one\n<!-- a -->\nold\n<!-- /a -->\n<!-- b -->\n<!-- /b -->\n";
        let once = filled(page, "a", "new\n").expect("the place");
        assert_eq!(once, "one\n<!-- a -->\n\nnew\n\n<!-- /a -->\n<!-- b -->\n<!-- /b -->\n");
        assert_eq!(filled(&once, "a", "new").as_deref(), Some(&*once));
        assert_eq!(filled(page, "c", ""), None);
    }
}
