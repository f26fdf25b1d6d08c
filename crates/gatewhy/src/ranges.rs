//! `--cdn-ranges FILE`: newer lists of the addresses that CDNs publish, in the forms in
//! which they publish them.
use crate::failure::Failure;
use gatewhy_facts::cdn::{self, List};
use serde_json::Value;
use std::fmt::Write as _;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

/// The most bytes of a file: Amazon's whole list has two million.
const BYTES: u64 = 8 << 20;
/// What a file may hold.
const FORMS: &str = "give Cloudflare's ips-v4 or ips-v6 or the answer of its API (/client/v4/ips), Amazon's ip-ranges.json, Fastly's public-ip-list, or lines of NAME RANGE";

/// The `NAME RANGE` lines of all files.
///
/// # Errors
/// Which file could not be read, or what is wrong with it.
pub(crate) fn read(files: &[impl AsRef<Path>]) -> Result<String, Failure> {
    let mut all = String::new();
    for path in files {
        let path = path.as_ref();
        let refused =
            |why: String| Failure::usage(format!("--cdn-ranges {}: {why}", path.display()), FORMS);
        let text = contents(path).map_err(refused)?;
        all.push_str(&lines_of(&text).map_err(refused)?);
    }
    let count = all.lines().count();
    if count > cdn::MOST {
        let what = format!(
            "--cdn-ranges: {count} ranges, and {} are the most",
            cdn::MOST
        );
        return Err(Failure::usage(what, FORMS));
    }
    Ok(all)
}

fn contents(path: &Path) -> Result<String, String> {
    let file = File::open(path).map_err(|why| why.to_string())?;
    let mut text = String::new();
    let mut file = file.take(BYTES.saturating_add(1));
    file.read_to_string(&mut text)
        .map_err(|why| why.to_string())?;
    let length = u64::try_from(text.len()).unwrap_or(u64::MAX);
    if length > BYTES {
        return Err(format!("it has more than {} MiB", BYTES >> 20));
    }
    Ok(text)
}

/// One file's lines.
fn lines_of(text: &str) -> Result<String, String> {
    let ranges = if text.trim_start().starts_with(['{', '[']) {
        let value = serde_json::from_str(text).map_err(|why| format!("it is no JSON: {why}"))?;
        published(&value)
    } else {
        written(text)?
    };
    let mut lines = String::new();
    for (name, range) in &ranges {
        if !cdn::is_range(range) {
            return Err(format!("'{}' is no range of addresses", short(range)));
        }
        let _ = writeln!(lines, "{name} {range}");
    }
    if lines.is_empty() {
        return Err("it holds no ranges of a CDN".to_owned());
    }
    Ok(lines)
}

/// What a CDN publishes as JSON.
fn published(value: &Value) -> Vec<(String, String)> {
    let all = |name: &str, paths: &[&str]| {
        let lists = paths
            .iter()
            .filter_map(|path| value.pointer(path)?.as_array());
        let texts = lists.flatten().filter_map(Value::as_str);
        let pairs = texts.map(|text| (name.to_owned(), text.to_owned()));
        pairs.collect::<Vec<_>>()
    };
    let cloudflare = all("Cloudflare", &["/result/ipv4_cidrs", "/result/ipv6_cidrs"]);
    let fastly = all("Fastly", &["/addresses", "/ipv6_addresses"]);
    let mut found = [cloudflare, fastly].concat();
    // Those that ask origins are a part of all, where they are listed apart.
    let origin_facing = amazon(value, "CLOUDFRONT_ORIGIN_FACING");
    let all_of_it = || amazon(value, "CLOUDFRONT");
    found.extend(if origin_facing.is_empty() {
        all_of_it()
    } else {
        origin_facing
    });
    found
}

/// `{"prefixes":[{"ip_prefix":"…","service":"CLOUDFRONT"}],"ipv6_prefixes":[…]}`
fn amazon(value: &Value, service: &str) -> Vec<(String, String)> {
    let of = |list: &str, key: &str| {
        let entries = value
            .get(list)
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        let ours =
            entries.filter(|entry| entry.get("service").and_then(Value::as_str) == Some(service));
        let texts = ours.filter_map(|entry| entry.get(key)?.as_str());
        texts
            .map(|text| ("CloudFront".to_owned(), text.to_owned()))
            .collect::<Vec<_>>()
    };
    [
        of("prefixes", "ip_prefix"),
        of("ipv6_prefixes", "ipv6_prefix"),
    ]
    .concat()
}

/// Lines of `RANGE` or `NAME RANGE`; a bare range is of the CDN that the others of the
/// same file are of.
fn written(text: &str) -> Result<Vec<(String, String)>, String> {
    let lines = text.lines().map(str::trim);
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    let (named, bare): (Vec<&str>, Vec<&str>) = lines.partition(|line| line.contains(' '));
    let mut found = Vec::new();
    if let Some(first) = bare.first() {
        if !cdn::is_range(first) {
            return Err(format!("'{}' is no range of addresses", short(first)));
        }
        let shipped = List::shipped();
        let owner = shipped
            .owner(&bare)
            .ok_or("none of its ranges is known to be a CDN's: write the CDN's name before each")?;
        found.extend(
            bare.iter()
                .map(|range| (owner.to_owned(), (*range).to_owned())),
        );
    }
    let pairs = named.iter().filter_map(|line| line.split_once(' '));
    found.extend(pairs.map(|(name, range)| (name.to_owned(), range.trim().to_owned())));
    Ok(found)
}

fn short(text: &str) -> String {
    gatewhy_facts::untrusted::shown_within(text.as_bytes(), 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_published_form_is_understood() {
        let forms = [
            (
                "173.245.48.0/20\n192.0.2.0/24\n",
                "Cloudflare 173.245.48.0/20\nCloudflare 192.0.2.0/24\n",
            ),
            (
                "# mine\nCloudFront 192.0.2.0/24\n",
                "CloudFront 192.0.2.0/24\n",
            ),
            (
                r#"{"result":{"ipv4_cidrs":["192.0.2.0/24"],"ipv6_cidrs":["2001:db8::/32"],"etag":"x"},"success":true}"#,
                "Cloudflare 192.0.2.0/24\nCloudflare 2001:db8::/32\n",
            ),
            (
                r#"{"createDate":"2026-11-01-00-00-00","prefixes":[{"ip_prefix":"198.51.100.0/24","service":"CLOUDFRONT"},{"ip_prefix":"3.5.140.0/22","service":"AMAZON"}],"ipv6_prefixes":[{"ipv6_prefix":"2001:db8::/32","service":"CLOUDFRONT"}]}"#,
                "CloudFront 198.51.100.0/24\nCloudFront 2001:db8::/32\n",
            ),
            (
                r#"{"addresses":["151.101.0.0/16"],"ipv6_addresses":[]}"#,
                "Fastly 151.101.0.0/16\n",
            ),
        ];
        for (text, lines) in forms {
            assert_eq!(lines_of(text).as_deref(), Ok(lines), "{text}");
        }
    }

    #[test]
    fn what_is_no_list_is_refused() {
        for text in [
            "",
            "{}",
            "{\"result\":",
            "hello",
            "192.0.2.0/24",
            "CloudFront 1.2.3.4.5/6",
            "[[[[",
            "{\"prefixes\":7}",
            "/",
            "a /",
            "<html>",
        ] {
            assert!(lines_of(text).is_err(), "{text}");
        }
    }
}
