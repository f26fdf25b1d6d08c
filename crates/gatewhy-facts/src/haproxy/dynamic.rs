//! Backends that are named by the request: `use_backend %[req.hdr(host),lower]`, and
//! through a map, `use_backend %[req.hdr(host),lower,map(/etc/haproxy/hosts.map,app)]`.
use super::acl;
use super::config::{Config, Line};
use super::route::Request;
use crate::fact::{Fact, Gap};
use crate::nginx::files::Files;
use crate::nginx::pattern;
use crate::path::HostPath;
use crate::prelude::*;

/// Keys and values of a map, in the order of its file.
pub type Map = Vec<(String, String)>;

/// A name that the request gives, once it is worked out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The name; HAProxy goes to `default_backend` where no backend has it.
    pub name: String,
    /// Whether a map gave it, which may be changed while HAProxy runs.
    pub by_map: bool,
}

/// `before%[fetch,converters,map(…)]behind`
struct Expression<'w> {
    before: &'w str,
    /// The fetch with its converters, as conditions write it.
    fetch: String,
    lower: bool,
    lookup: Option<Lookup<'w>>,
    behind: &'w str,
}

/// `map_beg(/etc/haproxy/paths.map,app)`
struct Lookup<'w> {
    by: By,
    file: &'w str,
    otherwise: &'w str,
}

/// How a map's keys are compared.
#[derive(Clone, Copy)]
enum By {
    Whole,
    Begins,
    Ends,
    Contains,
    Regex,
}

/// Whether a word is worked out for each request.
pub fn is_dynamic(word: &str) -> bool {
    word.contains("%[")
}

/// The backend that a rule names for this request. The gap says why that is not known.
pub fn named(config: &Config, line: &Line, request: &Request) -> Result<Named, Gap> {
    let what = || format!("{}:{}", line.place.file, line.place.span.line);
    let odd = || Gap::new(what(), "its expression is not understood", "");
    let expression = expression(line.word(1)).ok_or_else(odd)?;
    let (subject, _) = acl::subject(&expression.fetch, request).ok_or_else(odd)?;
    let subject = if expression.lower {
        subject.to_ascii_lowercase()
    } else {
        subject
    };
    let value = match &expression.lookup {
        None => subject,
        Some(lookup) => {
            let map = match config.maps.get(lookup.file) {
                Some(Ok(map)) => map,
                Some(Err(gap)) => return Err(gap.clone()),
                None => return Err(odd()),
            };
            lookup.value(map, &subject).ok_or_else(odd)?.to_owned()
        }
    };
    Ok(Named {
        name: format!("{}{value}{}", expression.before, expression.behind),
        by_map: expression.lookup.is_some(),
    })
}

/// Reads the maps that name backends.
pub(super) fn read_maps(files: &dyn Files, config: &mut Config) {
    let lines = config.sections.iter().flat_map(|section| &section.lines);
    let rules = lines.filter(|line| line.is(&["use_backend"]));
    let lookups = rules.filter_map(|line| expression(line.word(1))?.lookup);
    let wanted: BTreeSet<String> = lookups.map(|lookup| lookup.file.to_owned()).collect();
    for name in wanted {
        let map = read_map(files, &HostPath::new(&name));
        config.maps.insert(name, map);
    }
}

fn read_map(files: &dyn Files, path: &HostPath) -> Result<Map, Gap> {
    match files.read(path) {
        Fact::Found(text, _) if text.cut => {
            Err(Gap::new(path.to_string(), "it is larger than is read", ""))
        }
        Fact::Found(text, _) => Ok(entries(text.bytes)),
        Fact::Absent(_) => Err(Gap::new(path.to_string(), "the map is not there", "")),
        Fact::Unknown(gap) => Err(gap),
    }
}

/// A key and a value a line; `#` begins a line of comment.
fn entries(text: &[u8]) -> Map {
    let lines = text.split(|byte| *byte == b'\n').filter_map(|line| {
        let line = String::from_utf8_lossy(line.trim_ascii()).into_owned();
        let (key, value) = line.split_once([' ', '\t']).unwrap_or((&line, ""));
        let counts = !key.is_empty() && !key.starts_with('#');
        counts.then(|| (key.to_owned(), value.trim().to_owned()))
    });
    lines.collect()
}

impl Lookup<'_> {
    /// The value of the key that fits, else the one that is named for it; nothing where
    /// that cannot be told.
    fn value<'m>(&'m self, map: &'m Map, subject: &str) -> Option<&'m str> {
        // HAProxy keeps beginnings in a tree and takes the longest; other keys are looked
        // through in order.
        let longest = matches!(self.by, By::Begins);
        let mut best: Option<&(String, String)> = None;
        for entry in map {
            if !self.by.fits(&entry.0, subject)? {
                continue;
            }
            if best.is_none_or(|best| longest && entry.0.len() > best.0.len()) {
                best = Some(entry);
            }
            if !longest {
                break;
            }
        }
        Some(best.map_or(self.otherwise, |(_, value)| value))
    }
}

impl By {
    fn of(name: &str) -> Option<Self> {
        Some(match name {
            "map" | "map_str" => Self::Whole,
            "map_beg" => Self::Begins,
            "map_end" => Self::Ends,
            "map_sub" => Self::Contains,
            "map_reg" => Self::Regex,
            _ => return None,
        })
    }

    fn fits(self, key: &str, subject: &str) -> Option<bool> {
        Some(match self {
            Self::Whole => subject == key,
            Self::Begins => subject.starts_with(key),
            Self::Ends => subject.ends_with(key),
            Self::Contains => subject.contains(key),
            Self::Regex => {
                let found = pattern::find(key.as_bytes(), false, subject.as_bytes());
                found.ok()?.is_some()
            }
        })
    }
}

/// The one expression in a word, if all of it is understood.
fn expression(word: &str) -> Option<Expression<'_>> {
    let (before, rest) = word.split_once("%[")?;
    let (inside, behind) = rest.rsplit_once(']')?;
    let plain = |text: &str| !text.contains(['%', '[']);
    if !plain(before) || !plain(behind) || !plain(inside) {
        return None;
    }
    let mut steps = steps(inside).into_iter();
    let mut out = Expression {
        before,
        fetch: steps.next()?.to_owned(),
        lower: false,
        lookup: None,
        behind,
    };
    for step in steps {
        // Behind a map, a converter works on its value.
        if out.lookup.is_some() {
            return None;
        }
        match step {
            "lower" => out.lower = true,
            "host_only" | "field(1,:)" => {
                out.fetch.push(',');
                out.fetch.push_str(step);
            }
            step => out.lookup = Some(lookup(step)?),
        }
    }
    Some(out)
}

fn lookup(step: &str) -> Option<Lookup<'_>> {
    let (name, arguments) = step.strip_suffix(')')?.split_once('(')?;
    let (file, otherwise) = arguments.split_once(',').unwrap_or((arguments, ""));
    let file = file.strip_prefix("file@").unwrap_or(file);
    // Another place is relative to where HAProxy was started.
    file.starts_with('/').then_some(Lookup {
        by: By::of(name)?,
        file,
        otherwise,
    })
}

/// Fetch and converters: cut at the commas that stand in no parentheses.
fn steps(text: &str) -> Vec<&str> {
    let mut depth = 0_usize;
    let cut = |c: char| {
        match c {
            '(' => depth = depth.saturating_add(1),
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ',' && depth == 0
    };
    text.split(cut).map(str::trim).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn value(word: &str, map: &str, subject: &str) -> Option<String> {
        let expression = expression(word)?;
        let map = entries(map.as_bytes());
        let lookup = expression.lookup?;
        lookup.value(&map, subject).map(ToOwned::to_owned)
    }

    #[test]
    fn a_map_gives_the_value_of_the_key_that_fits() {
        let map = "# hosts\na.test  be_a\n\n b.test be_b \n";
        let word = "%[req.hdr(host),lower,map(/etc/h.map,be_x)]";
        assert_eq!(value(word, map, "b.test").unwrap(), "be_b");
        assert_eq!(value(word, map, "c.test").unwrap(), "be_x");
        let paths = "/ app\n/api/ api\n/api/v2/ new\n";
        let word = "%[path,map_beg(/etc/p.map)]";
        assert_eq!(value(word, paths, "/api/v2/x").unwrap(), "new");
        assert_eq!(value(word, paths, "x").unwrap(), "");
        let word = "%[path,map_reg(/etc/p.map)]";
        assert_eq!(value(word, "^/a\\d x\n^/ y\n", "/a1").unwrap(), "x");
    }

    #[test]
    fn what_is_not_understood_is_told_so() {
        assert!(expression("%[path,regsub(a,b)]").is_none());
        assert!(expression("%[path,map(hosts.map)]").is_none());
        assert!(expression("%[path,map(/h.map),lower]").is_none());
        assert!(expression("%[a]%[b]").is_none());
        let plain = expression("bk_%[req.hdr(host),field(1,:),lower]_x").unwrap();
        assert_eq!(
            (plain.before, plain.behind, plain.lower),
            ("bk_", "_x", true)
        );
        assert_eq!(plain.fetch, "req.hdr(host),field(1,:)");
    }

    proptest! {
        #[test]
        fn any_word_is_read(word in "[%\\[\\]a(),./ü]{0,40}") {
            drop(expression(&word));
        }
    }
}
