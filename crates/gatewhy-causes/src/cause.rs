//! An entry of the catalogue.
use crate::case::Case;
use crate::verdict::Verdict;
use gatewhy_facts::prelude::*;

/// One cause: its documentation, what it explains, and how it weighs a case.
#[derive(Debug)]
pub struct Cause {
    /// Its id: a word, permanent.
    pub id: &'static str,
    /// What it is, in one line.
    pub title: &'static str,
    /// Its page, Markdown with the headings that the catalogue laws ask for.
    pub page: &'static str,
    /// Causes that follow from this one.
    pub explains: &'static [&'static str],
    /// On which targets it is weighed.
    pub when: When,
    /// Whether it only says that no deeper reason was found: then it gives way to
    /// any cause that fits as surely and explains it.
    pub last_resort: bool,
    /// The source file, relative to the workspace.
    pub file: &'static str,
    /// What it says of a case: one verdict for each subject it has something to
    /// say about; none when it does not apply at all.
    pub weigh: fn(&Case<'_>) -> Vec<Verdict>,
}

impl Cause {
    /// Its title as a part of a sentence.
    pub fn title_within(&self) -> String {
        let title = self.title.trim().trim_end_matches('.');
        let mut letters = title.chars();
        let first = letters.next().into_iter().flat_map(char::to_lowercase);
        let is_name = title.split(' ').next().is_some_and(is_name);
        if is_name {
            title.to_owned()
        } else {
            first.chain(letters).collect()
        }
    }

    /// The first sentence of what its page says about mending it, without its full stop.
    pub fn remedy(&self) -> String {
        let rest = self.page.split("## How to fix it").nth(1);
        let text = rest
            .and_then(|rest| rest.split("##").next())
            .unwrap_or_default();
        let words: Vec<&str> = text.split_ascii_whitespace().collect();
        let text = words.join(" ").replace('`', "");
        let sentence = text.split(". ").next().unwrap_or_default();
        let mut letters = sentence.trim_end_matches('.').chars();
        let first = letters.next().into_iter().flat_map(char::to_lowercase);
        first.chain(letters).collect()
    }
}

/// A name keeps its capitals: `PHP`, `WordPress's`.
fn is_name(word: &str) -> bool {
    word.chars().skip(1).any(char::is_uppercase)
}

/// On which targets a cause is weighed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Only while the target fails.
    Broken,
    /// Also when the target answers just now: it tells of failures that come and
    /// go, and must prove from a live fact that they still do.
    Intermittent,
}

/// The headings that every cause's page has, in order.
pub const HEADINGS: [&str; 5] = [
    "## How it looks",
    "## Why it happens",
    "## How to be sure",
    "## How to fix it",
    "## What looks the same",
];

/// Declares a cause. The documentation comment is the page that users read; its
/// first paragraph is the title.
///
/// ```text
/// cause! {
///     /// Nothing listens where the proxy sends requests.
///     ///
///     /// ## How it looks
///     /// …
///     id: "backend-stopped",
///     explains: ["no-live-upstream"],
///     weigh: weigh,
/// }
/// ```
#[macro_export]
macro_rules! cause {
    (
        #[doc = $title:literal]
        $(#[doc = $line:literal])*
        id: $id:literal,
        explains: [$($explained:literal),* $(,)?],
        $(when: $when:ident,)?
        $(last_resort: $last_resort:literal,)?
        weigh: $weigh:path $(,)?
    ) => {
        #[doc = $title]
        pub static CAUSE: $crate::cause::Cause = $crate::cause::Cause {
            id: $id,
            title: $title,
            page: concat!($($line, "\n"),*),
            explains: &[$($explained),*],
            when: $crate::cause!(@when $($when)?),
            last_resort: false $(|| $last_resort)?,
            file: file!(),
            weigh: $weigh,
        };
    };
    (@when) => { $crate::cause::When::Broken };
    (@when $when:ident) => { $crate::cause::When::$when };
}
