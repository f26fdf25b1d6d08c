//! Rules of folders: of `<Directory>` sections and of the `.htaccess` files that
//! `AllowOverride` lets httpd read. They are run last, on the path within their folder.
use super::config::{self, Config, Directive};
use super::section::{self, Asked, is_below};
use super::site::Site;
use crate::fact::Gap;
use crate::nginx::files::Files;
use crate::nginx::glob;
use crate::path::HostPath;
use crate::prelude::*;

/// The deepest folder whose files are looked for.
const DEPTH: usize = 12;

/// The rules of one folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FolderRules {
    /// Its directives.
    pub directives: Vec<Directive>,
    /// The folder as a prefix of the URL's path, with a slash at its end.
    pub prefix: String,
    /// Where they stand, as a person would name it.
    pub name: String,
}

/// Where a site's folders are looked up.
#[derive(Clone, Copy)]
pub(super) struct Folders<'c, 'r> {
    /// The site.
    pub site: Site<'c>,
    /// The whole configuration, for its modules.
    pub config: &'c Config,
    /// The host's files.
    pub files: &'r dyn Files,
}

impl Folders<'_, '_> {
    /// The rules that hold for a file, which `path` stands for: those of the deepest folder
    /// that has any, for they take the place of those above (`RewriteOptions Inherit` apart).
    pub(super) fn rules(&self, file: &str, path: &str, gaps: &mut Vec<Gap>) -> Option<FolderRules> {
        let asked = Asked {
            path: path.to_owned(),
            file: file.to_owned(),
        };
        let sections = section::sections(&self.site, &asked);
        let mut engine: Option<Directive> = None;
        let mut chosen: Option<FolderRules> = None;
        for folder in folders_of(file) {
            let own = sections
                .iter()
                .filter(|d| d.is("Directory") && same_folder(d.arg(0), folder));
            let own = own.map(|d| (d.block.clone(), format!("Directory {}", d.arg(0))));
            let places: Vec<_> = own.chain(self.access_file(folder, gaps)).collect();
            for (directives, name) in places {
                if !directives.iter().any(is_of_rewrite) {
                    continue;
                }
                let switch = directives.iter().rfind(|d| d.is("RewriteEngine")).cloned();
                let inherited = engine.clone().filter(|_| switch.is_none());
                engine = switch.or(engine);
                chosen = url_prefix(file, folder, path).map(|prefix| FolderRules {
                    directives: inherited.into_iter().chain(directives).collect(),
                    prefix,
                    name,
                });
            }
        }
        chosen
    }

    /// The `.htaccess` of a folder, where httpd reads it and it is there.
    pub(super) fn access_file(
        &self,
        folder: &str,
        gaps: &mut Vec<Gap>,
    ) -> Option<(Vec<Directive>, String)> {
        if !self.may_override(folder) {
            return None;
        }
        let name = self.site.last("AccessFileName").map(|d| d.arg(0));
        let path = HostPath::new(folder).join(name.unwrap_or(".htaccess"));
        let read = config::load_of_folder(self.files, &path, &self.config.modules);
        gaps.extend(read.gaps);
        read.is_there.then(|| (read.directives, path.to_string()))
    }

    /// Whether `AllowOverride` of the folder lets such a file make rules; nobody is
    /// unless the configuration says so. Only sections without patterns count.
    fn may_override(&self, folder: &str) -> bool {
        let mut above: Vec<&Directive> = self
            .site
            .all()
            .filter(|d| {
                let plain = d.is("Directory") && !glob::is_pattern(d.arg(0)) && d.arg(0) != "~";
                plain && is_below(folder, d.arg(0))
            })
            .collect();
        above.sort_by_key(|d| d.arg(0).trim_end_matches('/').len());
        let last = |name: &str| {
            let mut all = above.iter().flat_map(|d| &d.block);
            all.rfind(|d| d.is(name))
        };
        let has = |d: Option<&Directive>, words: &[&str]| {
            let args = d.into_iter().flat_map(|d| &d.args);
            args.into_iter()
                .any(|arg| words.iter().any(|word| arg.eq_ignore_ascii_case(word)))
        };
        has(last("AllowOverride"), &["All", "FileInfo"])
            || has(last("AllowOverrideList"), &["RewriteRule", "mod_rewrite.c"])
    }
}

/// The folders that a file lies in, the outmost first.
fn folders_of(file: &str) -> impl Iterator<Item = &str> {
    let ends = file.match_indices('/').map(|(at, _)| at);
    ends.take(DEPTH)
        .filter_map(|at| file.get(..at))
        .map(|folder| if folder.is_empty() { "/" } else { folder })
}

fn same_folder(written: &str, folder: &str) -> bool {
    written.trim_end_matches('/') == folder.trim_end_matches('/')
}

fn is_of_rewrite(directive: &Directive) -> bool {
    [
        "RewriteEngine",
        "RewriteRule",
        "RewriteCond",
        "RewriteOptions",
    ]
    .iter()
    .any(|name| directive.is(name))
}

/// What of the URL's path stands for the folder; none where the folder lies above what the
/// URL shows.
fn url_prefix(file: &str, folder: &str, path: &str) -> Option<String> {
    let rest = file.strip_prefix(folder)?.trim_start_matches('/');
    let prefix = path.strip_suffix(rest)?;
    prefix.ends_with('/').then(|| prefix.to_owned())
}

/// Whether rules may end the way of a request: send it to a backend, or answer it.
pub(super) fn may_end(rules: &FolderRules) -> bool {
    let flags = rules.directives.iter().filter(|d| d.is("RewriteRule"));
    let ends = ["P", "proxy", "F", "forbidden", "G", "gone", "R", "redirect"];
    flags.into_iter().any(|rule| {
        let words = rule.arg(2).trim_start_matches('[').trim_end_matches(']');
        let mut words = words.split(',').map(|word| {
            let word = word.trim();
            word.split('=').next().unwrap_or(word)
        });
        words.any(|word| ends.iter().any(|end| word.eq_ignore_ascii_case(end)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_named_from_the_outmost() {
        let all: Vec<&str> = folders_of("/srv/shop/api/x").collect();
        assert_eq!(all, ["/", "/srv", "/srv/shop", "/srv/shop/api"]);
        let all: Vec<&str> = folders_of("/srv/shop/").collect();
        assert_eq!(all, ["/", "/srv", "/srv/shop"]);
    }

    #[test]
    fn a_folder_is_cut_off_the_urls_path() {
        let of = |file: &str, folder: &str, path: &str| url_prefix(file, folder, path);
        assert_eq!(
            of("/srv/shop/api/x", "/srv/shop", "/api/x").as_deref(),
            Some("/")
        );
        assert_eq!(
            of("/srv/shop/api/x", "/srv/shop/api", "/api/x").as_deref(),
            Some("/api/")
        );
        assert_eq!(of("/srv/shop/", "/srv/shop", "/").as_deref(), Some("/"));
        assert_eq!(of("/srv/shop/x", "/srv", "/x"), None);
        // An alias.
        assert_eq!(
            of("/opt/app/x", "/opt/app", "/tool/x").as_deref(),
            Some("/tool/")
        );
    }
}
