//! The directives of nginx's own modules: where each is allowed, with how many
//! arguments, and whether it opens a block.
//!
//! A name that is not here may still belong to a module somebody added, so only
//! what is said of known names is certain.
use crate::prelude::*;

/// One line a directive: `NAME FORM…`, each form `CONTEXTS/ARGUMENTS`, with `{`
/// behind it for blocks and `!` where nginx refuses a second one on a level.
/// Contexts: `m` main, `e` events, `h` http, `s` server, `l` location, `i` if in
/// location, `j` if in server, `x` `limit_except`, `u` upstream; `S` `T` `U` the
/// same in stream; `M` `N` mail; `*` all. Arguments: the numbers allowed, or `N+`.
/// From nginx 1.31.5, and what older versions had besides.
const TABLE: &str = include_str!("directives.txt");

/// The contexts of nginx's configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Context {
    /// Outside all blocks.
    Main,
    /// `events`
    Events,
    /// `http`
    Http,
    /// `server` in `http`
    Server,
    /// `location`
    Location,
    /// `if` in `location`
    IfInLocation,
    /// `if` in `server`
    IfInServer,
    /// `limit_except`
    LimitExcept,
    /// `upstream` in `http`
    Upstream,
    /// `stream`
    Stream,
    /// `server` in `stream`
    StreamServer,
    /// `upstream` in `stream`
    StreamUpstream,
    /// `mail`
    Mail,
    /// `server` in `mail`
    MailServer,
    /// A block of a module that is not known here.
    Other,
}

/// One way to write a directive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Form {
    contexts: &'static str,
    arguments: &'static str,
    /// Whether it opens a block.
    pub is_block: bool,
    /// Whether nginx refuses a second one on the same level.
    pub is_single: bool,
}

/// A name with the ways to write it.
type Entry = (&'static [u8], Vec<Form>);

/// The table, ready to be asked.
#[derive(Clone, Debug)]
pub struct Names {
    /// By the length of the name, then in order.
    entries: Vec<Vec<Entry>>,
}

impl Names {
    /// Reads the table.
    pub fn new() -> Self {
        let mut entries = Vec::new();
        for line in TABLE.lines() {
            let Some((name, forms)) = line.split_once(' ') else {
                continue;
            };
            if entries.len() <= name.len() {
                entries.resize_with(name.len().saturating_add(1), Vec::new);
            }
            if let Some(bucket) = entries.get_mut(name.len()) {
                let forms = forms.split(' ').filter_map(form);
                bucket.push((name.as_bytes(), forms.collect()));
            }
        }
        for bucket in &mut entries {
            bucket.sort_by_key(|(name, _)| *name);
        }
        Self { entries }
    }

    /// The ways to write a directive; none when its name is not known.
    pub fn forms(&self, name: &[u8]) -> &[Form] {
        let bucket = self.entries.get(name.len()).map_or(&[][..], Vec::as_slice);
        let found = bucket.binary_search_by_key(&name, |(known, _)| *known);
        let entry = found.ok().and_then(|at| bucket.get(at));
        entry.map_or(&[][..], |(_, forms)| forms)
    }
}

/// What nginx says of a directive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It takes it, as far as names, places and numbers go.
    Fine,
    /// It refuses it, with these words.
    Refused(String),
    /// It knows it only if some other module is loaded.
    Foreign,
}

impl Names {
    /// What nginx says of a directive in a context, with so many arguments and
    /// with or without a block.
    pub fn verdict(
        &self,
        name: &[u8],
        context: Context,
        arguments: usize,
        opens_block: bool,
    ) -> Verdict {
        if context == Context::Other {
            return Verdict::Fine;
        }
        let forms = self.forms(name);
        if forms.is_empty() {
            return Verdict::Foreign;
        }
        let name = crate::untrusted::shown(name);
        let Some(form) = forms.iter().find(|form| form.allowed_in(context)) else {
            return Verdict::Refused(format!("\"{name}\" directive is not allowed here"));
        };
        match (form.is_block, opens_block) {
            (false, true) => {
                let what = format!("directive \"{name}\" is not terminated by \";\"");
                Verdict::Refused(what)
            }
            (true, false) => {
                Verdict::Refused(format!("directive \"{name}\" has no opening \"{{\""))
            }
            _ if !form.takes(arguments) => {
                let what = format!("invalid number of arguments in \"{name}\" directive");
                Verdict::Refused(what)
            }
            _ => Verdict::Fine,
        }
    }

    /// Whether nginx refuses a second one of that name on a level.
    pub fn is_single(&self, name: &[u8], context: Context) -> bool {
        let mut forms = self.forms(name).iter();
        context != Context::Other && forms.any(|form| form.is_single && form.allowed_in(context))
    }
}

impl Default for Names {
    fn default() -> Self {
        Self::new()
    }
}

fn form(text: &'static str) -> Option<Form> {
    let (contexts, rest) = text.split_once('/')?;
    Some(Form {
        contexts,
        arguments: rest.trim_end_matches(['{', '!']),
        is_block: rest.contains('{'),
        is_single: rest.contains('!'),
    })
}

impl Form {
    /// Whether it may stand in that context.
    pub fn allowed_in(&self, context: Context) -> bool {
        let Some(letter) = context.letter() else {
            return true;
        };
        self.contexts.contains(['*', letter])
    }

    /// Whether so many arguments are right.
    pub fn takes(&self, arguments: usize) -> bool {
        match self.arguments.strip_suffix('+').map(str::parse::<usize>) {
            Some(Ok(least)) => arguments >= least,
            _ => u32::try_from(arguments)
                .ok()
                .and_then(|n| char::from_digit(n, 10))
                .is_some_and(|digit| self.arguments.contains(digit)),
        }
    }
}

impl Context {
    /// The context inside a block of that name, standing in this context.
    #[must_use]
    pub fn inside(self, name: &[u8]) -> Self {
        match (self, name) {
            (Self::Main, b"events") => Self::Events,
            (Self::Main, b"http") => Self::Http,
            (Self::Main, b"stream") => Self::Stream,
            (Self::Main, b"mail") => Self::Mail,
            (Self::Http, b"server") => Self::Server,
            (Self::Http, b"upstream") => Self::Upstream,
            (Self::Server | Self::Location, b"location") => Self::Location,
            (Self::Server, b"if") => Self::IfInServer,
            (Self::Location, b"if") => Self::IfInLocation,
            (Self::Location, b"limit_except") => Self::LimitExcept,
            (Self::Stream, b"server") => Self::StreamServer,
            (Self::Stream, b"upstream") => Self::StreamUpstream,
            (Self::Mail, b"server") => Self::MailServer,
            _ => Self::Other,
        }
    }

    const fn letter(self) -> Option<char> {
        Some(match self {
            Self::Main => 'm',
            Self::Events => 'e',
            Self::Http => 'h',
            Self::Server => 's',
            Self::Location => 'l',
            Self::IfInLocation => 'i',
            Self::IfInServer => 'j',
            Self::LimitExcept => 'x',
            Self::Upstream => 'u',
            Self::Stream => 'S',
            Self::StreamServer => 'T',
            Self::StreamUpstream => 'U',
            Self::Mail => 'M',
            Self::MailServer => 'N',
            Self::Other => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn server_is_a_block_in_http_and_a_line_in_an_upstream() {
        let names = Names::new();
        let forms = names.forms(b"server");
        let in_context = |context| forms.iter().find(|f| f.allowed_in(context));
        assert!(in_context(Context::Http).is_some_and(|f| f.is_block && f.takes(0)));
        assert!(in_context(Context::Upstream).is_some_and(|f| !f.is_block && f.takes(5)));
        assert!(in_context(Context::Location).is_none());
        assert!(names.forms(b"more_set_headers").is_empty());
    }

    #[test]
    fn every_line_of_the_table_is_understood() {
        for line in TABLE.lines() {
            let forms = line.split(' ').skip(1);
            assert!(forms.clone().count() > 0, "{line}");
            assert!(forms.into_iter().all(|f| form(f).is_some()), "{line}");
        }
    }
}
