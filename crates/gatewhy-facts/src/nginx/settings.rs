//! What holds at one place of the configuration, and who answers there.
use super::backend_settings::{BackendSettings, Family};
use super::error_log::Level;
use super::scope::{Scope, arguments, flag, text};
use super::setting::Setting;
use super::tree::Directive;
use super::units::{number, offset, time};
use crate::fact::Gap;
use crate::prelude::*;
use crate::source_text::Place;
use alloc::sync::Arc;
use core::time::Duration;

/// What holds at one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Where static files are.
    pub root: Root,
    /// `index`; `index.html` by default.
    pub index: Setting<Vec<Vec<u8>>>,
    /// `error_page`
    pub error_pages: Vec<ErrorPage>,
    /// `recursive_error_pages`; off by default.
    pub recursive_error_pages: Setting<bool>,
    /// `access_log`, as written; empty when nginx's default file is used.
    pub access_logs: Vec<Setting<Vec<String>>>,
    /// `error_log`, as written; empty when nginx's default file is used.
    pub error_logs: Vec<Setting<Vec<String>>>,
    /// `resolver`, as written.
    pub resolver: Option<Setting<Vec<String>>>,
    /// `resolver_timeout`; 30 s by default.
    pub resolver_timeout: Setting<Duration>,
    /// `keepalive_timeout` towards the visitor; 75 s by default.
    pub keepalive_timeout: Setting<Duration>,
    /// `send_timeout` towards the visitor; 60 s by default.
    pub send_timeout: Setting<Duration>,
    /// `client_body_timeout`; 60 s by default.
    pub client_body_timeout: Setting<Duration>,
    /// `client_max_body_size`, in bytes; 1 MiB by default, 0 for no limit.
    pub client_max_body_size: Setting<u64>,
    /// `client_body_temp_path`
    pub client_body_temp_path: Option<Setting<String>>,
    /// `limit_req`, as written.
    pub limit_req: Vec<Setting<Vec<String>>>,
    /// `limit_req_status`; 503 by default.
    pub limit_req_status: Setting<u64>,
    /// `limit_req_log_level`; `error` by default.
    pub limit_req_log_level: Setting<Level>,
    /// `limit_conn`, as written.
    pub limit_conn: Vec<Setting<Vec<String>>>,
    /// `limit_conn_status`; 503 by default.
    pub limit_conn_status: Setting<u64>,
    /// `limit_conn_log_level`; `error` by default.
    pub limit_conn_log_level: Setting<Level>,
    /// `auth_request`: the URI of the subrequest.
    pub auth_request: Option<Setting<String>>,
    /// `auth_basic`: the realm.
    pub auth_basic: Option<Setting<String>>,
    /// `allow` and `deny`, as written, in order.
    pub access: Vec<Setting<Vec<String>>>,
    /// `satisfy any`; all by default.
    pub satisfy_any: Setting<bool>,
    /// Settings towards the backend, where the handler has one.
    pub backend: Option<BackendSettings>,
    /// Includes around this place that could not be read: any value may stand there.
    pub gaps: Vec<Gap>,
}

/// Where static files are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Root {
    /// The folder, with its variables; `html` below nginx's prefix by default.
    pub folder: Setting<Vec<u8>>,
    /// Written with `alias`: the location's own path is cut off the URI.
    pub alias: bool,
}

/// One `error_page` directive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorPage {
    /// The statuses it takes.
    pub statuses: Vec<u16>,
    /// `=CODE`: the status sent instead; `Some(0)` for a bare `=`, which leaves it
    /// to the page.
    pub answer: Option<u16>,
    /// Where the request goes on: a URI, `@name`, or a URL to redirect to.
    pub target: Vec<u8>,
    /// Where it stands.
    pub place: Place,
}

impl Settings {
    /// What holds in that scope, for a handler of that family.
    pub fn new(scope: &Scope<'_>, family: Option<Family>) -> Self {
        let minute = Duration::from_mins(1);
        let half = Duration::from_secs(30);
        Self {
            root: root(scope),
            index: index(scope),
            error_pages: scope
                .all("error_page")
                .into_iter()
                .filter_map(|d| error_page(d))
                .collect(),
            recursive_error_pages: scope.value("recursive_error_pages", false, flag),
            access_logs: lists(scope.all("access_log")),
            error_logs: lists(scope.all("error_log")),
            resolver: lists(scope.all("resolver")).pop(),
            resolver_timeout: scope.value("resolver_timeout", half, time),
            keepalive_timeout: scope.value("keepalive_timeout", Duration::from_secs(75), time),
            send_timeout: scope.value("send_timeout", minute, time),
            client_body_timeout: scope.value("client_body_timeout", minute, time),
            client_max_body_size: scope.value("client_max_body_size", 1 << 20, offset),
            client_body_temp_path: scope.optional("client_body_temp_path", text),
            limit_req: lists(scope.all("limit_req")),
            limit_req_status: scope.value("limit_req_status", 503, number),
            limit_req_log_level: scope.value("limit_req_log_level", Level::Error, Level::of),
            limit_conn: lists(scope.all("limit_conn")),
            limit_conn_status: scope.value("limit_conn_status", 503, number),
            limit_conn_log_level: scope.value("limit_conn_log_level", Level::Error, Level::of),
            auth_request: scope
                .optional("auth_request", text)
                .filter(|s| s.value != "off"),
            auth_basic: scope
                .optional("auth_basic", text)
                .filter(|s| s.value != "off"),
            access: access(scope),
            satisfy_any: scope.value("satisfy", false, |word| Some(word == b"any")),
            backend: family.map(|family| BackendSettings::new(family, scope)),
            gaps: scope.gaps(),
        }
    }

    /// The `error_page` that takes a status.
    pub fn error_page(&self, status: u16) -> Option<&ErrorPage> {
        let mut all = self.error_pages.iter();
        all.find(|page| page.statuses.contains(&status))
    }
}

fn lists(directives: Vec<&Arc<Directive>>) -> Vec<Setting<Vec<String>>> {
    let list = |d: &Arc<Directive>| Setting::at(arguments(d), &d.place);
    directives.into_iter().map(list).collect()
}

/// `root` and `alias` replace each other.
pub(super) fn root(scope: &Scope<'_>) -> Root {
    let nearest = scope.all_of(&["root", "alias"]).pop();
    let folder = nearest.and_then(|d| Setting::parsed(d, |folder| Some(folder.to_vec())));
    Root {
        alias: nearest.is_some_and(|d| d.is("alias")),
        folder: folder.unwrap_or_else(|| Setting::default_value(b"html".to_vec())),
    }
}

pub(super) fn index(scope: &Scope<'_>) -> Setting<Vec<Vec<u8>>> {
    let all = scope.all("index");
    let Some(first) = all.first() else {
        return Setting::default_value(vec![b"index.html".to_vec()]);
    };
    let words = all.iter().flat_map(|d| &d.args);
    Setting::at(
        words.map(|word| word.bytes.to_vec()).collect(),
        &first.place,
    )
}

fn access(scope: &Scope<'_>) -> Vec<Setting<Vec<String>>> {
    let rules = scope.all_of(&["allow", "deny"]);
    let rule = |d: &Arc<Directive>| {
        let mut words = arguments(d);
        words.insert(0, String::from_utf8_lossy(&d.name.bytes).into_owned());
        Setting::at(words, &d.place)
    };
    rules.into_iter().map(rule).collect()
}

fn error_page(directive: &Directive) -> Option<ErrorPage> {
    let (target, codes) = directive.args.split_last()?;
    let (answer, codes) = match codes.split_last() {
        Some((last, rest)) if last.bytes.starts_with(b"=") => {
            let code = last.bytes.get(1..).unwrap_or_default();
            let code = number(code).and_then(|code| u16::try_from(code).ok());
            (Some(code.unwrap_or(0)), rest)
        }
        _ => (None, codes),
    };
    let status = |bytes: &[u8]| number(bytes).and_then(|code| u16::try_from(code).ok());
    Some(ErrorPage {
        statuses: codes
            .iter()
            .filter_map(|word| status(&word.bytes))
            .collect(),
        answer,
        target: target.bytes.to_vec(),
        place: directive.place.clone(),
    })
}
