//! Sections that hold for a path or a file: `Directory`, `Files`, `Location` and
//! their kin, in the order in which httpd merges them.
use super::config::Directive;
use super::site::Site;
use crate::nginx::glob;
use crate::nginx::pattern;
use crate::prelude::*;

/// What is asked for, for sections to be compared with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// The path of the URL, without its query.
    pub path: String,
    /// The file that it stands for.
    pub file: String,
}

/// The sections that hold, those that count last at the end. `Files` within a `Directory`
/// counts after every `Files` that stands outside, as httpd appends them
/// (`merge_core_dir_configs`); `If` likewise, behind all.
pub fn sections<'c>(site: &Site<'c>, asked: &Asked) -> Vec<&'c Directive> {
    let outside = |names: &[&str]| among(site.all(), names, asked);
    let mut folders = outside(&["Directory", "DirectoryMatch"]);
    // Shorter folders first; those with patterns last.
    folders.sort_by_key(|d| (d.is("DirectoryMatch"), d.arg(0).len()));
    let mut files = outside(&FILES);
    files.extend(within(&folders, &FILES, asked));
    let places = outside(&["Location", "LocationMatch"]);
    let mut all: Vec<&Directive> = folders.into_iter().chain(files).chain(places).collect();
    let nested = within(&all, &["If"], asked);
    all.extend(outside(&["If"]));
    all.extend(nested);
    all
}

const FILES: [&str; 2] = ["Files", "FilesMatch"];

fn within<'c>(sections: &[&'c Directive], names: &[&str], asked: &Asked) -> Vec<&'c Directive> {
    let each = sections.iter().map(|section| section.block.iter());
    each.flat_map(|block| among(block, names, asked)).collect()
}

fn among<'c>(
    all: impl Iterator<Item = &'c Directive>,
    names: &[&str],
    asked: &Asked,
) -> Vec<&'c Directive> {
    let named = all.filter(|d| names.iter().any(|name| d.is(name)));
    named.filter(|d| holds(d, asked)).collect()
}

fn holds(section: &Directive, asked: &Asked) -> bool {
    let file_name = asked.file.rsplit('/').next().unwrap_or_default();
    let (first, is_regex) = match section.arg(0) {
        "~" => (section.arg(1), true),
        word => (word, section.name.to_ascii_lowercase().ends_with("match")),
    };
    let subject = match () {
        () if section.is("Files") || section.is("FilesMatch") => file_name,
        () if section.is("Location") || section.is("LocationMatch") => asked.path.as_str(),
        () if section.is("If") => return is_file_pattern(section, &asked.path),
        () => asked.file.as_str(),
    };
    if is_regex {
        return pattern::find(first.as_bytes(), false, subject.as_bytes())
            .is_ok_and(|found| found.is_some());
    }
    match () {
        () if section.is("Files") => glob::matches(first.as_bytes(), subject.as_bytes()),
        () if glob::is_pattern(first) => glob::matches(first.as_bytes(), subject.as_bytes()),
        () => is_below(subject, first),
    }
}

/// `<If "%{REQUEST_URI} =~ /…/">`; other expressions do not hold, as far as is known.
fn is_file_pattern(section: &Directive, path: &str) -> bool {
    let text = section.args.join(" ");
    let Some((subject, rest)) = text.split_once("=~") else {
        return false;
    };
    let rest = rest.trim();
    let pattern = rest
        .strip_prefix("m#")
        .and_then(|text| text.strip_suffix('#'))
        .or_else(|| {
            rest.strip_prefix('/')
                .and_then(|text| text.strip_suffix('/'))
        });
    subject.trim() == "%{REQUEST_URI}"
        && pattern.is_some_and(|pattern| {
            pattern::find(pattern.as_bytes(), false, path.as_bytes()).is_ok_and(|f| f.is_some())
        })
}

/// Whether a path is that one, or lies below it.
pub fn is_below(path: &str, above: &str) -> bool {
    let above = above.trim_end_matches('/');
    path.strip_prefix(above)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_lies_below_itself_and_its_folders() {
        assert!(is_below("/a/b", "/a"));
        assert!(is_below("/a", "/a/"));
        assert!(is_below("/x", "/"));
        assert!(!is_below("/ab", "/a"));
    }
}
