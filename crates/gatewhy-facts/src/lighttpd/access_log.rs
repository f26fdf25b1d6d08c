//! `accesslog.filename` and `accesslog.format`: which access log a site writes, and what
//! its lines are made of.
use super::config::Config;
use super::route;
use crate::apache::access_log::from_apache;
use crate::forward::Request;
use crate::nginx::files::Files;
use crate::nginx::log_format::LogFormat;
use crate::path::HostPath;

/// The format of a log that names none (`mod_accesslog`).
const USUAL: &str = "%h %V %u %t \"%r\" %>s %b \"%{Referer}i\" \"%{User-Agent}i\"";

/// The access log that the request goes to; none where `mod_accesslog` is not loaded, it
/// pipes its lines into a program, or nobody could take them apart.
pub fn of_request(
    config: &Config,
    files: &dyn Files,
    request: &Request,
) -> Option<(HostPath, LogFormat)> {
    let setting = |key| route::setting(config, files, request, key);
    route::has_module(config, "mod_accesslog").then_some(())?;
    let path = setting("accesslog.filename").filter(|path| path.starts_with('/'))?;
    let format = setting("accesslog.format");
    // Apache's letters, with few differences of which none matters here.
    let format = from_apache(format.as_deref().unwrap_or(USUAL))?;
    Some((HostPath::new(path), format))
}

/// Whether backends are named in one place only, so that every line about one is about
/// the same site.
pub fn has_only_backends(config: &Config) -> bool {
    let sets = config.sets.iter();
    let sets = sets.filter(|set| route::names_backends(&set.key));
    config.gaps.is_empty() && sets.count() == 1
}
