//! The rules of routers: matchers with `&&`, `||`, `!` and brackets.
use crate::forward::Request;
use crate::nginx::pattern;
use crate::prelude::*;

/// The deepest nesting of brackets.
const DEPTH: usize = 32;

/// Whether a request fits a rule; none when that cannot be told.
pub fn fits(rule: &str, request: &Request) -> Option<bool> {
    let mut reader = Reader {
        rest: rule.trim_start(),
        request,
    };
    let fits = reader.either(DEPTH)?;
    // What stands behind was not understood.
    reader.rest.is_empty().then_some(fits).flatten()
}

/// `None` inside: understood, and not known.
type Held = Option<bool>;

struct Reader<'r> {
    rest: &'r str,
    request: &'r Request,
}

impl Reader<'_> {
    fn eat(&mut self, word: &str) -> bool {
        let Some(rest) = self.rest.strip_prefix(word) else {
            return false;
        };
        self.rest = rest.trim_start();
        true
    }

    fn either(&mut self, depth: usize) -> Option<Held> {
        let mut held = self.both(depth)?;
        while self.eat("||") {
            let next = self.both(depth)?;
            held = match (held, next) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (Some(false), Some(false)) => Some(false),
                _ => None,
            };
        }
        Some(held)
    }

    fn both(&mut self, depth: usize) -> Option<Held> {
        let mut held = self.one(depth)?;
        while self.eat("&&") {
            let next = self.one(depth)?;
            held = match (held, next) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            };
        }
        Some(held)
    }

    fn one(&mut self, depth: usize) -> Option<Held> {
        let below = depth.checked_sub(1)?;
        if self.eat("!") {
            return Some(self.one(below)?.map(|held| !held));
        }
        if self.eat("(") {
            let held = self.either(below)?;
            return self.eat(")").then_some(held);
        }
        let end = self.rest.find('(')?;
        let (name, rest) = self.rest.split_at_checked(end)?;
        self.rest = rest;
        let name = name.trim_end();
        let arguments = self.arguments()?;
        Some(self.holds(name, &arguments))
    }

    /// Texts in back quotes or double quotes.
    fn arguments(&mut self) -> Option<Vec<String>> {
        let mut all = Vec::new();
        self.eat("(").then_some(())?;
        while !self.eat(")") {
            let quote = self
                .rest
                .chars()
                .next()
                .filter(|c| matches!(c, '`' | '"'))?;
            let (text, rest) = self.rest.get(1..)?.split_once(quote)?;
            all.push(text.to_owned());
            self.rest = rest.trim_start();
            self.eat(",");
        }
        Some(all)
    }

    fn holds(&self, name: &str, arguments: &[String]) -> Held {
        let any = |fits: &dyn Fn(&str) -> Held| {
            let held: Vec<Held> = arguments.iter().map(|text| fits(text)).collect();
            match () {
                () if held.contains(&Some(true)) => Some(true),
                () if held.contains(&None) => None,
                () => Some(false),
            }
        };
        let path = self.request.path();
        let host = self.request.host.as_str();
        let find = |pattern: &str, text: &str, caseless| {
            let found = pattern::find(pattern.as_bytes(), caseless, text.as_bytes());
            found.ok().map(|found| found.is_some())
        };
        // The second version has patterns within names: `{any:.*}`.
        let is_old = |text: &str| text.contains('{');
        match name {
            "Host" => any(&|text| {
                let text = text.trim_end_matches('.');
                Some(text.eq_ignore_ascii_case(host.trim_end_matches('.')))
            }),
            "HostRegexp" => any(&|text| (!is_old(text)).then(|| find(text, host, true)).flatten()),
            "Path" => any(&|text| (!is_old(text)).then(|| text == path)),
            "PathPrefix" => any(&|text| (!is_old(text)).then(|| path.starts_with(text))),
            "PathRegexp" => any(&|text| find(text, path, false)),
            "Method" => any(&|text| Some(text.eq_ignore_ascii_case("GET"))),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn request(host: &str, target: &str) -> Request {
        Request {
            local: "127.0.0.1:80".parse().unwrap(),
            socket: None,
            host: host.to_owned(),
            host_header: host.to_owned(),
            target: target.to_owned(),
            tls: false,
        }
    }

    fn held(rule: &str) -> Option<bool> {
        fits(rule, &request("shop.test", "/api/list?x=1"))
    }

    #[test]
    fn matchers_and_what_joins_them() {
        assert_eq!(held("Host(`shop.test`)"), Some(true));
        assert_eq!(held("Host(`a.test`, `SHOP.test`)"), Some(true));
        assert_eq!(held("Host(`a.test`) || PathPrefix(`/api`)"), Some(true));
        assert_eq!(
            held("Host(`shop.test`) && !PathPrefix(`/api`)"),
            Some(false)
        );
        assert_eq!(
            held("Host(`shop.test`) && (Path(`/x`) || PathRegexp(`^/api/[a-z]+$`))"),
            Some(true)
        );
        assert_eq!(held("HostRegexp(`^.+\\.test$`)"), Some(true));
        assert_eq!(held("Method(\"POST\")"), Some(false));
    }

    #[test]
    fn what_is_not_evaluated_is_no_silent_no() {
        assert_eq!(held("Header(`X`, `1`)"), None);
        assert_eq!(held("Header(`X`, `1`) && Host(`other.test`)"), Some(false));
        assert_eq!(held("Header(`X`, `1`) || Host(`shop.test`)"), Some(true));
        assert_eq!(held("HostRegexp(`{name:[a-z]+}.test`)"), None);
        assert_eq!(held("Host(`shop.test`) nonsense"), None);
        assert_eq!(held(""), None);
    }

    proptest! {
        #[test]
        fn never_panics(rule in "[A-Za-z`\"()|&!, /.{}é]{0,80}") {
            let _ = held(&rule);
        }
    }
}
