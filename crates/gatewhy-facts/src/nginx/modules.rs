//! Directives that only work with a module of their own, and what nginx says when
//! it is not loaded.
use crate::prelude::*;

/// A module that the configuration needs and nginx has not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// The directive that needs it, when that is what nginx does not know.
    pub directive: Option<String>,
    /// The module's file, when nginx names it.
    pub file: Option<String>,
    /// The module, where it is known which one it is.
    pub module: Option<&'static Module>,
    /// In which way it is missing.
    pub how: How,
}

/// In which way a module is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// No `load_module` names it, and it is not built in.
    NotLoaded,
    /// `load_module` names it, and its file cannot be loaded.
    NotLoadable,
    /// It was built for another nginx.
    Incompatible,
}

/// A module that packages ship on its own.
#[derive(Debug, PartialEq, Eq)]
pub struct Module {
    /// Its file below the modules' folder.
    pub file: &'static str,
    /// Debian's package.
    pub package: &'static str,
    /// Directives by their whole name; a `*` at the end stands for anything.
    directives: &'static [&'static str],
}

const fn module(
    file: &'static str,
    package: &'static str,
    directives: &'static [&'static str],
) -> Module {
    Module {
        file,
        package,
        directives,
    }
}

/// The modules that Debian, nginx.org and others ship as files.
static MODULES: &[Module] = &[
    module("ngx_stream_module.so", "libnginx-mod-stream", &["stream"]),
    module("ngx_mail_module.so", "libnginx-mod-mail", &["mail"]),
    module(
        "ngx_http_image_filter_module.so",
        "libnginx-mod-http-image-filter",
        &["image_filter*"],
    ),
    module(
        "ngx_http_xslt_filter_module.so",
        "libnginx-mod-http-xslt-filter",
        &["xslt_*", "xml_entities"],
    ),
    module(
        "ngx_http_geoip2_module.so",
        "libnginx-mod-http-geoip2",
        &["geoip2", "geoip2_proxy*"],
    ),
    module(
        "ngx_http_geoip_module.so",
        "libnginx-mod-http-geoip",
        &["geoip_*"],
    ),
    module(
        "ngx_http_perl_module.so",
        "libnginx-mod-http-perl",
        &["perl", "perl_*"],
    ),
    module("ngx_http_js_module.so", "libnginx-mod-http-js", &["js_*"]),
    module(
        "ngx_http_lua_module.so",
        "libnginx-mod-http-lua",
        &["lua_*", "*_by_lua", "*_by_lua_file", "*_by_lua_block"],
    ),
    module(
        "ngx_http_headers_more_filter_module.so",
        "libnginx-mod-http-headers-more-filter",
        &["more_*"],
    ),
    module(
        "ngx_http_echo_module.so",
        "libnginx-mod-http-echo",
        &["echo", "echo_*"],
    ),
    module(
        "ngx_http_brotli_filter_module.so",
        "libnginx-mod-http-brotli-filter",
        &["brotli*"],
    ),
    module(
        "ngx_http_fancyindex_module.so",
        "libnginx-mod-http-fancyindex",
        &["fancyindex*"],
    ),
    module(
        "ngx_http_dav_ext_module.so",
        "libnginx-mod-http-dav-ext",
        &["dav_ext_*"],
    ),
    module(
        "ngx_http_auth_pam_module.so",
        "libnginx-mod-http-auth-pam",
        &["auth_pam*"],
    ),
    module(
        "ngx_http_subs_filter_module.so",
        "libnginx-mod-http-subs-filter",
        &["subs_filter*"],
    ),
    module(
        "ngx_http_cache_purge_module.so",
        "libnginx-mod-http-cache-purge",
        &[
            "proxy_cache_purge",
            "fastcgi_cache_purge",
            "uwsgi_cache_purge",
            "scgi_cache_purge",
        ],
    ),
    module(
        "ngx_http_uploadprogress_module.so",
        "libnginx-mod-http-uploadprogress",
        &["upload_progress*", "track_uploads", "report_uploads"],
    ),
    module(
        "ngx_http_upstream_fair_module.so",
        "libnginx-mod-http-upstream-fair",
        &["fair", "upstream_fair_*"],
    ),
    module("ngx_nchan_module.so", "libnginx-mod-nchan", &["nchan_*"]),
    module(
        "ngx_rtmp_module.so",
        "libnginx-mod-rtmp",
        &["rtmp", "rtmp_*"],
    ),
    module(
        "ngx_http_modsecurity_module.so",
        "libnginx-mod-http-modsecurity",
        &["modsecurity*"],
    ),
    module(
        "ngx_http_passenger_module.so",
        "libnginx-mod-http-passenger",
        &["passenger_*"],
    ),
    module(
        "ngx_http_vhost_traffic_status_module.so",
        "libnginx-mod-http-vhost-traffic-status",
        &["vhost_traffic_status*"],
    ),
];

/// What is missing when nginx refuses a configuration with that message; none when
/// it is not about a module.
pub fn missing(message: &str) -> Option<Missing> {
    unknown_directive(message)
        .or_else(|| not_loadable(message))
        .or_else(|| incompatible(message))
}

fn unknown_directive(message: &str) -> Option<Missing> {
    let name = quoted(message.strip_prefix("unknown directive ")?)?;
    let module = MODULES.iter().find(|module| module.owns(name))?;
    Some(Missing {
        directive: Some(name.to_owned()),
        file: None,
        module: Some(module),
        how: How::NotLoaded,
    })
}

/// `dlopen() "/usr/lib/nginx/modules/ngx_x.so" failed (…)`
fn not_loadable(message: &str) -> Option<Missing> {
    let file = quoted(message.strip_prefix("dlopen() ")?)?;
    Some(of_file(file, How::NotLoadable))
}

/// `module "/…/ngx_x.so" version 1018000 instead of 1022001`, or `… is not binary
/// compatible`.
fn incompatible(message: &str) -> Option<Missing> {
    let rest = message.strip_prefix("module ")?;
    let file = quoted(rest)?;
    let says = [" instead of ", "is not binary compatible"];
    says.iter()
        .any(|words| rest.contains(words))
        .then(|| of_file(file, How::Incompatible))
}

fn of_file(file: &str, how: How) -> Missing {
    let name = file.rsplit('/').next().unwrap_or(file);
    Missing {
        directive: None,
        file: Some(file.to_owned()),
        module: MODULES.iter().find(|module| module.file == name),
        how,
    }
}

fn quoted(text: &str) -> Option<&str> {
    let (name, _) = text.strip_prefix('"')?.split_once('"')?;
    Some(name)
}

impl Module {
    fn owns(&self, name: &str) -> bool {
        self.directives.iter().any(|pattern| {
            match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
                (Some(end), _) => name.ends_with(end),
                (None, Some(begin)) => name.starts_with(begin),
                (None, None) => *pattern == name,
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directive_names_the_module_that_knows_it() {
        let package = |message: &str| Some(missing(message)?.module?.package);
        assert_eq!(
            package("unknown directive \"stream\""),
            Some("libnginx-mod-stream")
        );
        assert_eq!(
            package("unknown directive \"content_by_lua_block\""),
            Some("libnginx-mod-http-lua")
        );
        assert_eq!(missing("unknown directive \"proxy_pas\""), None);
        assert_eq!(missing("unexpected \"}\""), None);
    }

    #[test]
    fn files_that_cannot_be_loaded_are_named() {
        let gone = missing("dlopen() \"/usr/lib/nginx/modules/ngx_http_geoip2_module.so\" failed (/usr/lib/nginx/modules/ngx_http_geoip2_module.so: cannot open shared object file: No such file or directory)").unwrap();
        assert_eq!(gone.how, How::NotLoadable);
        assert_eq!(
            gone.module.map(|m| m.package),
            Some("libnginx-mod-http-geoip2")
        );
        let old = missing(
            "module \"/usr/share/nginx/modules/own.so\" version 1018000 instead of 1022001",
        )
        .unwrap();
        assert_eq!((old.how, old.module), (How::Incompatible, None));
        assert_eq!(old.file.as_deref(), Some("/usr/share/nginx/modules/own.so"));
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text: String, inside: String) {
            let _ = missing(&text);
            let _ = missing(&format!("unknown directive \"{inside}"));
            let _ = missing(&format!("module \"{inside}\" version {text}"));
        }
    }
}
