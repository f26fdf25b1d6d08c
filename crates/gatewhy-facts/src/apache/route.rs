//! From a request to the backend that it reaches.
use super::config::{Config, Directive};
use super::folder::{self, Folders};
use super::pass_line::{captures, is_proxy_of, joined, member, same_url, seconds};
use super::piped::{self, Rotated};
use super::rewrite::{Rewritten, Rules};
use super::section::{self, Asked, is_below};
use super::site::{self, Site};
use super::target::{self, Address, Target};
use super::tls_proxy;
use crate::fact::{Fact, Gap};
use crate::nginx::files::{Files, Kind};
use crate::path::HostPath;
use crate::prelude::*;
use crate::source_text::Place;
use crate::tls::demands::Demands;
use core::net::SocketAddr;

pub use crate::forward::Timeout;

/// `Timeout` unless it is set, in seconds.
const DEFAULT_TIMEOUT: u64 = 60;

/// A request, as httpd sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The address that it arrives at.
    pub local: SocketAddr,
    /// The host that it names, without port.
    pub host: String,
    /// Path and query.
    pub target: String,
    /// Whether over TLS.
    pub tls: bool,
}

/// A request's way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Route {
    /// What takes it, outermost first, as a person would name it.
    pub blocks: Vec<(String, Place)>,
    /// The backend call that it ends in.
    pub pass: Option<Pass>,
    /// The status that the configuration answers with, and the directive.
    pub answer: Option<(u16, Place)>,
    /// Where failures are logged, when that is a file.
    pub error_log: Option<String>,
    /// Where `rotatelogs` writes them, when they are piped to it.
    pub rotated_log: Option<Rotated>,
    /// What could not be looked at.
    pub gaps: Vec<Gap>,
}

/// A call of a backend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pass {
    /// The directive that makes the call.
    pub place: Place,
    /// The backends: one, or the members of a balancer.
    pub members: Vec<Member>,
    /// The balancer's name.
    pub balancer: Option<String>,
    /// The path and query that are sent.
    pub path: String,
    /// The file that a FastCGI application is to run.
    pub script: Option<HostPath>,
    /// The document root.
    pub root: HostPath,
    /// Whether the visitor's Host header is passed on.
    pub preserves_host: bool,
    /// `responsefieldsize=`, the longest header line of an answer in bytes, if it is set.
    pub field_limit: Option<(u64, Place)>,
    /// What is demanded of a backend's certificate, where TLS is spoken.
    pub tls: Demands,
    /// Whether TLS may be spoken at all: `SSLProxyEngine`, with its line if there is one.
    pub tls_engine: (bool, Option<Place>),
    /// How long it waits for an answer.
    pub timeout: Timeout,
    /// How long it waits to connect.
    pub connect: Timeout,
}

/// A backend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Where it is.
    pub target: Target,
    /// The line that names it.
    pub place: Place,
    /// `status=+D`: switched off.
    pub disabled: bool,
    /// `status=+H`: only used when all others fail.
    pub standby: bool,
    /// Seconds that it is left alone after a failure.
    pub retry_secs: u64,
}

impl Request {
    /// The path without its query.
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or("/")
    }

    /// The query; empty when there is none.
    pub fn query(&self) -> &str {
        self.target.split_once('?').map_or("", |(_, query)| query)
    }
}

/// Follows a request through the configuration.
pub fn route(config: &Config, files: &dyn Files, request: &Request) -> Route {
    let (site, by_name) = site::choose(config, request.local, &request.host);
    let mut router = Router {
        site,
        config,
        files,
        request,
        out: Route::default(),
    };
    router.out.gaps.clone_from(&config.gaps);
    router.out.error_log = error_log(&site);
    router.out.rotated_log = site
        .last("ErrorLog")
        .and_then(|log| piped::rotated(log.arg(0)));
    if let Some(section) = site.section {
        let name = site.name().unwrap_or("without a name");
        let how = if by_name {
            ""
        } else {
            " (the first one: no name fits)"
        };
        let text = format!("VirtualHost {name}{how}");
        router.out.blocks.push((text, section.place.clone()));
    }
    router.run();
    router.out
}

/// The last `ErrorLog` that is a file.
fn error_log(site: &Site<'_>) -> Option<String> {
    let path = site.last("ErrorLog")?.arg(0);
    let is_file = !path.starts_with('|') && !path.starts_with("syslog");
    (is_file && !path.is_empty()).then(|| path.to_owned())
}

struct Router<'c, 'r> {
    site: Site<'c>,
    config: &'c Config,
    files: &'r dyn Files,
    request: &'r Request,
    out: Route,
}

impl<'c, 'r> Router<'c, 'r> {
    fn run(&mut self) {
        let root = self.root();
        let path = self.request.path().to_owned();
        let rules = Rules {
            block: if self.site.section.is_some() {
                self.site.own
            } else {
                self.site.main
            },
            request: self.request,
            root: &root,
            folder: None,
            files: self.files,
        };
        let rewritten = rules.run(&path, &mut self.out.gaps);
        let Some(path) = self.after_rules(rewritten) else {
            return;
        };
        if self.redirected(&path) || self.located(&path) || self.passed(&path) {
            return;
        }
        if !self.ruled(&path, &root) {
            self.handled(&path, &root);
        }
    }

    /// The rules of the folder, as far as they send the request on or answer it.
    fn ruled(&mut self, path: &str, root: &HostPath) -> bool {
        let file = self.mapped(path, root);
        let folders = self.folders();
        let found = folders.rules(&file, path, &mut self.out.gaps);
        let Some(found) = found.filter(folder::may_end) else {
            return false;
        };
        let rules = Rules {
            block: &found.directives,
            request: self.request,
            root,
            folder: Some(&found.prefix),
            files: self.files,
        };
        match rules.run(path, &mut self.out.gaps) {
            Rewritten::Path(_) => return false,
            Rewritten::Proxied(url, rule) => {
                self.out
                    .blocks
                    .push((found.name.clone(), rule.place.clone()));
                self.call(&url, String::new(), rule, rule);
            }
            Rewritten::Answered(status, rule) => {
                self.out.answer = Some((status, rule.place.clone()));
            }
        }
        true
    }

    const fn folders(&self) -> Folders<'c, 'r> {
        Folders {
            site: self.site,
            config: self.config,
            files: self.files,
        }
    }

    fn root(&self) -> HostPath {
        let set = self.site.last("DocumentRoot").map(|d| d.arg(0));
        HostPath::new(set.unwrap_or("/var/www/html").trim_end_matches('/'))
    }

    /// The path to go on with, unless the rules decided.
    fn after_rules(&mut self, rewritten: Rewritten<'c>) -> Option<String> {
        match rewritten {
            Rewritten::Path(path) => Some(path),
            Rewritten::Proxied(url, rule) => {
                self.call(&url, String::new(), rule, rule);
                None
            }
            Rewritten::Answered(status, rule) => {
                self.out.answer = Some((status, rule.place.clone()));
                None
            }
        }
    }

    /// `Redirect 503 /`: an answer that the configuration asks for.
    fn redirected(&mut self, path: &str) -> bool {
        let found = self.site.all().find_map(|d| {
            let status: u16 = d.arg(0).parse().ok()?;
            let fits = match () {
                () if d.is("Redirect") => is_below(path, d.arg(1)),
                () if d.is("RedirectMatch") => captures(d.arg(1), path).is_some(),
                () => false,
            };
            (fits && status >= 400).then(|| (status, d.place.clone()))
        });
        self.out.answer = found;
        self.out.answer.is_some()
    }

    /// `ProxyPass` within a `Location`.
    fn located(&mut self, path: &str) -> bool {
        let asked = Asked {
            path: path.to_owned(),
            file: String::new(),
        };
        let sections = section::sections(&self.site, &asked);
        for outer in sections.into_iter().rev() {
            let Some(pass) = outer.block.iter().rfind(|d| d.is("ProxyPass")) else {
                continue;
            };
            let regex = outer.is("LocationMatch") || outer.arg(0) == "~";
            let from = outer.args.last().map_or("", String::as_str);
            if pass.arg(0) == "!" {
                return false;
            }
            let Some((url, rest)) = joined(pass.arg(0), from, path, regex) else {
                continue;
            };
            let text = format!("{} {from}", outer.name);
            self.out.blocks.push((text, outer.place.clone()));
            self.call(&url, rest, pass, pass);
            return true;
        }
        false
    }

    /// `ProxyPass` and `ProxyPassMatch` of the site: the first that fits.
    fn passed(&mut self, path: &str) -> bool {
        for pass in self.site.all() {
            let regex = pass.is("ProxyPassMatch");
            if !regex && !pass.is("ProxyPass") {
                continue;
            }
            let Some((url, rest)) = joined(pass.arg(1), pass.arg(0), path, regex) else {
                continue;
            };
            if pass.arg(1) == "!" {
                return false;
            }
            let text = format!("{} {}", pass.name, pass.arg(0));
            self.out.blocks.push((text, pass.place.clone()));
            self.call(&url, rest, pass, pass);
            return true;
        }
        false
    }

    /// `SetHandler "proxy:…"` for the file that the path stands for.
    fn handled(&mut self, path: &str, root: &HostPath) {
        let file = self.file_of(path, root);
        let asked = Asked {
            path: path.to_owned(),
            file: file.clone(),
        };
        let sections = section::sections(&self.site, &asked);
        let outside = self.site.all();
        let mut handler = outside
            .filter(|d| d.is("SetHandler"))
            .last()
            .map(|d| (d, None));
        for outer in sections {
            if let Some(set) = outer.block.iter().rfind(|d| d.is("SetHandler")) {
                handler = Some((set, Some(outer)));
            }
        }
        let Some((set, outer)) = handler.filter(|(d, _)| d.arg(0).starts_with("proxy:")) else {
            return;
        };
        if let Some(outer) = outer {
            let text = format!("{} {}", outer.name, outer.args.join(" "));
            self.out.blocks.push((text, outer.place.clone()));
        }
        self.call(set.arg(0), path.to_owned(), set, set);
        if let Some(pass) = &mut self.out.pass {
            pass.script = Some(HostPath::new(file));
        }
    }

    /// The file that a path names, there or not: below an `Alias`, or the root.
    fn mapped(&self, path: &str, root: &HostPath) -> String {
        let alias = self.site.all().find_map(|d| {
            let rest = path.strip_prefix(d.arg(0).trim_end_matches('/'))?;
            let fits = d.is("Alias") && is_below(path, d.arg(0));
            fits.then(|| format!("{}{rest}", d.arg(1).trim_end_matches('/')))
        });
        alias.unwrap_or_else(|| format!("{root}{path}"))
    }

    /// The file that a path stands for: through `Alias`, the rules of the folder, the
    /// index of a folder and `FallbackResource`.
    fn file_of(&mut self, path: &str, root: &HostPath) -> String {
        let file = self.mapped(path, root);
        let kind = self.files.kind(&HostPath::new(file.trim_end_matches('/')));
        match kind {
            Fact::Found(Kind::Folder, _) => self.index_of(&file, path, root),
            Fact::Found(..) => file,
            Fact::Absent(_) => self.instead_of(file, path, root),
            Fact::Unknown(gap) => {
                self.out.gaps.push(gap);
                file
            }
        }
    }

    fn index_of(&mut self, folder: &str, path: &str, root: &HostPath) -> String {
        let set = self.site.last("DirectoryIndex");
        let usual = ["index.html".to_owned(), "index.php".to_owned()];
        let names: Vec<String> = set.map_or_else(|| usual.to_vec(), |d| d.args.clone());
        for name in names {
            let file = format!("{}/{name}", folder.trim_end_matches('/'));
            match self.files.kind(&HostPath::new(file.clone())) {
                Fact::Found(..) => return file,
                Fact::Absent(_) => {}
                Fact::Unknown(gap) => {
                    self.out.gaps.push(gap);
                    return file;
                }
            }
        }
        self.instead_of(folder.to_owned(), path, root)
    }

    /// Nothing is there: the rules of the folder, or its fallback.
    fn instead_of(&mut self, file: String, path: &str, root: &HostPath) -> String {
        if let Some(fallback) = self.site.last("FallbackResource") {
            return format!("{root}{}", fallback.arg(0));
        }
        let asked = Asked {
            path: path.to_owned(),
            file: file.clone(),
        };
        let sections = section::sections(&self.site, &asked);
        let folders = sections.into_iter().filter(|d| d.is("Directory")).rev();
        for folder in folders {
            if let Some(fallback) = folder.block.iter().rfind(|d| d.is("FallbackResource")) {
                return format!("{root}{}", fallback.arg(0));
            }
            if let Some(new) = self.by_folder_rules(&folder.block, path, root) {
                return new;
            }
        }
        let own = self
            .folders()
            .access_file(root.as_str(), &mut self.out.gaps);
        let new = own.and_then(|(own, _)| self.by_folder_rules(&own, path, root));
        new.unwrap_or(file)
    }

    fn by_folder_rules(
        &mut self,
        block: &[Directive],
        path: &str,
        root: &HostPath,
    ) -> Option<String> {
        let rules = Rules {
            block,
            request: self.request,
            root,
            folder: Some("/"),
            files: self.files,
        };
        match rules.run(path, &mut self.out.gaps) {
            Rewritten::Path(new) if new != path => Some(format!("{root}{new}")),
            _ => None,
        }
    }

    /// Notes a call of `url`; `rest` is the path that is added behind its own.
    fn call(&mut self, url: &str, rest: String, by: &Directive, line: &Directive) {
        let Some(target) = target::parse(url) else {
            return;
        };
        let path = match (&target.path, rest) {
            (own, rest) if rest.is_empty() => own.clone(),
            (own, rest) if own.is_empty() || own == "/" => rest,
            (own, rest) => format!("{own}{rest}"),
        };
        let balancer = match &target.to {
            Address::Balancer(name) => Some(name.clone()),
            Address::Host(..) | Address::Unix(_) => None,
        };
        let members = match &balancer {
            Some(name) => self.members(name),
            None => vec![member(target, line, by.args.get(1..).unwrap_or_default())],
        };
        let query = match self.request.query() {
            "" => String::new(),
            query => format!("?{query}"),
        };
        let script = members
            .first()
            .filter(|m| m.target.scheme == "fcgi")
            .map(|_| HostPath::new(path.clone()));
        let preserves_host = self
            .site
            .last("ProxyPreserveHost")
            .is_some_and(|d| d.arg(0).eq_ignore_ascii_case("on"));
        let tls_host = match members.first().map(|member| &member.target.to) {
            Some(Address::Host(host, _)) if !preserves_host => host.as_str(),
            _ => self.request.host.as_str(),
        };
        let field_limit = self
            .parameter("responsefieldsize", by, balancer.as_deref())
            .and_then(|(bytes, place)| Some((bytes.parse().ok()?, place)));
        let tls = tls_proxy::demands(&self.site, tls_host);
        self.out.pass = Some(Pass {
            place: by.place.clone(),
            members,
            path: format!(
                "{}{query}",
                if path.is_empty() { "/" } else { path.as_str() }
            ),
            script,
            root: self.root(),
            preserves_host,
            field_limit,
            tls,
            tls_engine: tls_proxy::engine(&self.site),
            timeout: self.timeout(by, balancer.as_deref()),
            connect: self.connect_timeout(by, balancer.as_deref()),
            balancer,
        });
    }

    /// The members of a balancer: `BalancerMember` in its `<Proxy>`, or with its name.
    fn members(&self, name: &str) -> Vec<Member> {
        let url = format!("balancer://{name}");
        let mut all = Vec::new();
        for directive in self.site.all() {
            if is_proxy_of(directive, &url) {
                let lines = directive.block.iter().filter(|d| d.is("BalancerMember"));
                all.extend(
                    lines.filter_map(|d| {
                        Some(member(target::parse(d.arg(0))?, d, d.args.get(1..)?))
                    }),
                );
            } else if directive.is("BalancerMember") && same_url(directive.arg(0), &url) {
                let parsed = target::parse(directive.arg(1));
                let words = directive.args.get(2..).unwrap_or_default();
                all.extend(parsed.map(|target| member(target, directive, words)));
            }
        }
        all
    }

    /// Parameters that hold for the call: those of its own line, and those of the
    /// balancer or backend.
    fn parameter(
        &self,
        name: &str,
        by: &Directive,
        balancer: Option<&str>,
    ) -> Option<(String, Place)> {
        let lead = format!("{name}=");
        let of = |d: &Directive| {
            let value = d.args.iter().find_map(|word| word.strip_prefix(&lead))?;
            Some((value.to_owned(), d.place.clone()))
        };
        let url = balancer.map(|name| format!("balancer://{name}"));
        let url = url.as_deref().unwrap_or(if by.args.len() > 1 {
            by.arg(1)
        } else {
            by.arg(0)
        });
        let url = url.strip_prefix("proxy:").unwrap_or(url);
        let blocks = self.site.all().filter(|d| is_proxy_of(d, url));
        let set = blocks.flat_map(|d| &d.block).filter(|d| d.is("ProxySet"));
        of(by).or_else(|| set.filter_map(of).last())
    }

    fn timeout(&self, by: &Directive, balancer: Option<&str>) -> Timeout {
        if let Some((text, place)) = self.parameter("timeout", by, balancer)
            && let Some(time) = seconds(&text)
        {
            return Timeout {
                time,
                directive: "timeout",
                place: Some(place),
            };
        }
        for directive in ["ProxyTimeout", "Timeout"] {
            if let Some(set) = self.site.last(directive)
                && let Some(time) = seconds(set.arg(0))
            {
                return Timeout {
                    time,
                    directive,
                    place: Some(set.place.clone()),
                };
            }
        }
        Timeout::usual(DEFAULT_TIMEOUT, "ProxyTimeout")
    }

    fn connect_timeout(&self, by: &Directive, balancer: Option<&str>) -> Timeout {
        match self.parameter("connectiontimeout", by, balancer) {
            Some((text, place)) if seconds(&text).is_some() => Timeout {
                time: seconds(&text).unwrap_or_default(),
                directive: "connectiontimeout",
                place: Some(place),
            },
            _ => self.timeout(by, balancer),
        }
    }
}
